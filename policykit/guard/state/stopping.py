"""Stops at work: tripped by windows and rules, looked at before every call, lifted by a role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from policykit.guard.flow.steps import called
from policykit.guard.stores.protocol import Stop, StopEvent, StoreError
from policykit.trail.entries import stop_resumed, stop_tripped

if TYPE_CHECKING:
    from policykit.engine.policy import StopOutcome
    from policykit.guard.core import Core
    from policykit.guard.flow.steps import Flow
    from policykit.language.checked import Effect
    from policykit.trail.format.record import Record


def trip(core: Core, clause: str, effect: Effect, cause: str) -> Flow[Stop]:
    """Trip a stop, record it and tell the roles, unless it is tripped already."""
    now = core.clock.now_ns()
    resume_by = core.resume_roles(clause)
    delay = int((effect.seconds or 0) * 10**9)
    stop = Stop(clause, effect.tool or "", cause, now, now + delay, resume_by, core.policy.digest, effect.gate)
    store = core.stores.stops
    is_new = yield from core.work(store, store.trip, stop)
    if is_new:
        core.put_record(stop_tripped(stop=clause, cause=cause, scope=stop.scope))
        yield from _tell(core, effect.roles, stop)
    return stop


def _tell(core: Core, roles: Iterable[str], stop: Stop) -> Flow[None]:
    for role in roles:
        if role in core.tell:
            yield from called(core.tell[role], stop)


class InForce(NamedTuple):
    """What stops do to a call."""

    refusing: Stop | None
    """One that refuses it; None where none does."""
    gates: tuple[str, ...]
    """Gates back to which the system is rescoped."""


def in_force(core: Core, tool: str, now_ns: int) -> Flow[InForce]:
    """Return what the stops that are tripped do to a call now."""
    store = core.stores.stops
    tripped = yield from core.work(store, store.tripped)
    if store.has_unrecorded and core.queue is not None:
        yield from core.work(store, store.record_events, _kept(core))
    now = [stop for stop in tripped if stop.effective_ns <= now_ns]
    gates = core.policy.outline.gates if core.rollouts is not None else ()
    # a gate that this policy does not have, or without a rollout, is nothing to go back to: then no call is made
    refusing = next((stop for stop in now if stop.gate not in gates and stop.tool in {"", tool}), None)
    return InForce(refusing, tuple(stop.gate for stop in now if stop.gate in gates))


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
    """Trip the policy's stops whose condition became true or unknown, given the windows.

    Where a stop only tells while it is unknown, its roles are told once, until the condition is known again. A stop
    does not trip again while its condition stays true: somebody who resumes calls has seen the figure, and it takes
    time until it falls.
    """
    for outcome in core.policy.stops(values):
        if outcome.clause in core.clauses.shadowed:
            continue
        unknown = outcome.tripped is None
        yield from _tell_unknown(core, outcome, is_unknown=unknown and not outcome.acts)
        if not outcome.acts:
            core.stops_seen.discard(outcome.clause)
        elif outcome.clause not in core.stops_seen:
            core.stops_seen.add(outcome.clause)
            why = ": its condition is unknown" if unknown else ""
            try:
                yield from trip(core, outcome.clause, outcome.pause, f"stop {outcome.clause}{why}")
            except StoreError:
                core.stops_seen.discard(outcome.clause)  # it is not tripped: the next look tries again
                raise


def _tell_unknown(core: Core, outcome: StopOutcome, *, is_unknown: bool) -> Flow[None]:
    if not is_unknown:
        core.stops_unknown.discard(outcome.clause)
    elif outcome.clause not in core.stops_unknown:
        core.stops_unknown.add(outcome.clause)
        now = core.clock.now_ns()
        cause = f"the condition of {outcome.clause} is unknown; nothing is paused"
        told = Stop(outcome.clause, outcome.pause.tool or "", cause, now, now, (), core.policy.digest)
        yield from _tell(core, outcome.told, told)
