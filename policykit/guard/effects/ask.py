"""`ask`: a person decides about this very call, in time, once. Source: docs/adr/0030, approvals."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from policykit.guard.flow.steps import Sleep, called
from policykit.guard.recording import approvals as recording
from policykit.guard.setup.own_facts import VOLATILE
from policykit.guard.state.sameness import told_apart
from policykit.guard.stores.protocol import Answer, Approval, ApprovalRequest, ApprovalState, StoreError
from policykit.vocabulary.call_texts import CALL_TEXTS

if TYPE_CHECKING:
    from policykit.engine.decision import Obligation
    from policykit.guard.call.act import Act
    from policykit.guard.flow.steps import Flow

MAX_LABEL_CHARS = 80
"""Longer values of facts are texts, which are not shown."""

MAX_ASKED = 100
"""How often a call asks again after others took what it waited for; each time one of them went on."""


def apply(act: Act, obligations: list[Obligation]) -> Flow[None]:
    """Ask for each obligation; the first that is not granted decides about the call.

    `otherwise` is for the case that nobody answered in time. Who says no, or an approval that served another call,
    refuses whatever `otherwise` says.
    """
    for obligation in obligations:
        if _is_settled(act, obligation):
            continue
        approval = yield from _outcome(act, obligation)
        if approval is None:
            _otherwise(act, obligation)
        elif approval.state is ApprovalState.GRANTED and approval.answer is not None:
            act.approver = approval.answer.approver
        else:
            is_denied = approval.state is ApprovalState.DENIED and approval.answer is not None
            who = f"{approval.answer.role} denied it" if is_denied and approval.answer else "no approval is left for it"
            act.refuse("ask", obligation, f"{obligation.clause} asks {_roles(obligation)}: {who}")
        if act.refusal is not None:
            return


def _otherwise(act: Act, obligation: Obligation) -> None:
    otherwise = obligation.effect.otherwise
    if otherwise is not None and otherwise.kind == "use":
        act.fallbacks = tuple(dict.fromkeys((*act.fallbacks, *otherwise.fallbacks)))
    elif otherwise is None or otherwise.kind != "allow":
        message = otherwise.message if otherwise is not None else ""
        problem = f"{obligation.clause} asks {_roles(obligation)}, who did not grant it in time"
        act.refuse("ask", obligation, message or problem)


def _roles(obligation: Obligation) -> str:
    return " or ".join(obligation.effect.roles)


def _is_settled(act: Act, obligation: Obligation) -> bool:
    """Whether this call is the fallback that the rule wants when nobody answers."""
    otherwise = obligation.effect.otherwise
    return otherwise is not None and otherwise.kind == "use" and act.call.fallback in otherwise.fallbacks


def _outcome(act: Act, obligation: Obligation) -> Flow[Approval | None]:
    """Return the approval as it was decided, used up by this call where it was granted; None: nobody did in time.

    Raises:
        StoreError: the store failed, and the rule lets a call go on without an answer: it may hold a refusal.
    """
    request = request_of(act, obligation)
    asked = [request.id]  # of the request that is waited for: an equal call may have opened one before
    try:
        approval = yield from _settled(act, obligation, request, asked)
    except StoreError:
        otherwise = obligation.effect.otherwise
        if otherwise is not None and otherwise.kind == "allow":
            raise
        recording.lapsed(act, obligation, asked[0], "the store failed")
        return None
    recording.outcome(act, obligation, approval)
    return None if approval.state is ApprovalState.EXPIRED else approval


def _settled(act: Act, obligation: Obligation, request: ApprovalRequest, asked: list[str]) -> Flow[Approval]:
    """Return the approval that this call used up, or why it has none.

    An equal call in another process may wait for the same answer. Who is later asks again, within the time to answer:
    each approval serves one call, and each call has one of its own.
    """
    core = act.call.plan.core
    store = core.stores.approvals
    left = MAX_ASKED
    while True:
        left -= 1
        asked[0] = request.id
        claimed: list[str] = []
        try:
            approval = yield from _asked(act, obligation, request, asked, claimed)
            if approval.state is ApprovalState.GRANTED:
                end, now = approval.request.expires_ns, core.clock.now_ns()
                if (yield from core.work(store, store.use, approval.request.id, request.digest, now, until_ns=end)):
                    return approval
                approval = replace(approval, state=ApprovalState.USED)
        finally:
            core.waited_for.difference_update(claimed)
        now = core.clock.now_ns()
        if approval.state is not ApprovalState.USED or now >= request.expires_ns or not left:
            return approval
        request = replace(request, id=secrets.token_hex(8), created_ns=now)


def _asked(
    act: Act, obligation: Obligation, request: ApprovalRequest, asked: list[str], claimed: list[str]
) -> Flow[Approval]:
    """Return an approval as soon as it is decided; a call that is left while it waits gets none, on record."""
    try:
        return (yield from _decided(act, request, asked, claimed))
    except Exception:
        raise
    except BaseException:  # the task was cancelled, say
        with suppress(Exception):
            recording.lapsed(act, obligation, asked[0], "the caller left")
        raise


def _decided(act: Act, request: ApprovalRequest, asked: list[str], claimed: list[str]) -> Flow[Approval]:
    """Return an approval as soon as it is decided.

    A store that fails while somebody is being asked is asked again: only the time ends the waiting.
    """
    core = act.call.plan.core
    store, now = core.stores.approvals, core.clock.now_ns
    approval, is_new = yield from _opened(act, request, claimed)
    request = approval.request
    if is_new:
        recording.requested(act, request)
    asked[0] = request.id
    is_called = False
    while approval.state is ApprovalState.PENDING:
        if not is_called:
            is_called = True
            yield from _called_back(act, request)
        else:
            yield Sleep(min(core.options.approval_poll_s, max(0.0, (request.expires_ns - now()) / 1e9)))
        try:
            found = yield from core.work(store, store.get, request.id, now(), until_ns=request.expires_ns)
        except StoreError:
            if now() >= request.expires_ns:
                raise
        else:
            approval = replace(approval, state=ApprovalState.USED) if found is None else found
    return approval


def _opened(act: Act, request: ApprovalRequest, claimed: list[str]) -> Flow[tuple[Approval, bool]]:
    """Return the approval to wait for, and whether it is new: one that was left by an equal call, else a new one.

    What another call of this guard waits for is that call's: it would be asked twice and could be used once. A new
    request is claimed before anybody can find it. One that was found is read once more after it is claimed: an equal
    call may have used it up in between, and nobody is asked in vain.
    """
    core = act.call.plan.core
    store, end = core.stores.approvals, request.expires_ns
    _claim(act, request.id, claimed)
    while True:
        taken = frozenset(core.waited_for)
        found: Approval = yield from core.work(store, store.ask, request, core.clock.now_ns(), taken, until_ns=end)
        identifier = found.request.id
        if identifier == request.id:
            return found, True
        if _claim(act, identifier, claimed):
            now = core.clock.now_ns()
            latest: Approval | None = yield from core.work(store, store.get, identifier, now, until_ns=end)
            return latest or replace(found, state=ApprovalState.USED), False


def _claim(act: Act, identifier: str, claimed: list[str]) -> bool:
    is_free = act.call.plan.core.waits_for(identifier)
    if is_free:
        claimed.append(identifier)
    return is_free


def _called_back(act: Act, request: ApprovalRequest) -> Flow[None]:
    """Ask the callback of the first role that has one; what it answers is kept in the store, as any answer is."""
    core = act.call.plan.core
    role = next((role for role in request.roles if role in core.approvers), None)
    if role is None:
        return
    now = core.clock.now_ns
    try:
        answer = yield from called(core.approvers[role], request, limit_s=max(0.0, (request.expires_ns - now()) / 1e9))
    except TimeoutError:
        if now() < request.expires_ns:
            raise  # its own: the approver failed
        return
    if answer is None:
        return  # it will come through the store
    if not isinstance(answer, Answer):
        raise StoreError(f"the approver of `{role}` gave no answer")
    if not answer.is_recordable:
        raise StoreError(f"the approver of `{role}` gave an answer that cannot go on record")
    store = core.stores.approvals
    try:
        yield from core.work(store, store.answer, request.id, answer, now(), until_ns=request.expires_ns)
    except StoreError:  # too late, not theirs to answer, or somebody else was first: what stands in the store counts
        return


def request_of(act: Act, obligation: Obligation) -> ApprovalRequest:
    """Return what a person is asked about a call."""
    core = act.call.plan.core
    now = core.clock.now_ns()
    principal = act.call.facts.get("principal.id")
    return ApprovalRequest(
        id=secrets.token_hex(8),
        digest=_digest(act, obligation),
        clauses=obligation.clauses,
        roles=obligation.effect.roles,
        phase=act.phase,
        function=act.call.plan.name,
        policy_digest=core.policy.digest,
        created_ns=now,
        expires_ns=now + int((obligation.effect.seconds or 0) * 10**9),
        message=act.said(obligation),
        facts=_shown(act),
        maker=principal if isinstance(principal, str) else "",
    )


def _shown(act: Act) -> dict[str, str]:
    """Return the facts that a person sees: identifiers, labels and figures; of a text, only how long it is."""
    clauses = act.call.plan.core.clauses
    searched = {fact for clause in clauses.rules for fact in clauses.patterns(clause)}
    found = {}
    for name, value in _bound(act).items():
        text = str(value)
        is_label = len(text) <= MAX_LABEL_CHARS and text.isprintable()
        is_text = name in CALL_TEXTS or (isinstance(value, str) and (name in searched or not is_label))
        found[name] = f"({len(text):,} characters, not shown)" if is_text or not is_label else text
    return found


def _bound(act: Act) -> dict[str, object]:
    """Return the facts that tell this call from another: not its time and identifiers, and no windows."""
    return {name: value for name, value in act.call.facts.items() if name not in VOLATILE and " " not in name}


def _digest(act: Act, obligation: Obligation) -> str:
    """Return the keyed digest of the exact call."""
    core = act.call.plan.core
    parts = [core.policy.digest, act.phase, act.call.plan.name, act.call.fallback, *obligation.clauses]
    for name, value in sorted(_bound(act).items()):
        parts += [name, *(act.texts[name] if name in act.texts else told_apart(value))]
    mac = hmac.new(core.secret, b"policykit-approval\0", hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        mac.update(len(data).to_bytes(8, "big") + data)
    return f"hmac-sha256:{mac.hexdigest()}"
