"""A text that came without a call, such as what a server says of its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.errors import PolicyViolation
from policykit.guard.call.act import PROCEED, Admission, Refusal
from policykit.guard.call.open_call import OpenCall

if TYPE_CHECKING:
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Texts


class OverheardText(OpenCall):
    """Decided on as the output of a tool that nobody called: nothing is reserved, and nothing counts."""

    __slots__ = ()

    def decided(self, texts: Texts) -> Flow[Admission]:
        """Decide whether the text, whose facts were added, may be handed out.

        Raises:
            PolicyViolation: it may not.
        """
        plan = self.plan
        phase = plan.answering
        try:
            if plan.core.is_watched:
                yield from self._refuse_stopped(phase)
            for name, get in plan.own_entering:
                self.facts.setdefault(name, get(self))
            yield from self._look()
        except PolicyViolation:
            raise
        except Exception as error:  # noqa: BLE001 - as in `enter`
            yield from self._failed_guard(phase, error)
            return PROCEED
        admission = yield from self._ended(phase, texts)
        if admission.fallbacks:
            message = f"there is no call that the fallback `{admission.fallbacks[0]}` could stand in for"
            raise self._violation(phase, Refusal("use", message, ()), self.decision)
        return admission

    def refused(self, reason: str, message: str) -> Flow[None]:
        """Refuse what was asked for before anything is decided; recorded first.

        Raises:
            PolicyViolation: always.
        """
        phase = self.plan.entering
        yield from self._note(phase, None, {}, action="deny", reason=reason, is_refused=True)
        raise self._violation(phase, Refusal(reason, message, ()), None)

    def _look(self) -> Flow[None]:
        """Add the windows that the rules read, as they stand."""
        core = self.plan.core
        if core.board is None:
            return
        from policykit.guard.windows.spec import Made

        made = Made(self.id, self.plan.tool, self.session.id, self.made_ns)
        values = yield from core.work(core.stores.windows, core.board.look, made, self.facts, self.plan.answering)
        self.facts.update(values)
