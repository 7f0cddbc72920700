"""Stops in memory: for one process, lifted with its end. Several processes need a shared store."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from policykit.guard.stores.protocol import Stop, StoreError


class MemoryStops:
    """A `StopStore` in memory."""

    blocking = False

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._tripped: tuple[Stop, ...] = ()

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped."""
        return self._tripped

    def trip(self, stop: Stop) -> bool:
        """Trip a stop; False where the same clause already pauses the same calls."""
        with self._mutex:
            if any(each.clause == stop.clause and each.tool == stop.tool for each in self._tripped):
                return False
            self._tripped = (*self._tripped, stop)
            return True

    def resume(self, clause: str, *, role: str) -> Stop:
        """Lift a stop."""
        with self._mutex:
            found = next((each for each in self._tripped if each.clause == clause), None)
            if found is None:
                raise StoreError(f"stop `{clause}` is not tripped")
            if found.resume_by and role not in found.resume_by:
                raise StoreError(f"`{role}` may not resume `{clause}`: expected {' or '.join(found.resume_by)}")
            self._tripped = tuple(each for each in self._tripped if each.clause != clause)
            return found
