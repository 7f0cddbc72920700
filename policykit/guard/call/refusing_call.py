"""How a guarded call is refused: by stops, by what cannot be checked, and where the guard itself fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from policykit.errors import DetectorError, PolicyViolation, TrailError
from policykit.guard.call.act import Refusal
from policykit.guard.call.begun_call import BegunCall
from policykit.guard.options import OnError
from policykit.guard.recording.noting import noted, put_at_once
from policykit.guard.stores.error import StoreError
from policykit.guard.text.conceal import Concealment, concealed

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Texts
    from policykit.vocabulary.types import Phase


R = TypeVar("R")


class RefusingCall(BegunCall):
    """The part of `policykit.guard.call.open_call.OpenCall` that refuses."""

    __slots__ = ()

    def withheld(self) -> PolicyViolation:
        """Return what is raised when a withheld answer has no fallback in its place."""
        return self._violation(
            self.plan.answering, Refusal("rollout", "the answer of a shadow rollout is withheld", ()), None
        )

    def unfit(self, message: str, *, reason: str = "error:stream", clauses: tuple[str, ...] = ()) -> PolicyViolation:
        """Return what is raised when an answer cannot be checked, or handed out; recorded, if recording works.

        Args:
            message: what is wrong.
            reason: what could not be done, in one word.
            clauses: the rules that it is because of.
        """
        phase = self.plan.answering
        with suppress(Exception):
            put_at_once(self, noted(self, phase, None, {}, "deny", (), "", reason, is_refused=True))
        return self._violation(phase, Refusal(reason, message, clauses), None)

    def finished(self, finish: Callable[[Any], R], value: Any) -> R:
        """Return what the application asked to have made of a checked answer.

        Raises:
            PolicyViolation: what is left of it does not fit; on record, which until then says that it was handed out.
        """
        try:
            return finish(value)
        except PolicyViolation as error:
            raise self.unfit(str(error), reason=error.reason, clauses=error.clauses) from error.__cause__

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
            from policykit.guard.state.stopping import in_force

            stop, self._rescoped = yield from in_force(core, self.plan.tool, self.made_ns)
            if stop is not None:
                clause = stop.clause
                refusal = Refusal("stop", f"calls are paused by {clause} until they are resumed", (clause,))
        if refusal is not None:
            yield from self._record(phase, None, {}, action="deny", reason=refusal.reason, is_refused=True, stop=clause)
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

    def _told(self, decision: Decision) -> Decision:
        """Return a decision that keeps nothing of the call that the policy's detectors find, wherever it is handed."""
        if not decision.keeps_facts:
            return decision
        what = Concealment(self.plan.core.clauses.detectors, ())
        tokens = self.session.tokens
        return decision.told(lambda text: concealed((text,), what, tokens)[0] if what.patterns else text)

    @property
    def _goes_on(self) -> bool:
        """Whether calls go on where the guard fails."""
        return self.plan.core.options.on_error is OnError.ALLOW

    def _record(self, phase: Phase, decision: Decision | None, texts: Texts, **said: Any) -> Flow[None]:
        """Put on record what was decided; it stands where the record fails and the options let calls go on."""
        try:
            yield from self._note(phase, decision, texts, **said)
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - as in `enter`
            yield from self._failed_guard(phase, error)

    def _failed_guard(self, phase: Phase, error: Exception) -> Flow[None]:
        """Refuse, or go on, after the guard itself failed; recorded either way, where recording works.

        A text that could not be searched is no fault of the guard, whatever the options say of faults.
        """
        reason = f"error:{where(error)}"
        is_allowed = self._goes_on and not _is_unsearched(error)
        try:
            action = "allow" if is_allowed else "deny"
            yield from self._note(phase, None, {}, action=action, reason=reason, is_refused=not is_allowed)
        except Exception:  # noqa: BLE001 - the record is what failed; refused below unless the options allow it
            reason = "error:trail"
        if not is_allowed:
            raise self._violation(phase, Refusal(reason, f"the guard could not decide: {error}", ()), None) from error


def _is_unsearched(error: Exception) -> bool:
    """Whether it was the text, and not a detector that failed: the pattern engine gave up on it."""
    return isinstance(error, DetectorError) and any(each.code == "PK852" for each in error.diagnostics)


def where(error: Exception) -> str:
    """Return what failed, as one of few words."""
    if isinstance(error, StoreError):
        return "store"
    if isinstance(error, TrailError):
        return "trail"
    return "detector" if isinstance(error, DetectorError) else "guard"
