"""A guarded call as an object: what is known of it, what it reserves, and the records of it, that of its end too."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from policykit.guard.flow.context import CURRENT, LAST_CALL
from policykit.guard.recording.errors import error_type
from policykit.guard.recording.note import CLOSED, RAISED, RETURNED
from policykit.guard.recording.noting import INITIALS, noted, put, put_at_once
from policykit.guard.recording.tracing import TRACING, current_span
from policykit.guard.stores.error import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policykit.engine.decision import Decision
    from policykit.guard.call.in_progress import Given
    from policykit.guard.core import Core
    from policykit.guard.flow.context import Session
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Binding, Texts
    from policykit.guard.setup.plan import CallPlan
    from policykit.guard.windows.spec import Made
    from policykit.vocabulary.types import Phase


_MODULES = sys.modules


class BegunCall:
    """What every guarded call has; `policykit.guard.call.open_call.OpenCall` decides about it."""

    __slots__ = (
        "_is_settled",
        "_made",
        "_rescoped",
        "attempt",
        "decision",
        "depth",
        "done_midway",
        "ended",
        "error",
        "error_type",
        "facts",
        "fallback",
        "given",
        "id",
        "instead_of",
        "is_checked",
        "is_end_recorded",
        "is_invoked",
        "is_let_in",
        "made_ns",
        "plan",
        "session",
        "span",
        "started_ns",
    )

    id: str
    plan: CallPlan
    attempt: int
    fallback: str
    session: Session
    made_ns: int
    started_ns: int
    error: BaseException | None
    given: Given | None
    span: tuple[int, int] | None

    def __init__(
        self, plan: CallPlan, *, attempt: int = 1, fallback: str = "", depth: int = 0, instead_of: str = ""
    ) -> None:
        """Begin a call.

        Args:
            plan: what was worked out for the function.
            attempt: number of the attempt, 1 for the first.
            fallback: the name of the fallback that this call is; empty for the call itself.
            depth: how many calls this one stands in for.
            instead_of: the identifier of the call that this one answers for.
        """
        core = plan.core
        context = CURRENT.get()
        self.plan = plan
        self.id = core.new_id()
        self.attempt = attempt
        self.fallback = fallback
        self.depth = depth
        self.instead_of = instead_of
        self.session = context.session or core.session
        self.facts: dict[str, object] = {**context.facts, **plan.fixed}
        """What is known of the call; bindings and adapters add to it."""
        self.made_ns = core.clock.now_ns()
        self.started_ns = core.clock.monotonic_ns()
        self.error: BaseException | None = None
        self.is_invoked = False
        """Whether the call was made, so that it counts."""
        self.is_let_in = False
        """Whether a record says that it is made: if it is left before that, its end is on record all the same."""
        self.is_checked = False
        """Whether `guard.check` decides: the guard does not make the call, and does not see its end."""
        self.ended = ""
        """How it ended, as far as that is known: an invoked call of which nothing is known was closed early."""
        self.error_type = ""
        self.is_end_recorded = False
        self.given = None
        self.span = current_span() if TRACING in _MODULES and core.queue is not None else None
        self.done_midway: dict[str, None] = {}
        """Effects that were carried out on parts of an answer."""
        self._made: Made | None = None
        self._is_settled = True
        self._rescoped: tuple[str, ...] = ()
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
        """Return the identifier of the decision of a phase."""
        return f"{self.id}.{INITIALS[phase]}"

    def take(self, binding: Binding, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Keep what the call is made with, where records are to say something of it."""
        if self.plan.core.queue is not None:
            self.given = (binding, args, kwargs)

    def returned(self, failure: str = "") -> None:
        """Take down that the call returned; or, where what it returned says that it failed, how."""
        self.ended = RAISED if failure else RETURNED
        self.error_type = failure

    def interrupted(self, error: BaseException) -> None:
        """Take down that the call raised what no rule is asked about; `close` records it.

        A call whose task is cancelled, or whose generator is closed, was left by its caller and did not fail.
        """
        from asyncio import CancelledError

        if not isinstance(error, GeneratorExit | CancelledError):
            self.ended = RAISED
            self.error_type = error_type(error)

    def close(self, released_chars: int = 0) -> None:
        """End the call however it ended.

        What is reserved and not settled counts if the call was made, else it goes. The end of a call that was made is
        put on record if it is not yet: an answer that was left early, with what was done to it until then.

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
        if (self.is_invoked or self.is_let_in) and not (self.is_end_recorded or self.is_checked):
            with suppress(Exception):  # as above; a trail that cannot be written refuses the next call
                self._put_end(released_chars)

    def _put_end(self, released_chars: int) -> None:
        """Put the end of a call on record about which nothing was decided.

        Raises:
            TrailError: the trail could not be written, or the queue was full for too long.
        """
        core = self.plan.core
        if core.queue is None and not core.observers:
            return
        effects = [*self.done_midway]
        if not self.is_invoked:
            effects.append("closed before it was made")
        elif self.ended in {"", CLOSED}:
            effects.append(f"closed early after {released_chars} characters")
        put_at_once(self, noted(self, self.plan.answering, None, {}, "none", effects, "", ""))

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
            from policykit.guard.state.stopping import look

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
        **details: Any,
    ) -> Flow[None]:
        """Put a decision on record, waiting for room where there is none; `details` are those of `noted`."""
        core = self.plan.core
        if core.queue is None and not core.observers:
            return
        note = noted(self, phase, decision, texts, action, effects, approver, reason, is_refused=is_refused, **details)
        if phase is self.plan.entering:
            self.is_let_in = not (is_refused or details.get("instead"))
        if not (core.observers or core.options.durable) and core.put(note):  # which is all that is to be done
            self.is_end_recorded = self.is_end_recorded or note.ended != ""
        else:
            yield from put(self, note)
