"""Steps 2 to 4 of verifying: read the segments, join them, compare the tree with what was signed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field

from policykit.source.diagnostic import Diagnostic
from policykit.trail.format.layout import SEGMENT_RECORDS
from policykit.trail.format.merkle import HASH_BYTES, Frontier, node_hash
from policykit.trail.format.record import NO_PREVIOUS, RecordType, parse_record
from policykit.trail.format.regular import reason_of
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.verify.pruned import pruned_roots
from policykit.trail.verify.scan import SegmentResult, SegmentTask, scan_segment
from policykit.trail.verify.state import Progress, VerifyState
from policykit.trail.verify.verdict import Claim


def read_segments(
    state: VerifyState, remembered: int, *, deep: bool, pool: Executor | None, progress: Progress | None
) -> None:
    """Read and join all segments into `state`: size, roots, and the records that the verifier reads.

    Args:
        state: holds the heads, whose sizes are where roots are wanted.
        remembered: one more size at which the root is wanted.
        deep: whether every record is parsed.
        pool: processes that read.
        progress: told how far reading has come.
    """
    _require_listing(state)
    strange = state.paths.strange_segment()
    if strange:
        _break(state, trail_problem(
            "PK715", "something other than a segment among the segments",
            place=str(state.paths.segments / shown(strange)),
            expected="regular files `000000.jsonl`, `000001.jsonl` and so on, and nothing else",
            help="move it out of `seg/`",
        ))  # fmt: skip
        return
    numbers = state.paths.segment_numbers()
    if not numbers:
        _break(state, trail_problem("PK700", "an empty trail", place=str(state.paths.segments)), 0)
        return
    tasks = _tasks(state, numbers, remembered, deep=deep)
    results = pool.map(scan_segment, tasks) if pool else map(scan_segment, tasks)
    _join(state, numbers, _with_progress(state, results, progress))


def _require_listing(state: VerifyState) -> None:
    """Refuse to answer when the names of the segments cannot be read, which says nothing about them.

    Raises:
        CodedTrailError: they cannot.
    """
    path = state.paths.segments
    try:
        os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError):
        return  # an answer: there are none
    except OSError as error:
        raise trail_problem("PK700", f"cannot read the segments: {reason_of(error)}", place=str(path)) from None


def _break(state: VerifyState, problem: CodedTrailError | Diagnostic, bad: int | None = None) -> None:
    state.broken = True
    state.invalid(Claim.INTEGRITY, problem, bad)


def _tasks(state: VerifyState, numbers: list[int], remembered: int, *, deep: bool) -> Iterator[SegmentTask]:
    sizes, at = state.heads.sizes, 0
    for number in numbers:
        start = number * SEGMENT_RECORDS
        end = start + SEGMENT_RECORDS
        at = state.heads.first_above(start)
        wanted = dict.fromkeys(sizes[at : state.heads.first_above(end)])
        if start < remembered <= end and remembered not in wanted:
            wanted = dict.fromkeys(sorted((*wanted, remembered)))
        yield SegmentTask(state.paths.root, number, None if number else NO_PREVIOUS, tuple(wanted), deep)


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


@dataclass(slots=True)
class _Joined:
    """What is needed of the segments once all were read."""

    last_hash: str = ""
    last_ts: str = ""
    records: int = 0
    fragment_bytes: int = 0
    reached: list[tuple[int, int]] = field(default_factory=list)
    """For each segment: its number, and how many sizes were reached in it."""
    roots: list[bytes] = field(default_factory=list)
    """The root of each full segment."""


def _join(state: VerifyState, numbers: list[int], results: Iterable[SegmentResult]) -> None:
    joined = _Joined()
    state.pruned = numbers[0] * SEGMENT_RECORDS
    for expected, result in enumerate(results, numbers[0]):
        state.interpreted.extend(parse_record(line) for line in result.interpreted)
        problem, bad = _why_not_joined(state, result, expected, joined, is_last=result.number == numbers[-1])
        if problem is not None and problem.code == "PK700":
            raise CodedTrailError(problem)  # a segment that cannot be read: no answer
        if problem is not None:
            _break(state, problem, bad)
            state.size = bad or 0
            return
        _take(state, result, joined)
    state.size = numbers[-1] * SEGMENT_RECORDS + joined.records
    if not state.size:
        _break(state, trail_problem("PK700", "an empty trail", place=str(state.paths.segments)), 0)
        return
    _check_genesis(state)
    if joined.fragment_bytes:
        state.notes.append(f"{joined.fragment_bytes} bytes of a torn record after record {state.size - 1}")
    _grow(state, joined)


def _check_genesis(state: VerifyState) -> None:
    """Find record 0 to be the genesis, the only one, of the trail that the heads name."""
    found = [record for record in state.interpreted if record.type == RecordType.GENESIS]
    if not state.pruned and (not found or found[0].seq):
        state.invalid(Claim.INTEGRITY, trail_problem("PK701", "record 0 is not a genesis", expected="a genesis"), 0)
    for record in found:
        if record.seq:
            problem = trail_problem("PK701", f"record {record.seq} is a second genesis", expected="one, record 0")
            state.invalid(Claim.INTEGRITY, problem, record.seq)
            return
    for origin in [record.members.get("origin") for record in found]:
        if state.heads.origin and origin != state.heads.origin:
            state.invalid(Claim.INTEGRITY, trail_problem(
                "PK728", "the records are those of another trail than the heads",
                expected=f"`{shown(state.heads.origin)}`", got=f"`{shown(str(origin))}`",
            ))  # fmt: skip
            return


def _take(state: VerifyState, result: SegmentResult, joined: _Joined) -> None:
    joined.last_hash, joined.records, joined.fragment_bytes = result.last_hash, result.records, result.fragment_bytes
    joined.reached.append((result.number, len(result.sizes)))
    state.roots.sizes.extend(result.sizes)
    state.roots.hashes += result.roots
    if result.records == SEGMENT_RECORDS:
        joined.roots.append(result.tail[0])
    if result.tile_problem is not None:
        state.wrong_tile(result.tile_problem)
    state.wider_tiles.extend(result.wider_tiles)
    _take_times(state, result, joined)
    for at, (seq, size) in enumerate(zip(result.bound_seqs, result.bound_sizes, strict=True)):
        digest = bytes(result.bound_digests[at * HASH_BYTES : (at + 1) * HASH_BYTES])
        found = state.heads.named(size, digest)
        state.bindings.seqs.append(seq)
        state.bindings.sizes.append(size)
        state.bindings.heads.append(-1 if found is None else found)


def _take_times(state: VerifyState, result: SegmentResult, joined: _Joined) -> None:
    times = state.times
    times.first = times.first or result.first_ts
    times.signed = result.signed_ts or times.signed
    is_back = bool(result.first_ts) and result.first_ts < joined.last_ts
    if times.first_step_back < 0 and (is_back or result.steps_back):
        times.first_step_back = result.number * SEGMENT_RECORDS if is_back else result.first_step_back
    times.steps_back += result.steps_back + is_back
    joined.last_ts = result.last_ts or joined.last_ts


def _why_not_joined(
    state: VerifyState, result: SegmentResult, expected: int, joined: _Joined, *, is_last: bool
) -> tuple[Diagnostic | None, int | None]:
    start = result.number * SEGMENT_RECORDS
    place = str(state.paths.segment(result.number))
    if result.number != expected:
        missing = str(state.paths.segment(expected))
        return trail_problem("PK715", "a segment is missing", place=missing).diagnostics[0], expected * SEGMENT_RECORDS
    if result.problem is not None:
        return result.problem, result.bad_seq
    if joined.last_hash and result.records and result.first_prev != joined.last_hash:
        return trail_problem("PK702", f"record {start} does not follow the one before", place=place).diagnostics[
            0
        ], start
    if not is_last and (result.records != SEGMENT_RECORDS or result.fragment_bytes):
        end = start + result.records
        return trail_problem("PK704", f"the segment ends before record {end}", place=place).diagnostics[0], end
    return None, None


def _grow(state: VerifyState, joined: _Joined) -> None:
    """Turn the roots inside segments into roots of the tree, with the subtrees of the segments before."""
    tree = Frontier()
    try:
        state.segment_roots = pruned_roots(state) + joined.roots
    except CodedTrailError as problem:
        _break(state, problem, 0)
        return
    hashes, at = state.roots.hashes, 0
    for number, count in joined.reached:
        while tree.size < number * SEGMENT_RECORDS:
            tree.append_subtree(state.segment_roots[tree.size // SEGMENT_RECORDS], 16)
        before = tree.subtrees[::-1]
        for start in range(at, at + count * HASH_BYTES, HASH_BYTES) if before else ():
            node = bytes(hashes[start : start + HASH_BYTES])
            for left in before:
                node = node_hash(left, node)
            hashes[start : start + HASH_BYTES] = node
        at += count * HASH_BYTES


def compare_roots(state: VerifyState) -> None:
    """Compare the tree of the stored records with every checkpoint, at its size."""
    if state.broken:
        return
    agreed, heads = state.pruned, state.heads
    for index, size in enumerate(heads.sizes):
        if size > state.size:
            problem = trail_problem(
                "PK704", "the trail is shorter than what was signed", place=str(state.paths.root),
                expected=f"{size} records", got=str(state.size),
            )  # fmt: skip
            state.invalid(Claim.COMPLETENESS, problem, state.size)
            return
        root = state.roots.get(size) if size > state.pruned or not state.pruned else None
        if root is not None and root != heads.root(index):
            problem = trail_problem(
                "PK705", f"the records are not those signed at size {size}", place=str(state.paths.root),
                help=f"the first record that differs is one of {agreed} to {max(agreed, size - 1)}",
            )  # fmt: skip
            state.broken = True
            state.invalid(Claim.INTEGRITY, problem, agreed)
            return
        agreed = size
