"""Stops at work: tripped by windows and rules, looked at before every call, lifted by a role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from policykit.guard.steps import called
from policykit.guard.stores.protocol import Stop, StopEvent, StoreError
from policykit.trail.entries import stop_resumed, stop_tripped

if TYPE_CHECKING:
    from policykit.guard.core import Core
    from policykit.guard.steps import Flow
    from policykit.language.checked import Effect
    from policykit.trail.record import Record


def trip(core: Core, clause: str, effect: Effect, cause: str) -> Flow[Stop]:
    """Trip a stop, record it and tell the roles, unless it is tripped already."""
    now = core.clock.now_ns()
    resume_by = core.resume_roles(clause)
    delay = int((effect.seconds or 0) * 10**9)
    stop = Stop(clause, effect.tool or "", cause, now, now + delay, resume_by, core.policy.digest)
    store = core.stores.stops
    is_new = yield from core.work(store, store.trip, stop)
    if is_new:
        core.put_record(stop_tripped(stop=clause, cause=cause, scope=stop.tool or "all calls"))
        for role in effect.roles:
            if role in core.tell:
                yield from called(core.tell[role], stop)
    return stop


def refusing(core: Core, tool: str, now_ns: int) -> Flow[Stop | None]:
    """Return a stop that refuses calls now; None where there is none."""
    store = core.stores.stops
    tripped = yield from core.work(store, store.tripped)
    if store.has_unrecorded and core.queue is not None:
        yield from core.work(store, store.record_events, _kept(core))
    return next((s for s in tripped if s.effective_ns <= now_ns and s.tool in {"", tool}), None)


def _kept(core: Core) -> Callable[[StopEvent], None]:
    """Return what puts an event on the trail and comes back when it is there: only then the store forgets it."""

    def keep(event: StopEvent) -> None:
        core.put_record(record_of(event))
        if core.queue is not None:
            core.queue.flush()

    return keep


def record_of(event: StopEvent) -> Record:
    """Return what goes on the trail when a person stopped calls, or let them go on."""
    if event.event == "resumed":
        return stop_resumed(stop=event.clause, by=event.person, role=event.role, reason=event.reason)
    scope = event.tool or "all calls"
    return stop_tripped(stop=event.clause, cause=event.reason, scope=scope, by=event.person, role=event.role)


def look(core: Core, values: Mapping[str, object]) -> Flow[None]:
    """Trip the policy's stops whose condition became true, given the windows.

    A stop does not trip again while its condition stays true: somebody who resumes calls has seen the figure, and it
    takes time until it falls.
    """
    for outcome in core.policy.stops(values):
        if not outcome.tripped:
            core.stops_seen.discard(outcome.clause)
        elif outcome.clause not in core.stops_seen and outcome.clause not in core.clauses.shadowed:
            core.stops_seen.add(outcome.clause)
            try:
                yield from trip(core, outcome.clause, outcome.pause, f"stop {outcome.clause}")
            except StoreError:
                core.stops_seen.discard(outcome.clause)  # it is not tripped: the next look tries again
                raise
