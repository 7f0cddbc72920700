"""Who may answer an approval, and who may lift a stop: the same rules, in the same words, in every store."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import Answer, Approval, ApprovalState, Stop
from policykit.source import did_you_mean


def check_answer(approval: Approval | None, request_id: str, answer: Answer) -> Approval:
    """Return an approval that this answer may settle.

    Args:
        approval: what the store holds under the identifier, as it stands now; None when it holds nothing.
        request_id: the identifier.
        answer: what somebody says.

    Raises:
        StoreError: there is none, it does not wait, the role may not answer, or the approver asked for the call.
    """
    if approval is None:
        raise store_problem("PK384", "there is no such approval", got=f"`{request_id}`")
    if approval.state is not ApprovalState.PENDING:
        raise store_problem(
            "PK385", f"approval `{approval.request.id}` is {approval.state.value}", expected="one that waits"
        )
    if answer.role not in approval.request.roles:
        raise store_problem(
            "PK386", "the role may not answer", expected=_listed(approval.request.roles), got=f"`{answer.role}`"
        )
    if approval.request.is_made_by(answer.approver):
        raise store_problem("PK387", f"`{answer.approver}` asked for the call, and may not answer")
    return approval


def check_resumption(tripped: Sequence[Stop], clause: str, role: str, known: Sequence[str]) -> None:
    """Check that a role may lift the stops of a clause.

    Args:
        tripped: the stops of this clause that are tripped.
        clause: their name.
        role: in which role somebody asks for it.
        known: names of all stops that are tripped.

    Raises:
        StoreError: none is tripped, or the role may not lift one of them.
    """
    if not tripped:
        help_ = did_you_mean(clause, known) or "`policykit stops list --store FILE` shows what is tripped"
        raise store_problem("PK388", "there is no such stop", got=f"`{clause}`", help=help_)
    for stop in tripped:
        if stop.resume_by and role not in stop.resume_by:
            raise store_problem(
                "PK386", "the role may not resume it", expected=_listed(stop.resume_by), got=f"`{role}`"
            )


def _listed(roles: Sequence[str]) -> str:
    return " or ".join(f"`{role}`" for role in roles)
