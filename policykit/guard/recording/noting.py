"""Putting the decisions of a call on record, and telling the observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.guard.core import queue_full
from policykit.guard.recording.note import Note
from policykit.guard.steps import Work
from policykit.guard.text.parts import joined
from policykit.vocabulary.call_texts import CALL_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policykit.engine.decision import Decision
    from policykit.guard.binding import Texts
    from policykit.guard.in_progress import CallInProgress
    from policykit.guard.steps import Flow
    from policykit.vocabulary.types import Phase


def noted(  # noqa: PLR0913, PLR0917 - what a record says
    call: CallInProgress,
    phase: Phase,
    decision: Decision | None,
    texts: Texts,
    action: str,
    effects: Sequence[str],
    approver: str,
    reason: str,
    *,
    is_refused: bool = False,
) -> Note:
    """Return the note of a decision."""
    core = call.plan.core
    get = call.facts.get
    used = (get("call.input_tokens"), get("call.output_tokens"), get("call.cost"))
    return Note(
        call.decision_id(phase.value),
        phase.value,
        decision,
        action,
        effects,
        reason,
        get("principal.id"),
        get("call.provider"),
        get("call.model"),
        None if used == (None, None, None) else used,
        approver,
        call.fallback,
        {fact: joined(parts) for fact, parts in texts.items()} if core.commits else None,
        is_refused,
        None if core.recorded is None else core.recorded.picked(phase.value, call.facts),
    )


def put(call: CallInProgress, note: Note) -> Flow[None]:
    """Put a note on record, waiting for room where there is none, and for the trail where the options say so.

    Raises:
        TrailError: the trail could not be written, or the queue was full for too long.
    """
    core = call.plan.core
    if not core.put(note):
        assert core.queue is not None
        if not (yield Work(core.queue.put_waiting, (note, core.options.queue_wait_s))):
            raise queue_full()
    if core.options.durable and core.queue is not None:
        yield Work(core.queue.flush)
    _tell(call, note)


def put_closed_early(call: CallInProgress, phase: Phase, effects: Sequence[str], released_chars: int) -> None:
    """Put an answer that was left before its end on record. Nothing was decided on the whole of it.

    Raises:
        TrailError: the trail could not be written, or the queue was full for too long.
    """
    done = [*effects, f"closed early after {released_chars} characters"]
    note = noted(call, phase, None, {}, "closed", done, "", "")
    call.plan.core.put_waiting(note)
    _tell(call, note)


def _tell(call: CallInProgress, note: Note) -> None:
    """Tell the observers of a decision."""
    core = call.plan.core
    if not core.observers:
        return
    from policykit.guard.observer import Decided

    facts = {name: value for name, value in call.facts.items() if name not in CALL_TEXTS}
    core.observe(
        Decided(
            decision_id=note.decision_id,
            call_id=call.id,
            function=call.plan.name,
            phase=note.phase,
            decision=note.decision,
            action=note.action,
            effects=note.effects,
            reason=note.reason or (note.action if note.is_refused else ""),
            facts=facts,
            duration_ns=core.clock.monotonic_ns() - call.started_ns,
            is_refused=note.is_refused,
        )
    )
