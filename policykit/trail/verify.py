"""Verifying a trail with nothing but public keys. Never imports the appender.

Steps, whose numbers the tests repeat:

1. Read the published checkpoint and the checkpoint log.
2. Read every segment (`scan`): bytes, numbers, chain, leaf hashes, tiles.
3. Join the segments: none missing, except a pruned beginning that a prune record names; each follows the one before.
4. Compare the tree with every signed checkpoint, at its size.
5. Verify the signatures, each key only for the sizes for which it was trusted (rotation, revocation).
6. Compare the remembered head, if one is given.
7. Count cosignatures against the witness policy, if one is given.
8. Look at fragments that a crash left, and at the tiles.
9. Verify time-stamp tokens, if authorities are given.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from policykit.trail.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint
from policykit.trail.checkpoint_log import LogKind, log_lines, read_log_line
from policykit.trail.keys import VerifierKey
from policykit.trail.layout import TrailPaths
from policykit.trail.note import MAX_NOTE_BYTES, verified_signatures
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.tile_check import check_tiles
from policykit.trail.timestamp.token import Authorities
from policykit.trail.verdict import Claim, Finding, Verdict, Verification
from policykit.trail.verify_records import compare_roots, read_segments
from policykit.trail.verify_signatures import Revocation, rotations_in, signers_text, verify_signatures
from policykit.trail.verify_state import Progress, VerifyState
from policykit.trail.verify_timestamps import check_timestamps
from policykit.trail.verify_witnesses import count_cosignatures, look_at_fragments
from policykit.trail.witness.policy import WitnessPolicy


def verify_trail(  # noqa: PLR0913 - what may be asked
    path: str | os.PathLike[str],
    keys: Sequence[VerifierKey],
    *,
    head: bytes | None = None,
    witness_policy: WitnessPolicy | None = None,
    authorities: Authorities | None = None,
    revoked: Sequence[Revocation] = (),
    deep: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Verification:
    """Verify a trail.

    Args:
        path: its directory.
        keys: the trail's verifier keys, obtained from elsewhere than the trail.
        head: a checkpoint that was kept elsewhere (a signed note); shows rollback and truncation.
        witness_policy: whose cosignatures count.
        authorities: whose time stamps count; needs the extra `timestamp`.
        revoked: keys that are no longer trusted beyond a size.
        deep: parse every record as strict JSON too, which takes about twice as long.
        workers: how many processes read segments.
        progress: told how far reading has come.

    Raises:
        CodedTrailError: when there is no directory to verify, no key to verify with, or a missing extra.
    """
    paths = TrailPaths(Path(path))
    if not paths.root.is_dir():
        raise trail_problem("PK700", "no trail here", place=str(paths.root), expected="a directory")
    if not keys:
        raise trail_problem("PK707", "a trail is verified with a key", expected="at least one verifier key")
    if witness_policy and witness_policy.logs and not set(keys) & set(witness_policy.logs):
        raise trail_problem("PK723", "the witness policy lists other logs than this trail's key")
    state = VerifyState(paths, list(keys), keys[0].name)
    with _pool(workers, paths) as pool:
        _read_heads(state)  # 1
        remembered = _parse_remembered(head)
        read_segments(state, remembered, deep=deep, pool=pool, progress=progress)  # 2, 3
        compare_roots(state)  # 4
        verify_signatures(state, revoked, pool)  # 5
    _compare_remembered(state, remembered)  # 6
    anchored = count_cosignatures(state, witness_policy)  # 7
    look_at_fragments(state)  # 8
    check_tiles(state.paths, state.size, state.segment_roots, state.invalid)
    check_timestamps(state, authorities)  # 9
    signed = state.good[-1].checkpoint.size if state.good else 0
    if state.prune_seq >= signed:
        state.invalid(Claim.INTEGRITY, trail_problem("PK715", "the record that prunes the beginning is not signed"))
    if not any(finding.claim is Claim.INTEGRITY for finding in state.findings):
        detail = f"{state.size - state.pruned} records chained, {signed} signed by {signers_text(state)}"
        state.findings.insert(0, Finding(Claim.INTEGRITY, Verdict.VALID, detail))
    return Verification(
        tuple(state.findings), state.size, signed, anchored, tuple(state.notes), tuple(state.timestamps)
    )


@contextmanager
def _pool(workers: int, paths: TrailPaths) -> Iterator[Executor | None]:
    """Give processes when there are segments to share out; starting them costs more than reading one or two."""
    if workers < 2 or len(paths.segment_numbers()) < 3:
        yield None
        return
    import multiprocessing

    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _read_heads(state: VerifyState) -> None:
    place = str(state.paths.checkpoint)
    try:
        with state.paths.checkpoint.open("rb") as file:
            state.published = parse_checkpoint(file.read(MAX_NOTE_BYTES + 1), place)
        state.heads.append(state.published)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        state.invalid(Claim.INTEGRITY, trail_problem("PK706", f"cannot read the checkpoint: {reason}", place=place))
    except CodedTrailError as problem:
        state.invalid(Claim.INTEGRITY, problem)
    try:
        _read_log(state)
    except CodedTrailError as problem:
        state.invalid(Claim.INTEGRITY, problem)
    for signed in state.heads:
        if signed.checkpoint.origin != state.origin:
            state.invalid(
                Claim.INTEGRITY,
                trail_problem("PK728", "a checkpoint of another trail", expected=f"`{state.origin}`",
                              got=f"`{shown(signed.checkpoint.origin)}`"),
            )  # fmt: skip
            return


def _read_log(state: VerifyState) -> None:
    path = state.paths.checkpoints_log
    seen = {state.published} if state.published else set()
    size = 0
    for number, line in log_lines(path):
        place = f"{path}:{number}"
        if not line.endswith(b"\n") and _is_torn(line):
            state.notes.append("the checkpoint log ends in the middle of a line, as after a crash")
            return
        entry = read_log_line(line, place)
        if not line.endswith(b"\n"):
            raise trail_problem("PK717", "a line of the checkpoint log without its line feed", place=place)
        if entry.checkpoint is not None:
            if entry.size < size:
                raise trail_problem("PK717", "the checkpoint log goes back to a smaller size", place=place)
            size = entry.size
            if entry.checkpoint not in seen:
                state.heads.append(entry.checkpoint)
        elif entry.cosignature is not None:
            state.cosignatures.append((entry.size, entry.cosignature))
        elif entry.kind is LogKind.TIMESTAMP:
            state.tokens.append((entry.size, entry.token))
    state.heads.sort(key=lambda signed: signed.checkpoint.size)


def _is_torn(line: bytes) -> bool:
    """Say whether bytes without a line feed are the beginning of a log line, as a crash leaves it."""
    start = b'{"kind":"'
    return line[: len(start)] == start[: len(line)] and b'"}' not in line


def _parse_remembered(head: bytes | None) -> SignedCheckpoint | None:
    if head is None:
        return None
    return parse_checkpoint(head, "the remembered head")


def _compare_remembered(state: VerifyState, remembered: SignedCheckpoint | None) -> None:
    signed = state.good[-1].checkpoint.size if state.good else 0
    if any(finding.claim is Claim.COMPLETENESS for finding in state.findings):
        return
    if remembered is None:
        detail = f"to size {signed}, the newest signed; without a remembered head a rollback cannot be seen"
        verdict = Verdict.VALID if signed and not state.broken else Verdict.UNVERIFIABLE
        state.findings.append(Finding(Claim.COMPLETENESS, verdict, detail))
        return
    known = [*state.keys, *(key for _, key in rotations_in(state))]
    try:
        is_known = bool(verified_signatures(remembered.note, known))
    except CodedTrailError as problem:
        state.invalid(Claim.COMPLETENESS, problem)
        return
    _compare_head(state, remembered.checkpoint, is_known=is_known)


def _compare_head(state: VerifyState, head: Checkpoint, *, is_known: bool) -> None:
    root = state.roots.get(head.size)
    if head.origin != state.origin:
        state.invalid(Claim.COMPLETENESS, trail_problem("PK728", "the remembered head is that of another trail"))
    elif head.size > state.size:
        problem = trail_problem(
            "PK711", "the trail is shorter than the remembered head", expected=f"{head.size} records",
            got=str(state.size), help="it was cut or rolled back",
        )  # fmt: skip
        state.invalid(Claim.COMPLETENESS, problem, state.size)
    elif root is not None and root != head.root:
        problem = trail_problem("PK718", f"the trail is another than the one remembered at size {head.size}")
        state.invalid(Claim.COMPLETENESS, problem)
    elif root is None or not is_known:
        why = "is signed by no known key" if root else "lies in what was pruned or damaged"
        detail = f"the remembered head of size {head.size} {why}"
        state.findings.append(Finding(Claim.COMPLETENESS, Verdict.UNVERIFIABLE, detail))
    else:
        detail = f"to size {head.size}, the remembered head, and on to {state.size}"
        state.findings.append(Finding(Claim.COMPLETENESS, Verdict.VALID, detail))
