"""A rule that counts dates from now gets the time of its call from the guard, on the guard's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from policykit.errors import PolicyViolation
from tests.unit.guard.guards import SetClock, guard_of

RULES = """
fact contract.ends : date "the last day of the contract"
rule END-1 "Not in the last days" on request when contract.ends < 90 days from now then deny
"""


@pytest.mark.parametrize(("days", "refused"), [(89, True), (90, False), (92, False)])
def test_the_guard_supplies_the_time_of_the_call(days, refused):
    clock = SetClock()
    day = datetime.fromtimestamp(clock.ns // 10**9, UTC).date() + timedelta(days=days)
    guard = guard_of(RULES, clock=clock)

    @guard.call({"contract.ends": "ends"})
    def function(ends):
        return f"until {ends}"

    if refused:
        with pytest.raises(PolicyViolation) as caught:
            function(day)
        assert caught.value.clauses == ("END-1",)
    else:
        assert function(day) == f"until {day}"
        clock.move(3 * 86_400)
        with pytest.raises(PolicyViolation):
            function(day)
