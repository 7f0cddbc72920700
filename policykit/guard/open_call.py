"""One guarded call from its beginning to its end. See docs/adr/0030 for the order of things.

Decorator, `check` and adapters use it in the same way: `enter`, then the call, then `answer` or `failed`, and `close`
in every case. The methods are flows (`policykit.guard.steps`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from policykit.engine.decision import EffectKind
from policykit.errors import DetectorError, PolicyViolation, TrailError
from policykit.guard.act import PROCEED, Act, Admission, Refusal
from policykit.guard.context import CURRENT, LAST_CALL
from policykit.guard.effects import carried_out
from policykit.guard.options import OnError
from policykit.guard.recording.noting import noted, put, put_closed_early
from policykit.guard.stores.error import StoreError

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.guard.binding import Texts
    from policykit.guard.context import Session
    from policykit.guard.core import Core
    from policykit.guard.plan import Plan
    from policykit.guard.steps import Flow
    from policykit.guard.windows.spec import Made
    from policykit.vocabulary.types import Phase

_ALLOW = EffectKind.ALLOW
_INITIAL = {"request": "q", "tool input": "i", "tool output": "o", "response": "r", "failure": "f"}


class OpenCall:
    """A call in progress. Used by one thread or task at a time."""

    __slots__ = (
        "_checks",
        "_is_settled",
        "_made",
        "attempt",
        "decision",
        "depth",
        "done_midway",
        "error",
        "facts",
        "fallback",
        "id",
        "is_invoked",
        "is_over",
        "made_ns",
        "plan",
        "session",
        "started_ns",
    )

    id: str
    plan: Plan
    attempt: int
    fallback: str
    session: Session
    made_ns: int
    started_ns: int
    error: BaseException | None

    def __init__(self, plan: Plan, *, attempt: int = 1, fallback: str = "", depth: int = 0) -> None:
        """Begin a call.

        Args:
            plan: what was worked out for the function.
            attempt: number of the attempt, 1 for the first.
            fallback: the name of the fallback that this call is; empty for the call itself.
            depth: how many calls this one stands in for.
        """
        core = plan.core
        context = CURRENT.get()
        self.plan = plan
        self.id = core.new_id()
        self.attempt = attempt
        self.fallback = fallback
        self.depth = depth
        self.session = context.session or core.session
        self.facts: dict[str, object] = {**context.facts, **plan.fixed}
        """What is known of the call; bindings and adapters add to it."""
        self.made_ns = core.clock.now_ns()
        self.started_ns = core.clock.monotonic_ns()
        self.error: BaseException | None = None
        self.is_invoked = False
        """Whether the call was made, so that it counts."""
        self.is_over = False
        """Whether its end was decided on: answered, failed or refused. Otherwise it was closed early."""
        self.done_midway: dict[str, None] = {}
        """Effects that were carried out on parts of an answer."""
        self._made: Made | None = None
        self._is_settled = True
        self._checks = 0
        self.decision: Decision | None = None
        """The newest decision."""

    @property
    def core(self) -> Core:
        """Return what the calls of the guard share."""
        return self.plan.core

    @property
    def tool(self) -> str:
        """Return the tool that is called; empty for a model."""
        return self.plan.tool

    @property
    def is_stream(self) -> bool:
        """Return whether the answer comes in pieces."""
        return self.plan.is_stream

    def decision_id(self, phase: str) -> str:
        """Return the identifier of the decision of a phase; a stream has several of its response."""
        return f"{self.id}.{_INITIAL[phase]}{self._checks or ''}"

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
                admission = yield from self._enforced(phase, decision, texts, is_entering=True)
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
        return (yield from self._ended(self.plan.answering, texts))

    def failed(self, error: BaseException) -> Flow[Admission]:
        """Decide what happens after the call failed: fallbacks, or nothing, and then the error is passed on.

        Raises:
            PolicyViolation: a rule refuses.
        """
        self.error = error
        self.is_over = True
        self.facts.pop("call.text", None)
        is_refused = getattr(error, "status_code", None) is not None  # by the provider, which then charges nothing
        if is_refused and "call.cost" in {name for name, _ in self.plan.own_entering}:
            self.facts.pop("call.cost", None)  # the estimate was not used; after a time-out it may have been
        phase = self.plan.failing
        if phase is None:
            return (yield from self._settled_only())
        return (yield from self._ended(phase, {}))

    def close(self, released_chars: int = 0) -> None:
        """End the call however it ended.

        What is reserved and not settled counts if the call was made, else it goes. An answer that was left before its
        end (closed, cancelled) is on record with what was done to it until then.

        Args:
            released_chars: characters of the answer that the caller may have.
        """
        core = self.plan.core
        if self.is_invoked and self.error is None and not self.plan.tool:
            LAST_CALL.set((core.mark, self.id))  # outer calls end after those inside of them, and refused ones are none
        if not self._is_settled and self._made is not None:
            self._is_settled = True
            assert core.board is not None
            with suppress(StoreError):  # nobody is left to refuse; the lease takes it out of a shared store
                if self.is_invoked:
                    core.board.settle(self._made, self.facts, self.plan.answering, core.clock.now_ns())
                else:
                    core.board.release(self._made.claim)
        if self.is_invoked and not self.is_over:
            self.is_over = True
            with suppress(Exception):  # as above; a trail that cannot be written refuses the next call
                put_closed_early(self, self.plan.answering, [*self.done_midway], released_chars)

    def _ended(self, phase: Phase, texts: Texts) -> Flow[Admission]:
        plan = self.plan
        self.is_over = True
        try:
            is_failure = phase is plan.failing
            for name, get in plan.own_failing if is_failure else plan.own_answering:
                self.facts[name] = get(self)
            if self._made is not None:
                yield from self._settle(phase)
            self.decision = decision = (plan.decide_failing if is_failure else plan.decide_answering)(self.facts)
            if decision.effect is not _ALLOW:
                return (yield from self._enforced(phase, decision, texts, is_entering=False))
            yield from self._note(phase, decision, texts)
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - as in `enter`
            yield from self._failed_guard(phase, error)
        return PROCEED

    def _settled_only(self) -> Flow[Admission]:
        if self._made is not None:
            try:
                yield from self._settle(self.plan.answering)
            except StoreError as error:
                yield from self._failed_guard(self.plan.answering, error)
        return PROCEED

    # --- carrying out -------------------------------------------------------------------------------------------------

    def _enforced(self, phase: Phase, decision: Decision, texts: Texts, *, is_entering: bool) -> Flow[Admission]:
        """Apply the effects of a decision, record what was done, and refuse if that is what they amount to."""
        act = Act(self, phase.value, decision, texts, is_entering=is_entering)
        yield from carried_out(act)
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
        )
        if act.refusal is not None:
            raise self._violation(phase, act.refusal, decision)
        if changed is None and not act.fallbacks:
            return Admission()
        return Admission(changed, act.fallbacks)

    def _rolled_out(self, phase: Phase, decision: Decision, admission: Admission) -> Flow[Admission]:
        rollouts = self.plan.core.rollouts
        side = rollouts.side(self.facts) if rollouts is not None else None
        if side is None:
            return admission
        effects = [f"rollout {side.clause}: {'withheld' if side.is_withheld else 'others'}"]
        if not side.others and not side.is_withheld:
            yield from self._note(phase, decision, {}, action="rollout", effects=effects, is_refused=True)
            refusal = Refusal("rollout", f"{side.clause} does not send this call", (side.clause,))
            raise self._violation(phase, refusal, decision)
        yield from self._note(phase, decision, {}, action="use" if not side.goes else "allow", effects=effects)
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
            self.plan.core.put_waiting(noted(self, phase, None, {}, "deny", (), "", "error:stream", is_refused=True))
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
        refusal = None
        if core.is_killed:
            refusal = Refusal("kill-switch", "all calls are stopped by the kill switch", ())
        elif core.has_pauses:
            from policykit.guard.stopping import refusing

            stop = yield from refusing(core, self.plan.tool, self.made_ns)
            if stop is not None:
                refusal = Refusal("stop", f"calls are paused by {stop.clause} until they are resumed", (stop.clause,))
        if refusal is not None:
            yield from self._note(phase, None, {}, action="deny", reason=refusal.reason, is_refused=True)
            raise self._violation(phase, refusal, None)

    def _violation(self, phase: Phase, refusal: Refusal, decision: Decision | None) -> PolicyViolation:
        self.is_over = True
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

    # --- windows ------------------------------------------------------------------------------------------------------

    def _reserve(self, phase: Phase) -> Flow[None]:
        from policykit.guard.windows.spec import Made

        core = self.plan.core
        assert core.board is not None
        self._made = Made(self.id, self.plan.tool, self.session.id, self.made_ns)
        self._is_settled = False
        self.facts.update(
            (yield from core.work(core.stores.windows, core.board.reserve, self._made, self.facts, phase))
        )

    def _settle(self, phase: Phase) -> Flow[None]:
        core = self.plan.core
        assert core.board is not None
        assert self._made is not None
        for key in core.board.specs:
            self.facts.pop(key, None)  # what was true on entering is not what is true now
        now = core.clock.now_ns()
        self._is_settled = True
        values = yield from core.work(core.stores.windows, core.board.settle, self._made, self.facts, phase, now)
        self.facts.update(values)
        if core.policy.outline.stops:
            from policykit.guard.stopping import look

            found = yield from core.work(core.stores.windows, core.board.for_stops, self.session.id, now)
            yield from look(core, found)

    # --- the record ---------------------------------------------------------------------------------------------------

    def _note(  # noqa: PLR0913 - what a record says
        self,
        phase: Phase,
        decision: Decision | None,
        texts: Texts,
        *,
        action: str = "allow",
        effects: list[str] | tuple[str, ...] = (),
        approver: str = "",
        reason: str = "",
        is_refused: bool = False,
    ) -> Flow[None]:
        """Put a decision on record, waiting for room where there is none."""
        core = self.plan.core
        if core.queue is None and not core.observers:
            return
        yield from put(
            self, noted(self, phase, decision, texts, action, effects, approver, reason, is_refused=is_refused)
        )


def _strongest(effects: list[str]) -> str:
    return EffectKind.strictest([EffectKind(effect) for effect in effects]).value


def _where(error: Exception) -> str:
    """Return what failed, as one of few words."""
    if isinstance(error, StoreError):
        return "store"
    if isinstance(error, TrailError):
        return "trail"
    return "detector" if isinstance(error, DetectorError) else "guard"
