"""One guarded call from its beginning to its end. See docs/adr/0030 for the order of things.

Decorator, `check` and adapters use it in the same way: `enter`, then the call, then `answer` or `failed`, and `close`
in every case. The methods are flows (`policykit.guard.steps`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from policykit.engine.decision import EffectKind
from policykit.errors import DetectorError, PolicyViolation, TrailError
from policykit.guard.act import PROCEED, Act, Admission, Refusal
from policykit.guard.begun_call import BegunCall
from policykit.guard.effects import carried_out
from policykit.guard.options import OnError
from policykit.guard.recording.errors import error_type
from policykit.guard.recording.note import RAISED, RETURNED
from policykit.guard.recording.noting import noted, put_at_once
from policykit.guard.stores.error import StoreError
from policykit.vocabulary.phase import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from policykit.engine.decision import Decision
    from policykit.guard.binding import Texts
    from policykit.guard.steps import Flow

_ALLOW = EffectKind.ALLOW
R = TypeVar("R")


class OpenCall(BegunCall):
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
            self.decision = decision = plan.decide_entering(self.facts)
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
            self.decision = decision = (plan.decide_failing if is_failure else plan.decide_answering)(self.facts)
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
        changed = act.changed_texts() if act.refusal is None else None
        action = act.refusal.reason if act.refusal is not None else _strongest(act.effects)
        after = texts if changed is None else {**texts, **changed}
        yield from self._note(
            phase,
            decision,
            after,
            action=action,
            effects=act.effects,
            approver=act.approver,
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
        from policykit.trail.entries_decision import rollout_effect

        effects = [rollout_effect(side.clause, is_withheld=side.is_withheld)]
        if not side.others and not side.is_withheld:
            yield from self._note(phase, decision, {}, action="rollout", effects=effects, is_refused=True)
            refusal = Refusal("rollout", f"{side.clause} does not send this call", (side.clause,))
            raise self._violation(phase, refusal, decision)
        action = "allow" if side.goes else "use"
        instead = () if side.is_withheld else side.others
        yield from self._note(phase, decision, {}, action=action, effects=effects, instead=instead)
        return admission._replace(fallbacks=side.others, is_withheld=side.is_withheld)

    def withheld(self) -> PolicyViolation:
        """Return what is raised when a withheld answer has no fallback in its place."""
        return self._violation(
            self.plan.answering, Refusal("rollout", "the answer of a shadow rollout is withheld", ()), None
        )

    def unfit(self, message: str) -> PolicyViolation:
        """Return what is raised when a stream cannot be checked; recorded, if recording works."""
        phase = self.plan.answering
        with suppress(Exception):
            put_at_once(self, noted(self, phase, None, {}, "deny", (), "", "error:stream", is_refused=True))
        return self._violation(phase, Refusal("error:stream", message, ()), None)

    def stopped_midway(self, act: Act) -> Flow[None]:
        """Refuse the rest of an answer; recorded first."""
        assert act.refusal is not None
        phase = self.plan.answering
        yield from self._note(phase, act.decision, {}, action=act.refusal.reason, effects=act.effects, is_refused=True)
        raise self._violation(phase, act.refusal, act.decision)

    def exhausted(self, fallback: str) -> PolicyViolation:
        """Return what is raised when the rules send a fallback to a fallback again and again."""
        message = f"the fallback `{fallback}` is itself sent to a fallback"
        return self._violation(self.plan.entering, Refusal("use", message, ()), None)

    def _refuse_stopped(self, phase: Phase) -> Flow[None]:
        core = self.plan.core
        refusal, clause = None, ""
        if core.is_killed:
            refusal = Refusal("kill-switch", "all calls are stopped by the kill switch", ())
        elif core.has_pauses:
            from policykit.guard.stopping import in_force

            stop, self._rescoped = yield from in_force(core, self.plan.tool, self.made_ns)
            if stop is not None:
                clause = stop.clause
                refusal = Refusal("stop", f"calls are paused by {clause} until they are resumed", (clause,))
        if refusal is not None:
            yield from self._note(phase, None, {}, action="deny", reason=refusal.reason, is_refused=True, stop=clause)
            raise self._violation(phase, refusal, None)

    def _violation(self, phase: Phase, refusal: Refusal, decision: Decision | None) -> PolicyViolation:
        return PolicyViolation(
            refusal.message or f"refused by {', '.join(refusal.clauses)}",
            reason=refusal.reason,
            phase=phase.value,
            clauses=refusal.clauses,
            decision=decision,
            decision_id=self.decision_id(phase.value),
        )

    def _failed_guard(self, phase: Phase, error: Exception) -> Flow[None]:
        """Refuse, or go on, after the guard itself failed; recorded either way, where recording works."""
        reason = f"error:{_where(error)}"
        is_allowed = self.plan.core.options.on_error is OnError.ALLOW
        try:
            action = "allow" if is_allowed else "deny"
            yield from self._note(phase, None, {}, action=action, reason=reason, is_refused=not is_allowed)
        except Exception:  # noqa: BLE001 - the record is what failed; refused below unless the options allow it
            reason = "error:trail"
        if not is_allowed:
            raise self._violation(phase, Refusal(reason, f"the guard could not decide: {error}", ()), None) from error


def _strongest(effects: list[str]) -> str:
    return EffectKind.strictest([EffectKind(effect) for effect in effects]).value


def _where(error: Exception) -> str:
    """Return what failed, as one of few words."""
    if isinstance(error, StoreError):
        return "store"
    if isinstance(error, TrailError):
        return "trail"
    return "detector" if isinstance(error, DetectorError) else "guard"
