"""Stops in memory: for one process, lifted with its end. Several processes need a shared store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from policykit.guard.stores.protocol import Stop


class MemoryStops:
    """A `StopStore` in memory."""

    blocking = False

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._tripped: tuple[Stop, ...] = ()

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped."""
        return self._tripped

    def trip(self, stop: Stop, *, person: str = "", role: str = "") -> bool:
        """Trip a stop; False where the same clause already pauses the same calls. Who does it is not kept."""
        del person, role
        with self._mutex:
            if any(each.clause == stop.clause and each.tool == stop.tool for each in self._tripped):
                return False
            self._tripped = (*self._tripped, stop)
            return True

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
        """Lift a stop, for all tools that it pauses. Who does it, when and why is not kept."""
        from policykit.guard.stores.admission import check_resumption  # not needed before somebody lifts a stop

        del person, reason, now_ns
        with self._mutex:
            found = [each for each in self._tripped if each.clause == clause]
            check_resumption(found, clause, role, [each.clause for each in self._tripped])
            if recorded is not None:
                recorded(found[0])
            self._tripped = tuple(each for each in self._tripped if each.clause != clause)
            return found[0]
