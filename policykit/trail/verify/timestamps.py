"""Step 9 of verifying: time-stamp tokens over the checkpoints."""

from __future__ import annotations

from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.timestamp.token import Authorities, UnknownAuthorityError, library, verify_token
from policykit.trail.verify.state import VerifyState
from policykit.trail.verify.verdict import Claim, Stamped, TrailFinding, TrailVerdict

_SHOWN = 20
"""How many findings of one verdict are listed; a log with a token an hour has thousands."""


def check_timestamps(state: VerifyState, authorities: Authorities | None) -> None:
    """Find for every token whether the checkpoint of its size existed at its time, according to a known authority.

    Raises:
        CodedTrailError: when authorities are given and the library that reads tokens is not installed.
    """
    count = len(state.heads.stamped)
    if authorities is None:
        if count:
            plural = "s" if count > 1 else ""
            state.notes.append(f"{count} time stamp{plural}, not checked: no authority was given (--tsa-ca)")
        return
    library()
    tokens = state.heads.tokens() if count else []
    if not tokens:
        detail = "no time stamp in this trail"
        state.findings.append(TrailFinding(Claim.TIMESTAMP, TrailVerdict.UNVERIFIABLE, detail))
        return
    found = [_finding(state, size, token, authorities) for size, token in tokens]
    for verdict in TrailVerdict:
        alike = [finding for finding in found if finding.verdict is verdict]
        state.findings.extend(alike[-_SHOWN:])
        if len(alike) > _SHOWN:
            state.notes.append(f"{len(alike) - _SHOWN} older time stamps are {verdict.value} too")


def _stampable(state: VerifyState, size: int) -> list[bytes]:
    """Return the texts of the heads of a size that a counting key signed and the records do not contradict."""
    heads, root = state.heads, state.roots.get(size)
    is_pruned = root is None and size <= state.pruned
    good = (index for index in heads.of_size(size) if state.is_good(index))
    kept = [index for index in good if is_pruned or root == heads.root(index)]
    return list(dict.fromkeys(signed.note.text.encode() for signed in heads.notes(kept)))


def _finding(state: VerifyState, size: int, token: bytes, authorities: Authorities) -> TrailFinding:
    place = f"the time stamp over size {size}"
    known = _stampable(state, size)
    if not known:
        problem = trail_problem("PK754", "a time stamp over no verified checkpoint of this trail", place=place)
        is_unsure = bool(state.heads.of_size(size))  # a head that itself did not verify
        return _bad(TrailVerdict.UNVERIFIABLE if is_unsure else TrailVerdict.INVALID, problem)
    refusals: list[CodedTrailError] = []
    for text in known:
        try:
            stamp = verify_token(token, text, authorities, place)
        except UnknownAuthorityError as problem:
            return _bad(TrailVerdict.UNVERIFIABLE, problem)
        except CodedTrailError as problem:
            refusals.append(problem)
            continue
        stamped = Stamped(size, stamp.time, stamp.accuracy, stamp.authority)
        state.timestamps.append(stamped)
        return TrailFinding(Claim.TIMESTAMP, TrailVerdict.VALID, str(stamped))
    return _bad(TrailVerdict.INVALID, refusals[-1])


def _bad(verdict: TrailVerdict, problem: CodedTrailError) -> TrailFinding:
    return TrailFinding(Claim.TIMESTAMP, verdict, str(problem.diagnostics[0]), None, problem.diagnostics[0])
