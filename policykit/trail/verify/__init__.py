"""Verifying a trail with nothing but public keys. Never imports the appender.

Steps, whose numbers the tests repeat. What is read later is never older than what was read before, so a trail that is
being written verifies without a lock:

1. Read the published checkpoint and then the checkpoint log; one must be a copy of the other's line.
2. Read every segment (`scan`): bytes, numbers, chain, leaf hashes, tiles.
3. Join the segments: none missing, except a pruned beginning that a prune record names; each follows the one before.
4. Compare the tree with every signed checkpoint, at its size.
5. Verify the signatures that no other signature covers, each key only for the sizes for which it counts.
6. Compare the remembered head, if one is given.
7. Count cosignatures against the witness policy, if one is given.
8. Look at fragments that a crash left, and at the tiles.
9. Verify time-stamp tokens, if authorities are given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from policykit.trail.format.checkpoint import SignedCheckpoint, parse_checkpoint
from policykit.trail.format.keys import VerifierKey
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.regular import NOT_REGULAR, reason_of
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.timestamp.token import Authorities
from policykit.trail.verify.heads import HeadLog
from policykit.trail.verify.published import compare_published, read_published
from policykit.trail.verify.records import compare_roots, read_segments
from policykit.trail.verify.remembered import compare_remembered
from policykit.trail.verify.signatures import newest_signers, signers_text, verify_signatures
from policykit.trail.verify.state import Progress, VerifyState
from policykit.trail.verify.tile_check import check_tiles
from policykit.trail.verify.timestamps import check_timestamps
from policykit.trail.verify.trust import Revocation
from policykit.trail.verify.verdict import Claim, TrailFinding, TrailVerdict, Verification
from policykit.trail.verify.witnesses import count_cosignatures, look_at_fragments
from policykit.trail.witness.policy import WitnessPolicy

_TRIES = 3


def verify_trail(  # noqa: PLR0913 - what may be asked
    path: str | os.PathLike[str],
    keys: Sequence[VerifierKey],
    *,
    head: bytes | None = None,
    witness_policy: WitnessPolicy | None = None,
    authorities: Authorities | None = None,
    revoked: Sequence[Revocation] = (),
    deep: bool = False,
    present: int | None = None,
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
        present: how many records a trail had that is being written; later ones are counted and not judged. None
            judges all that are read.
        workers: how many processes read segments.
        progress: told how far reading has come.

    Raises:
        CodedTrailError: when there is no trail, no key to verify with, a file that cannot be read, or a missing extra.
    """
    paths = TrailPaths(Path(path))
    _require(paths, keys, witness_policy)
    remembered = None if head is None else parse_checkpoint(head, "the remembered head")

    def read() -> Verification:
        state = VerifyState(paths, list(keys), HeadLog(paths.checkpoints_log, keys))
        with _pool(workers, paths) as pool:
            _read_heads(state)  # 1
            size = remembered.checkpoint.size if remembered else 0
            read_segments(state, size, deep=deep, pool=pool, progress=progress)  # 2, 3
            compare_roots(state)  # 4
            verify_signatures(state, revoked, pool)  # 5
        return _concluded(state, remembered, witness_policy, authorities, present)

    return _read_again(paths, read)


def _read_again(paths: TrailPaths, read: Callable[[], Verification]) -> Verification:
    """Read, and once more if a writer signed meanwhile and the answer would be bad: it can have pruned segments."""
    for _ in range(_TRIES - 1):
        before = _log_bytes(paths)
        try:
            found = read()
        except CodedTrailError as problem:
            if problem.diagnostics[0].code != "PK700" or _log_bytes(paths) == before:
                raise
            continue
        is_good = found.verdict is not TrailVerdict.INVALID and not found.is_cache_wrong
        if is_good or _log_bytes(paths) == before:
            return found
    return read()


def _log_bytes(paths: TrailPaths) -> int:
    try:
        return os.lstat(paths.checkpoints_log).st_size
    except OSError:
        return -1


