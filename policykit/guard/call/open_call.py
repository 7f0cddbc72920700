"""One guarded call from its beginning to its end. See docs/adr/0030 for the order of things.

Decorator, `check` and adapters use it in the same way: `enter`, then the call, then `answer` or `failed`, and `close`
in every case. The methods are flows (`policykit.guard.flow.steps`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from policykit.engine.decision import EffectKind
from policykit.errors import PolicyViolation
from policykit.guard.call.act import PROCEED, UNREAD, Act, Admission, Refusal, UnsearchedError
from policykit.guard.call.refusing_call import RefusingCall, where
from policykit.guard.effects import carried_out
from policykit.guard.recording.errors import error_type
from policykit.guard.recording.note import RAISED, RETURNED
from policykit.vocabulary.phase import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from policykit.engine.decision import Decision
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Texts

_ALLOW = EffectKind.ALLOW
R = TypeVar("R")


class OpenCall(RefusingCall):
    """A call in progress. Used by one thread or task at a time."""

    __slots__ = ()

    # --- the phases ---------------------------------------------------------------------------------------------------

    def enter(self, texts: Texts) -> Flow[Admission]:
        """Decide whether the call may be made.

        Args:
            texts: the texts among the facts, as their lenses gave them.

        Raises:
            PolicyViolation: it may not.
        """
        plan = self.plan
        core = plan.core
        phase = plan.entering
        try:
            if core.is_watched:
                yield from self._refuse_stopped(phase)
            for name, get in plan.own_entering:
                self.facts[name] = get(self)
            if core.board is not None:
                yield from self._reserve(phase)
            self.decision = decision = self._told(plan.decide_entering(self.facts))
            if decision.effect is not _ALLOW:
                admission = yield from self._enforced(phase, decision, texts)
            else:
                admission = PROCEED
            if core.rollouts is not None and not (plan.tool or self.depth or admission.fallbacks):
                admission = yield from self._rolled_out(phase, decision, admission)
            if admission is PROCEED:
                yield from self._note(phase, decision, texts)
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - whatever fails, the options say what it means
            yield from self._failed_guard(phase, error)
            return PROCEED
        return admission

    def answer(self, texts: Texts) -> Flow[Admission]:
        """Decide whether the answer, whose facts were added, may be handed out.

        Raises:
            PolicyViolation: it may not.
        """
        if not self.ended:
            self.ended = RETURNED
        return (yield from self._ended(self.plan.answering, texts))

    def told_of_failure(self, texts: Texts) -> Flow[Admission]:
        """Decide what happens after a call that the guard did not make failed; the facts of the failure were added.

        Raises:
            PolicyViolation: a rule refuses.
        """
        self.ended = RAISED
        kind = self.facts.get("call.error_type")
        self.error_type = kind if isinstance(kind, str) else ""
        return (yield from self._ended(Phase.FAILURE, texts))

    def failed(self, error: BaseException, *, can_fall_back: bool = True) -> Flow[Admission]:
        """Decide what happens after the call failed: fallbacks, or nothing, and then the error is passed on.

        Args:
            error: what was raised.
            can_fall_back: whether fallbacks can answer instead; otherwise none is named on record either.

        Raises:
            PolicyViolation: a rule refuses.
        """
        self.error = error
        self.ended = RAISED
        self.error_type = error_type(error)
        self.facts.pop("call.text", None)
        is_refused = getattr(error, "status_code", None) is not None  # by the provider, which then charges nothing
        if is_refused and "call.cost" in {name for name, _ in self.plan.own_entering}:
            self.facts.pop("call.cost", None)  # the estimate was not used; after a time-out it may have been
        phase = self.plan.failing
        if phase is None:
            return (yield from self._failed_tool())
        return (yield from self._ended(phase, {}, can_fall_back=can_fall_back))

    def _ended(self, phase: Phase, texts: Texts, *, can_fall_back: bool = True) -> Flow[Admission]:
        plan = self.plan
        try:
            is_failure = phase is plan.failing
            for name, get in plan.own_failing if is_failure else plan.own_answering:
                self.facts[name] = get(self)
            if self._made is not None:
                yield from self._settle(phase)
            decide = plan.decide_failing if is_failure else plan.decide_answering
            self.decision = decision = self._told(decide(self.facts))
            if decision.effect is not _ALLOW:
                return (yield from self._enforced(phase, decision, texts, can_fall_back=can_fall_back))
            yield from self._note(phase, decision, texts)
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - as in `enter`
            yield from self._failed_guard(phase, error)
        return PROCEED

    def _failed_tool(self) -> Flow[Admission]:
        """Settle and record the end of a tool that raised, about which no rule is asked."""
        phase = self.plan.answering
        try:
            if self._made is not None:
                yield from self._settle(phase)
            yield from self._note(phase, None, {}, action="none")
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - as in `enter`
            yield from self._failed_guard(phase, error)
        return PROCEED

    def rewritten(self, write: Callable[..., R], *args: Any, is_entering: bool = False) -> Flow[R]:
        """Return what `write` makes of arguments or of an answer whose texts were changed.

        Where it cannot, the call or its answer is refused, on record: what is on record already says that it goes on.

        Raises:
            PolicyViolation: it cannot.
        """
        try:
            return write(*args)
        except Exception as error:
            phase = self.plan.entering if is_entering else self.plan.answering
            with suppress(Exception):  # refused either way
                yield from self._note(phase, None, {}, action="deny", reason="error:guard", is_refused=True)
            if isinstance(error, PolicyViolation):
                raise
            message = f"what is left cannot be passed on: {error}"
            raise self._violation(phase, Refusal("error:guard", message, ()), None) from error

    # --- carrying out -------------------------------------------------------------------------------------------------

    def _enforced(
        self, phase: Phase, decision: Decision, texts: Texts, *, can_fall_back: bool = True
    ) -> Flow[Admission]:
        """Apply the effects of a decision, record what was done, and refuse if that is what they amount to."""
        act = Act(self, phase.value, decision, texts, is_entering=phase is self.plan.entering)
        yield from carried_out(act)
        if not can_fall_back:
            act.fallbacks = ()
        if act.fault is not None and act.refusal is None and not self._goes_on:
            raise act.fault
        changed = _changed(act)
        after = texts if changed is None else {**texts, **changed}
        yield from self._record(
            phase,
            decision,
            after,
            action=_action(act),
            effects=act.effects,
            approver=act.approver,
            reason=_reason(act),
            is_refused=act.refusal is not None,
            changed=changed,
            instead=act.fallbacks if act.refusal is None else (),
        )
        if act.refusal is not None:
            raise self._violation(phase, act.refusal, decision)
        if changed is None and not act.fallbacks:
            return Admission()
        return Admission(changed, act.fallbacks)

    def _rolled_out(self, phase: Phase, decision: Decision, admission: Admission) -> Flow[Admission]:
        rollouts = self.plan.core.rollouts
        side = rollouts.side(self.facts, self._rescoped) if rollouts is not None else None
        if side is None:
            return admission
        from policykit.trail.entries.decisions import rollout_effect

        effects = [rollout_effect(side.clause, is_withheld=side.is_withheld)]
        if not side.others and not side.is_withheld:
            yield from self._record(phase, decision, {}, action="rollout", effects=effects, is_refused=True)
            refusal = Refusal("rollout", f"{side.clause} does not send this call", (side.clause,))
            raise self._violation(phase, refusal, decision)
        action = "allow" if side.goes else "use"
        instead = () if side.is_withheld else side.others
        yield from self._record(phase, decision, {}, action=action, effects=effects, instead=instead)
        return admission._replace(fallbacks=side.others, is_withheld=side.is_withheld)

    def stopped_midway(self, act: Act) -> Flow[None]:
        """Refuse the rest of an answer; recorded first."""
        assert act.refusal is not None
        phase = self.plan.answering
        yield from self._note(phase, act.decision, {}, action=act.refusal.reason, effects=act.effects, is_refused=True)
        raise self._violation(phase, act.refusal, act.decision)


def _changed(act: Act) -> Texts | None:
    """Return the texts as they may leave; the act refuses where one of them cannot be searched."""
    try:
        return act.changed_texts() if act.refusal is None else None
    except UnsearchedError as error:
        act.refuse_unread(error)
        return None


def _action(act: Act) -> str:
    if act.refusal is None:
        return _strongest(act.effects)
    return EffectKind.DENY.value if act.refusal.reason == UNREAD else act.refusal.reason


def _reason(act: Act) -> str:
    if act.fault is not None:
        return f"error:{where(act.fault)}"
    return UNREAD if act.refusal is not None and act.refusal.reason == UNREAD else ""


def _strongest(effects: list[str]) -> str:
    return EffectKind.strictest([EffectKind(effect) for effect in effects]).value
