"""`ask`: a person decides about this very call, in time, once. Source: docs/adr/0030, approvals."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from policykit.guard.own_facts import VOLATILE
from policykit.guard.steps import Sleep, called
from policykit.guard.stores.protocol import Answer, Approval, ApprovalRequest, ApprovalState, StoreError
from policykit.trail.entries import approval as approval_record

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.act import Act
    from policykit.guard.steps import Flow


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Ask for each obligation; the first that is not granted decides what happens otherwise."""
    for obligation in obligations:
        if _is_settled(act, obligation):
            continue
        approval = yield from _answered(act, obligation)
        if approval is not None and approval.answer is not None:
            act.approver = approval.answer.approver
            continue
        otherwise = obligation.effect.otherwise
        if otherwise is not None and otherwise.kind == "use":
            act.fallbacks = tuple(dict.fromkeys((*act.fallbacks, *otherwise.fallbacks)))
        elif otherwise is None or otherwise.kind != "allow":
            roles = " or ".join(obligation.effect.roles)
            message = otherwise.message if otherwise is not None else ""
            act.refuse("ask", obligation, message or f"{obligation.clause} asks {roles}, who did not grant it")
            return


def _is_settled(act: Act, obligation: Obligation) -> bool:
    """Whether this call is the fallback that the rule wants when nobody answers."""
    otherwise = obligation.effect.otherwise
    return otherwise is not None and otherwise.kind == "use" and act.call.fallback in otherwise.fallbacks


def _answered(act: Act, obligation: Obligation) -> Flow[Approval | None]:
    """Return the approval, used up by this call; None where it was not granted in time."""
    core = act.call.plan.core
    store = core.stores.approvals
    now = core.clock.now_ns
    request = _request(act, obligation)
    approval: Approval | None = yield from core.work(store, store.ask, request, now())
    called = False
    while approval is not None and approval.state is ApprovalState.PENDING:
        if not called:
            called = True
            yield from _called_back(act, approval.request)
        else:
            yield Sleep(min(core.options.approval_poll_s, max(0.0, (approval.request.expires_ns - now()) / 1e9)))
        approval = yield from core.work(store, store.get, approval.request.id, now())
    if approval is None or approval.state is not ApprovalState.GRANTED:
        _record(act, obligation, approval)
        return None
    is_mine = yield from core.work(store, store.use, approval.request.id, request.digest, now())
    _record(act, obligation, approval if is_mine else None)
    return approval if is_mine else None


def _called_back(act: Act, request: ApprovalRequest) -> Flow[None]:
    """Ask the callback of the first role that has one; what it answers is kept in the store, as any answer is."""
    core = act.call.plan.core
    role = next((role for role in request.roles if role in core.approvers), None)
    if role is None:
        return
    answer = yield from called(core.approvers[role], request)
    if answer is None:
        return  # it will come through the store
    if not isinstance(answer, Answer):
        raise StoreError(f"the approver of `{role}` gave no answer")
    store = core.stores.approvals
    try:
        yield from core.work(store, store.answer, request.id, answer, core.clock.now_ns())
    except StoreError:  # too late, or somebody else was first: what stands in the store counts
        return


def _request(act: Act, obligation: Obligation) -> ApprovalRequest:
    core = act.call.plan.core
    now = core.clock.now_ns()
    facts = {name: str(value)[:200] for name, value in _bound(act).items() if name not in act.texts}
    return ApprovalRequest(
        id=core.new_id(),
        digest=_digest(act, obligation),
        clauses=obligation.clauses,
        roles=obligation.effect.roles,
        phase=act.phase,
        function=act.call.plan.name,
        policy_digest=core.policy.digest,
        created_ns=now,
        expires_ns=now + int((obligation.effect.seconds or 0) * 10**9),
        message=obligation.message,
        facts=facts,
    )


def _bound(act: Act) -> dict[str, object]:
    """Return the facts that tell this call from another: not its time and identifiers, and no windows."""
    return {name: value for name, value in act.call.facts.items() if name not in VOLATILE and " " not in name}


def _digest(act: Act, obligation: Obligation) -> str:
    """Return the keyed digest of the exact call."""
    core = act.call.plan.core
    parts = [core.policy.digest, act.phase, act.call.plan.name, act.call.fallback, *obligation.clauses]
    for name, value in sorted(_bound(act).items()):
        parts += [name, *(act.texts[name] if name in act.texts else (type(value).__name__, repr(value)))]
    mac = hmac.new(core.secret, b"policykit-approval\0", hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        mac.update(len(data).to_bytes(8, "big") + data)
    return f"hmac-sha256:{mac.hexdigest()}"


def _record(act: Act, obligation: Obligation, approval: Approval | None) -> None:
    """Put the answer, or that there was none, on the trail."""
    answer = approval.answer if approval is not None else None
    state = "used by another call" if approval is None else approval.state.value
    act.call.plan.core.put_record(
        approval_record(
            decision_id=act.call.decision_id(act.phase),
            clause=obligation.clause,
            approver="" if answer is None else answer.approver,
            granted=approval is not None and approval.state is ApprovalState.GRANTED,
            reason=state if answer is None or not answer.reason else answer.reason,
        )
    )
