"""Which day of a gate counts, when the project file may have moved it. The law: docs/adr/0028.

A day in the future switches off `every D after`, so it counts only while nothing contradicts it:

1. a gate that a recorded verdict says was met, on a day that has come since, was passed on that day;
2. a day more than a year away is no plan that anybody can be held to, and counts as no day at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

COME = "come"
"""A gate whose day does not count at all."""
FURTHEST = timedelta(days=366)
"""How far ahead a gate can be planned: a year, and a day more for leap years."""


def gate_days(stated: Mapping[str, date], met: Mapping[str, date], today: date) -> dict[str, date]:
    """Return the day that counts for each gate; a gate without one counts as come.

    Args:
        stated: the days in the project file.
        met: for gates that a recorded verdict says were met, the earliest day that such a record states.
        today: the day of the check in the policy's time zone.
    """
    found = {gate: day for gate, day in stated.items() if day - today <= FURTHEST}
    for gate, day in met.items():
        if day <= today and gate in found:
            found[gate] = min(found[gate], day)
    return found


def moved_days(stated: Mapping[str, date], counted: Mapping[str, date]) -> dict[str, str]:
    """Return the gates whose stated day does not count, with what counts: a day, or `come` where none does."""
    return {
        gate: counted[gate].isoformat() if gate in counted else COME
        for gate, day in sorted(stated.items())
        if counted.get(gate) != day
    }
