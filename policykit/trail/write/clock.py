"""The two clocks of a record, handed in so that tests and replays decide the time."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the time is."""

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00:00Z."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds of a clock that never steps back."""


class SystemClock:
    """The clocks of this host."""

    __slots__ = ()

    def now_ns(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00:00Z."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return nanoseconds of a clock that never steps back."""
        return time.monotonic_ns()


def boot_id() -> str:
    """Return eight hexadecimal digits that change when the host restarts, zeros where the host does not tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read(8)
    except (OSError, UnicodeDecodeError):
        return "00000000"
