"""Steps 2 to 4 of verifying: read the segments, join them, compare the tree with what was signed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor

from policykit.source.diagnostic import Diagnostic
from policykit.trail.checkpoint import SignedCheckpoint
from policykit.trail.layout import SEGMENT_RECORDS
from policykit.trail.merkle import Frontier, root_of_subtrees
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.record import NO_PREVIOUS, RecordType, parse_record
from policykit.trail.scan import SegmentResult, SegmentTask, scan_segment
from policykit.trail.verdict import Claim
from policykit.trail.verify_state import Progress, VerifyState


def read_segments(
    state: VerifyState,
    remembered: SignedCheckpoint | None,
    *,
    deep: bool,
    pool: Executor | None,
    progress: Progress | None,
) -> None:
    """Read and join all segments into `state`: size, roots, and the records that the verifier reads."""
    numbers = state.paths.segment_numbers()
    if not numbers:
        state.broken = True
        state.invalid(Claim.INTEGRITY, trail_problem("PK700", "an empty trail", place=str(state.paths.segments)), 0)
        return
    sizes = {signed.checkpoint.size for signed in state.heads}
    sizes.update([remembered.checkpoint.size] if remembered else [])
    tasks = [_task(state, number, sizes, deep=deep) for number in numbers]
    results = pool.map(scan_segment, tasks) if pool else map(scan_segment, tasks)
    _join(state, numbers, _with_progress(state, results, progress))


def _task(state: VerifyState, number: int, sizes: set[int], *, deep: bool) -> SegmentTask:
    start = number * SEGMENT_RECORDS
    inside = tuple(sorted(size for size in sizes if start < size <= start + SEGMENT_RECORDS))
    return SegmentTask(state.paths.root, number, None if number else NO_PREVIOUS, inside, deep)


def _with_progress(
    state: VerifyState, results: Iterable[SegmentResult], progress: Progress | None
) -> Iterator[SegmentResult]:
    lengths = {n: state.paths.segment(n).stat().st_size for n in state.paths.segment_numbers()} if progress else {}
    done = 0
    for result in results:
        yield result
        if progress is not None:
            done += lengths.get(result.number, 0)
            progress(done, sum(lengths.values()))


def _join(state: VerifyState, numbers: list[int], results: Iterable[SegmentResult]) -> None:
    tree = Frontier()
    state.pruned = numbers[0] * SEGMENT_RECORDS
    last_hash = ""
    expected = numbers[0]
    joined: list[SegmentResult] = []
    for result in results:
        _keep_interpreted(state, result)
        problem, bad = _why_not_joined(state, result, expected, last_hash, is_last=result.number == numbers[-1])
        if problem is not None:
            state.broken = True
            state.invalid(Claim.INTEGRITY, problem, bad)
            state.size = bad or 0
            return
        joined.append(result)
        last_hash = result.last_hash
        expected += 1
    state.size = numbers[-1] * SEGMENT_RECORDS + joined[-1].records
    if not state.size:
        state.broken = True
        state.invalid(Claim.INTEGRITY, trail_problem("PK700", "an empty trail", place=str(state.paths.segments)), 0)
        return
    if joined[-1].fragment_bytes:
        state.notes.append(f"{joined[-1].fragment_bytes} bytes of a torn record after record {state.size - 1}")
    _grow(state, tree, joined)


def _why_not_joined(
    state: VerifyState, result: SegmentResult, expected: int, last_hash: str, *, is_last: bool
) -> tuple[Diagnostic | None, int | None]:
    start = result.number * SEGMENT_RECORDS
    place = str(state.paths.segment(result.number))
    if result.number != expected:
        missing = str(state.paths.segment(expected))
        return trail_problem("PK715", "a segment is missing", place=missing).diagnostic, expected * SEGMENT_RECORDS
    if result.problem is not None:
        return result.problem, result.bad_seq
    if result.tile_problem is not None:
        state.invalid(Claim.TILES, result.tile_problem)
    if last_hash and result.records and result.first_prev != last_hash:
        return trail_problem("PK702", f"record {start} does not follow the one before", place=place).diagnostic, start
    if not is_last and (result.records != SEGMENT_RECORDS or result.fragment_bytes):
        end = start + result.records
        return trail_problem("PK704", f"the segment ends before record {end}", place=place).diagnostic, end
    return None, None


def _keep_interpreted(state: VerifyState, result: SegmentResult) -> None:
    for line in result.interpreted:
        state.interpreted.append(parse_record(line))


def _grow(state: VerifyState, tree: Frontier, joined: list[SegmentResult]) -> None:
    """Build the tree from what the segments gave, and note its root at every size that was signed."""
    try:
        for root in _pruned_roots(state):
            tree.append_subtree(root, 16)
            state.segment_roots.append(root)
    except CodedTrailError as problem:
        state.broken = True
        state.invalid(Claim.INTEGRITY, problem, 0)
        return
    for result in joined:
        for size, subtrees in result.subtrees.items():
            state.roots[size] = root_of_subtrees(tree.subtrees + subtrees)
        if result.records == SEGMENT_RECORDS:
            tree.append_subtree(result.tail[0], 16)
            state.segment_roots.append(result.tail[0])


def _pruned_roots(state: VerifyState) -> list[bytes]:
    """Return the roots of the segments that prune records say were dropped, if that is all that is missing."""
    wanted = state.pruned // SEGMENT_RECORDS
    roots: list[bytes] = []
    for record in state.interpreted:
        if record.type != RecordType.PRUNE:
            continue
        named, first = record.members.get("roots"), record.members.get("first")
        if first == len(roots) * SEGMENT_RECORDS and isinstance(named, list):
            state.prune_seq = record.seq
            roots.extend(bytes.fromhex(root) for root in named if re.fullmatch("[0-9a-f]{64}", str(root)))
    if len(roots) < wanted:
        raise trail_problem(
            "PK715", "the beginning of the trail is missing, and no prune record says so",
            place=str(state.paths.segments), expected=f"{wanted} segments more", got=f"{len(roots)} pruned",
        )  # fmt: skip
    if wanted:
        state.notes.append(f"the first {state.pruned} records were pruned; their hashes are part of what is signed")
    return roots[:wanted]


def compare_roots(state: VerifyState) -> None:
    """Compare the tree of the stored records with every checkpoint, at its size."""
    if state.broken:
        return
    agreed = state.pruned
    for signed in state.heads:
        checkpoint = signed.checkpoint
        if checkpoint.size > state.size:
            problem = trail_problem(
                "PK704", "the trail is shorter than what was signed", place=str(state.paths.root),
                expected=f"{checkpoint.size} records", got=str(state.size),
            )  # fmt: skip
            state.invalid(Claim.COMPLETENESS, problem, state.size)
            return
        root = state.roots.get(checkpoint.size)
        if root is not None and root != checkpoint.root:
            problem = trail_problem(
                "PK705", f"the records are not those signed at size {checkpoint.size}", place=str(state.paths.root),
                help=f"the first record that differs is one of {agreed} to {max(agreed, checkpoint.size - 1)}",
            )  # fmt: skip
            state.invalid(Claim.INTEGRITY, problem, agreed)
            state.broken = True
            return
        agreed = checkpoint.size
