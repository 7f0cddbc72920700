"""Stops in memory: for one process, lifted with its end. Several processes need a shared store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from policykit.guard.stores.protocol import Stop, StopEvent

MAX_EVENTS = 1_000
"""Events of people that wait for a guard with a trail; without one the oldest go first."""


class MemoryStops:
    """A `StopStore` in memory."""

    blocking = False

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._tripped: tuple[Stop, ...] = ()
        self._unrecorded: list[StopEvent] = []

    @property
    def has_unrecorded(self) -> bool:
        """Whether a person did something that no trail holds."""
        return bool(self._unrecorded)

    def record_events(self, record: Callable[[StopEvent], None]) -> None:
        """Put on record what people did and no trail holds yet, the oldest first."""
        with self._mutex:
            while self._unrecorded:
                record(self._unrecorded[0])
                del self._unrecorded[0]

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped."""
        return self._tripped

    def trip(self, stop: Stop, *, person: str = "", role: str = "") -> bool:
        """Trip a stop; False where the same clause already pauses the same calls."""
        with self._mutex:
            if any(each.clause == stop.clause and each.tool == stop.tool for each in self._tripped):
                return False
            self._tripped = (*self._tripped, stop)
            if person:
                self._note(StopEvent(stop.tripped_ns, "tripped", stop.clause, stop.tool, person, role, stop.cause))
            return True

    def _note(self, event: StopEvent) -> None:
        self._unrecorded = [*self._unrecorded[1 - MAX_EVENTS :], event]

    def resume(  # noqa: PLR0913 - as the protocol
        self,
        clause: str,
        *,
        role: str,
        person: str = "",
        reason: str = "",
        now_ns: int = 0,
        recorded: Callable[[Stop], None] | None = None,
    ) -> Stop:
        """Lift a stop, for all tools that it pauses."""
        from policykit.guard.stores.admission import check_resumption  # not needed before somebody lifts a stop

        with self._mutex:
            found = [each for each in self._tripped if each.clause == clause]
            check_resumption(found, clause, role, [each.clause for each in self._tripped])
            if recorded is not None:
                recorded(found[0])
            else:
                for stop in found:
                    self._note(StopEvent(now_ns, "resumed", clause, stop.tool, person, role, reason))
            self._tripped = tuple(each for each in self._tripped if each.clause != clause)
            return found[0]