def _require(paths: TrailPaths, keys: Sequence[VerifierKey], witness_policy: WitnessPolicy | None) -> None:
    if not any(os.path.lexists(path) for path in (paths.segments, paths.checkpoints_log, paths.checkpoint)):
        below = trail_below(paths.root)
        raise trail_problem(
            "PK700", "no trail here", place=str(paths.root), expected="a directory with a directory `seg`",
            help=f"did you mean `{below}`?" if below else "",
        )  # fmt: skip
    if not keys:
        raise trail_problem("PK707", "a trail is verified with a key", expected="at least one verifier key")
    if witness_policy and witness_policy.logs and not set(keys) & set(witness_policy.logs):
        raise trail_problem("PK723", "the witness policy lists other logs than this trail's key")


def trail_below(root: Path) -> str:
    """Return a folder directly below this one, or the one above it, that looks like a trail; empty without one."""
    try:
        with os.scandir(root) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(1000), strict=False))
    except OSError:
        return ""
    found = next((root / name for name in names if (root / name / "seg").is_dir()), None)
    if found is None and root.resolve().name == "seg":
        found = root.parent
    return "" if found is None else str(found)


def _concluded(
    state: VerifyState,
    remembered: SignedCheckpoint | None,
    witness_policy: WitnessPolicy | None,
    authorities: Authorities | None,
    present: int | None,
) -> Verification:
    _hold_published(state)
    compare_remembered(state, remembered)  # 6
    anchored = count_cosignatures(state, witness_policy)  # 7
    look_at_fragments(state)  # 8
    check_tiles(state)
    check_timestamps(state, authorities)  # 9
    signed = state.signed_size
    if not any(finding.claim is Claim.INTEGRITY for finding in state.findings):
        chained = state.size - state.pruned
        plural = "" if chained == 1 else "s"
        detail = f"{chained} record{plural} chained, {signed} signed by {signers_text(state)}"
        state.findings.insert(0, TrailFinding(Claim.INTEGRITY, TrailVerdict.VALID, detail))
    state.findings.sort(key=lambda f: f.claim is not Claim.INTEGRITY or f.verdict is not TrailVerdict.INVALID)
    _note_clock(state)
    if state.more_tile_problems:
        state.notes.append(f"{state.more_tile_problems} further tiles are wrong")
    return Verification(
        tuple(state.findings), state.size, signed, anchored, tuple(state.notes), tuple(state.timestamps),
        origin=state.heads.origin,
        signers=tuple(f"{key.name}+{key.key_id.hex()}" for key in newest_signers(state)),
        first_time=state.times.first,
        signed_time=state.times.signed if signed and signed == state.heads.sizes[-1] else "",
        pruned=state.pruned,
        appended_since=0 if present is None else max(0, state.size - max(present, signed)),
        cache_problems=tuple(state.tile_problems),
    )  # fmt: skip


def _note_clock(state: VerifyState) -> None:
    times = state.times
    if times.steps_back:
        how_often = "once" if times.steps_back == 1 else f"{times.steps_back} times"
        state.notes.append(f"the writer's clock went back {how_often}, first at record {times.first_step_back}")


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
    """Read the published checkpoint first and the log after it: the log then holds what was published."""
    try:
        state.published = read_published(state.paths)
    except CodedTrailError as problem:
        if problem.diagnostics[0].code == "PK700":
            raise
        state.invalid(Claim.INTEGRITY, problem)
    path = state.paths.checkpoints_log
    try:
        state.heads.read()
    except CodedTrailError as problem:
        state.invalid(Claim.INTEGRITY, problem)
    except FileNotFoundError:
        state.notes.append("the checkpoint log is missing")
    except OSError as error:
        reason = f"cannot read the checkpoint log: {reason_of(error)}"
        if error.errno not in NOT_REGULAR:
            raise trail_problem("PK700", reason, place=str(path)) from None
        state.invalid(Claim.INTEGRITY, trail_problem("PK717", reason, place=str(path)))
    if state.heads.torn:
        state.notes.append(f"the checkpoint log ends {state.heads.torn}, as after a power cut")


def _hold_published(state: VerifyState) -> None:
    """Compare the published checkpoint with the log, unless either could not be read."""
    if any(finding.claim is Claim.INTEGRITY and finding.verdict is TrailVerdict.INVALID for finding in state.findings):
        return
    try:
        note = compare_published(state.paths, state.published, state.heads)
        if note and read_published(state.paths) != state.published:
            return  # a writer published another one meanwhile
        state.notes.extend([note] if note else [])
    except CodedTrailError as problem:
        state.invalid(Claim.INTEGRITY, problem)
