"""Putting the decisions of a call on record, and telling the observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.guard.flow.steps import Work
from policykit.guard.recording.note import CLOSED, More, Note
from policykit.guard.recording.queue import queue_full
from policykit.guard.text.parts import joined
from policykit.vocabulary.call_texts import CALL_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policykit.engine.decision import Decision
    from policykit.guard.call.in_progress import CallInProgress, Given
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Texts
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
    changed: Mapping[str, tuple[str, ...]] | None = None,
    stop: str = "",
    instead: Sequence[str] = (),
) -> Note:
    """Return the note of a decision. After the call was made, the first one says how it ended."""
    plan = call.plan
    core = plan.core
    get = call.facts.get
    used = (get("call.input_tokens"), get("call.output_tokens"), get("call.cost"), get("call.response_model"))
    word = phase._value_
    ended = ""
    if (
        phase is not plan.entering
        and not call.is_end_recorded
        and (call.is_invoked or call.is_let_in or call.is_checked)
    ):
        ended = call.ended or CLOSED
    more = None
    if phase is plan.entering and (call.given is not None or get(KIND) is not None or get(ENVIRONMENT) is not None):
        more = asked_in(call, changed)
    if stop or instead or call.instead_of or call.is_checked:
        more = (more or More())._replace(
            stop=stop, instead=instead, instead_of=call.instead_of, is_checked=call.is_checked
        )
    return _new(Note, (  # `Note(...)` is a function in Python, and takes twice as long
        f"{call.id}.{INITIALS[word]}",
        word,
        decision,
        action,
        effects,
        reason,
        get("principal.id"),
        get("call.provider"),
        get("call.model"),
        None if used == _NOTHING_USED else used,
        approver,
        call.fallback,
        {fact: joined(parts) for fact, parts in texts.items()} if core.commits else None,
        is_refused,
        None if core.recorded is None else core.recorded.picked(word, call.facts),
        plan,
        core.clock.now_ns(),
        call.span,
        ended,
        call.error_type if ended else "",
        more,
    ))  # fmt: skip


_new = tuple.__new__
INITIALS = {"request": "q", "tool input": "i", "tool output": "o", "response": "r", "failure": "f"}
"""What stands for a phase in the identifier of its decision."""
KIND, ENVIRONMENT = "principal.kind", "call.environment"
_NOTHING_USED = (None, None, None, None)


def asked_in(call: CallInProgress, changed: Mapping[str, tuple[str, ...]] | None) -> More | None:
    """Return what is recorded once of a call, before it is made."""
    more = None if call.given is None else asked_with(call.given, call, changed)
    kind, environment = call.facts.get(KIND), call.facts.get(ENVIRONMENT)
    if kind is None and environment is None:
        return more
    return (more or More())._replace(principal_kind=kind, environment=environment)


def asked_with(given: Given, call: CallInProgress, changed: Mapping[str, tuple[str, ...]] | None) -> More | None:
    """Return what is recorded of the arguments that a call is made with, as they are now; None where nothing is.

    Args:
        given: the arguments.
        call: before it is made.
        changed: texts that the effects of rules have changed.
    """
    binding, args, kwargs = given
    if not call.plan.tool:
        return More(parameters=binding.parameters(kwargs))
    digests = call.plan.core.arguments
    if digests is None:
        return None
    try:
        if changed:
            args, kwargs = binding.write(args, kwargs, changed)
        return More(digests.taken(binding.named(args, kwargs)))
    except Exception:  # noqa: BLE001 - the application's own lenses; what they raise is met when the call is made
        return More(digests.unreadable())


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
    if note.ended:
        call.is_end_recorded = True
    if core.options.durable and core.queue is not None:
        yield Work(core.queue.flush)
    tell(call, note)


def put_at_once(call: CallInProgress, note: Note) -> None:
    """Put a note on record where nothing can be awaited.

    Raises:
        TrailError: the trail could not be written, or the queue was full for too long.
    """
    call.plan.core.put_waiting(note)
    if note.ended:
        call.is_end_recorded = True
    tell(call, note)


def tell(call: CallInProgress, note: Note) -> None:
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
            ended=note.ended,
            error_type=note.error_type,
        )
    )
