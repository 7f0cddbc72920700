"""Builders for the steps of an approval around its answer, which `policykit.trail.entries.approval` records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from policykit.encoding.timestamps import format_timestamp
from policykit.trail.entries import PolicyRef, policy_members
from policykit.trail.entries.text import built
from policykit.trail.format.record import Record, RecordType


def approval_requested(  # noqa: PLR0913 - what an auditor looks for
    *,
    request: str,
    decision_id: str,
    clauses: Sequence[str],
    roles: Sequence[str],
    digest: str,
    policy: PolicyRef,
    phase: str,
    function: str,
    asked_at: datetime,
    expires: datetime,
    principal: str = "",
) -> Record:
    """Return the fact that a person was asked about a call.

    Args:
        request: the identifier of the request, which its answer and its use repeat.
        decision_id: the decision that asked.
        clauses: those that want an answer, of any one of the roles.
        roles: who may answer.
        digest: a keyed digest of the exact call; nothing of the call can be read from it.
        policy: what is enforced.
        phase: where the call stands.
        function: what is guarded.
        asked_at: when the person was asked; aware.
        expires: until when an answer counts; aware.
        principal: for whom the call is made, who may not answer.
    """
    return built(
        RecordType.APPROVAL_REQUESTED,
        request=request,
        decision_id=decision_id,
        clauses=dict.fromkeys(clauses, "asks"),
        roles=list(roles),
        digest=digest,
        policy=policy_members(policy),
        phase=phase,
        function=function,
        asked_at=format_timestamp(asked_at),
        expires=format_timestamp(expires),
        principal=principal,
    )


def approval_used(*, request: str, decision_id: str, clause: str, digest: str, function: str = "") -> Record:
    """Return the fact that a call used an approval up: it serves no other."""
    return built(
        RecordType.APPROVAL_USED,
        request=request,
        decision_id=decision_id,
        clause=clause,
        digest=digest,
        function=function,
    )


def approval_lapsed(*, request: str, decision_id: str, clause: str, reason: str, function: str = "") -> Record:
    """Return the fact that a call that waited got no approval, and why: nobody answered in time, for one."""
    return built(
        RecordType.APPROVAL_LAPSED,
        request=request,
        decision_id=decision_id,
        clause=clause,
        reason=reason,
        function=function,
    )
