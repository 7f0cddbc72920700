"""Step 9 of verifying: time-stamp tokens over the checkpoints."""

from __future__ import annotations

from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.timestamp.token import Authorities, UnknownAuthorityError, library, verify_token
from policykit.trail.verdict import Claim, Finding, Stamped, Verdict
from policykit.trail.verify_state import VerifyState

_SHOWN = 20
"""How many findings of one verdict are listed; a log with a token an hour has thousands."""


def check_timestamps(state: VerifyState, authorities: Authorities | None) -> None:
    """Find for every token whether the checkpoint of its size existed at its time, according to a known authority.

    Raises:
        CodedTrailError: when authorities are given and the library that reads tokens is not installed.
    """
    tokens = list(dict.fromkeys(state.tokens))
    if authorities is None:
        if tokens:
            state.notes.append(f"{len(tokens)} time stamps, not checked: no authority was given")
        return
    library()
    if not tokens:
        detail = "no time stamp in this trail"
        state.findings.append(Finding(Claim.TIMESTAMP, Verdict.UNVERIFIABLE, detail))
        return
    texts = _stampable(state)
    found = [_finding(state, size, token, texts, authorities) for size, token in tokens]
    for verdict in Verdict:
        alike = [finding for finding in found if finding.verdict is verdict]
        state.findings.extend(alike[-_SHOWN:])
        if len(alike) > _SHOWN:
            state.notes.append(f"{len(alike) - _SHOWN} older time stamps are {verdict.value} too")


def _stampable(state: VerifyState) -> dict[int, list[bytes]]:
    """Return the texts of the checkpoints of each size that a trusted key signed and the records do not contradict."""
    texts: dict[int, list[bytes]] = {}
    for signed in state.good:
        checkpoint = signed.checkpoint
        root = state.roots.get(checkpoint.size)
        if root == checkpoint.root or (root is None and checkpoint.size <= state.pruned):
            texts.setdefault(checkpoint.size, []).append(signed.note.text.encode())
    return texts


def _finding(
    state: VerifyState, size: int, token: bytes, texts: dict[int, list[bytes]], authorities: Authorities
) -> Finding:
    place = f"the time stamp over size {size}"
    known = texts.get(size)
    if known is None:
        problem = trail_problem("PK754", "a time stamp over no verified checkpoint of this trail", place=place)
        is_unsure = any(signed.checkpoint.size == size for signed in state.heads)  # a head that itself did not verify
        return _bad(Verdict.UNVERIFIABLE if is_unsure else Verdict.INVALID, problem)
    refusals: list[CodedTrailError] = []
    for text in dict.fromkeys(known):
        try:
            stamp = verify_token(token, text, authorities, place)
        except UnknownAuthorityError as problem:
            return _bad(Verdict.UNVERIFIABLE, problem)
        except CodedTrailError as problem:
            refusals.append(problem)
            continue
        stamped = Stamped(size, stamp.time, stamp.accuracy, stamp.authority)
        state.timestamps.append(stamped)
        return Finding(Claim.TIMESTAMP, Verdict.VALID, str(stamped))
    return _bad(Verdict.INVALID, refusals[-1])


def _bad(verdict: Verdict, problem: CodedTrailError) -> Finding:
    return Finding(Claim.TIMESTAMP, verdict, str(problem.diagnostic), None, problem.diagnostic)
