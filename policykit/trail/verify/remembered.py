"""Step 6 of verifying: a checkpoint that was kept elsewhere, which shows rollback and truncation."""

from __future__ import annotations

from policykit.trail.format.checkpoint import Checkpoint, SignedCheckpoint
from policykit.trail.format.note import verified_signatures
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.verify.state import VerifyState
from policykit.trail.verify.verdict import Claim, TrailFinding, TrailVerdict


def compare_remembered(state: VerifyState, remembered: SignedCheckpoint | None) -> None:
    """Find up to which size the trail is known to be complete."""
    if any(finding.claim is Claim.COMPLETENESS for finding in state.findings):
        return
    if remembered is None:
        signed = state.signed_size
        is_in_doubt = not signed or any(finding.claim is Claim.INTEGRITY for finding in state.findings)
        detail = (
            "nothing can be said while the integrity is in doubt"
            if is_in_doubt
            else f"to size {signed}, the newest signed; without a remembered head a rollback cannot be seen"
        )
        verdict = TrailVerdict.UNVERIFIABLE if is_in_doubt else TrailVerdict.VALID
        state.findings.append(TrailFinding(Claim.COMPLETENESS, verdict, detail))
        return
    try:
        _compare(state, remembered, is_known=_is_known(state, remembered))
    except CodedTrailError as problem:
        state.invalid(Claim.COMPLETENESS, problem)


def _is_known(state: VerifyState, remembered: SignedCheckpoint) -> bool:
    """Say whether a key signed it that counts in the trail, at whichever heads, and is not revoked at its size.

    Raises:
        CodedTrailError: the signature of such a key does not verify.
    """
    trust = state.trust
    if trust is None:
        return False
    good = {(s.name, s.key_id) for s in verified_signatures(remembered.note, trust.keys)}
    size = remembered.checkpoint.size
    return any((key.name, key.key_id) in good and not trust.is_revoked(key, size) for key in trust.keys)


def _compare(state: VerifyState, remembered: SignedCheckpoint, *, is_known: bool) -> None:
    head = remembered.checkpoint
    root = state.roots.get(head.size) if not state.broken else None
    if state.heads.origin and head.origin != state.heads.origin:
        raise trail_problem(
            "PK728", "the remembered head is that of another trail", expected=f"`{shown(state.heads.origin)}`",
            got=f"`{shown(head.origin)}`",
        )  # fmt: skip
    if head.size > state.size:
        problem = trail_problem(
            "PK711", "the trail is shorter than the remembered head", expected=f"{head.size} records",
            got=str(state.size), help="it was cut or rolled back",
        )  # fmt: skip
        state.invalid(Claim.COMPLETENESS, problem, state.size)
    elif (root is not None and root != head.root) or _is_another_in_the_log(state, head):
        raise trail_problem("PK718", f"the trail is another than the one remembered at size {head.size}")
    elif root is None or not is_known:
        why = "is signed by no key that counts in this trail" if root else "lies in what was pruned or damaged"
        detail = f"the remembered head of size {head.size} {why}"
        state.findings.append(TrailFinding(Claim.COMPLETENESS, TrailVerdict.UNVERIFIABLE, detail))
    else:
        detail = f"to size {head.size}, the remembered head, and on to {state.size}"
        state.findings.append(TrailFinding(Claim.COMPLETENESS, TrailVerdict.VALID, detail))


def _is_another_in_the_log(state: VerifyState, head: Checkpoint) -> bool:
    """Say whether the log holds another head of this size, which shows also where the records were pruned."""
    return any(state.heads.root(index) != head.root for index in state.heads.of_size(head.size)[:1])
