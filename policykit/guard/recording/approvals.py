"""The steps of an approval on the trail: asked, answered, used, or lapsed. See docs/trail-format.md, section 3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from policykit.encoding.digest import Digest
from policykit.guard.stores.protocol import ApprovalState
from policykit.trail import entries
from policykit.trail.entries.approvals import approval_lapsed, approval_requested, approval_used
from policykit.trail.entries.names import recorded_function, recorded_person

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.stores.protocol import Approval, ApprovalRequest
    from policykit.trail.format.record import Record


def requested(act: Act, request: ApprovalRequest) -> None:
    """Record that a person is asked: once for each request, by the call that opened it.

    Raises:
        TrailError: it could not be recorded.
    """
    core = act.call.plan.core
    core.put_record(
        approval_requested(
            request=request.id,
            decision_id=act.call.decision_id(act.phase),
            clauses=request.clauses,
            roles=request.roles,
            digest=request.digest,
            policy=entries.PolicyRef(core.policy.name, core.policy.version, Digest(core.policy.digest)),
            phase=request.phase,
            function=act.call.plan.reference.name,
            asked_at=_instant(request.created_ns),
            expires=_instant(request.expires_ns),
            principal=recorded_person(request.maker),
        )
    )


def outcome(act: Act, obligation: Obligation, approval: Approval) -> None:
    """Record what became of a request for this call: the answer that it acts on, and the use, or that there is none.

    Raises:
        TrailError: it could not be recorded.
    """
    core, decision_id = act.call.plan.core, act.call.decision_id(act.phase)
    if approval.state not in {ApprovalState.GRANTED, ApprovalState.DENIED}:
        is_used = approval.state is ApprovalState.USED
        lapsed(act, obligation, approval.request.id, "used by another call" if is_used else approval.state.value)
        return
    core.put_record(answer_record(approval, obligation.clause, decision_id))
    if approval.state is ApprovalState.GRANTED:
        core.put_record(
            approval_used(
                request=approval.request.id,
                decision_id=decision_id,
                clause=obligation.clause,
                digest=approval.request.digest,
                function=recorded_function(approval.request.function),
            )
        )


def lapsed(act: Act, obligation: Obligation, request_id: str, reason: str) -> None:
    """Record that this call got no approval.

    Raises:
        TrailError: it could not be recorded.
    """
    act.call.plan.core.put_record(
        approval_lapsed(
            request=request_id,
            decision_id=act.call.decision_id(act.phase),
            clause=obligation.clause,
            reason=reason,
            function=act.call.plan.reference.name,
        )
    )


def answer_record(approval: Approval, clause: str, decision_id: str = "") -> Record:
    """Return the record of an answer; the one given at the desk, before a call acted on it, names no decision."""
    answer = approval.answer
    assert answer is not None
    return entries.approval(
        request=approval.request.id,
        decision_id=decision_id,
        clause=clause,
        approver=answer.approver,
        role=answer.role,
        granted=approval.state is ApprovalState.GRANTED,
        reason=answer.reason or approval.state.value,
        function=recorded_function(approval.request.function),
        answered_at=_instant(approval.answered_ns) if approval.answered_ns else None,
    )


def _instant(epoch_ns: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch_ns // 1_000)
