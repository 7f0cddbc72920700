"""The exact sums of some calls, that calls can be added to and taken out of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from policykit.guard.stores.protocol import Entry, Totals
from policykit.vocabulary.exact import add, compare, subtract
from policykit.vocabulary.types import Exact


class WindowTally:
    """Sums of settled calls; the least and the greatest value are kept for each slot, never taken back."""

    __slots__ = ("calls", "counted", "currencies", "high", "low", "total", "valued", "values")

    def __init__(self) -> None:
        self.calls = self.counted = self.valued = 0
        self.total: Exact = 0
        self.low: Exact | None = None
        self.high: Exact | None = None
        self.values: Counter[Exact] = Counter()
        self.currencies: Counter[str] = Counter()

    def add(self, entry: Entry, sign: int = 1) -> None:
        """Add a call, or take it out with a sign of -1."""
        self.calls += sign
        self.counted += sign * entry.counts
        if not entry.counts or entry.value is None:
            return
        self.valued += sign
        self.total = add(self.total, entry.value) if sign > 0 else subtract(self.total, entry.value)
        if entry.keeps_values:
            self.values[entry.value] += sign
        if entry.currency:
            self.currencies[entry.currency] += sign
        if sign > 0:
            self.low, self.high = lesser(self.low, entry.value), greater(self.high, entry.value)

    def subtract(self, other: WindowTally) -> None:
        """Take out all calls of a slot that has left."""
        self.calls -= other.calls
        self.counted -= other.counted
        self.valued -= other.valued
        self.total = subtract(self.total, other.total)
        self.values -= other.values  # keeps what is above zero only
        self.currencies -= other.currencies

    def join(self, other: WindowTally) -> None:
        """Add all calls of a slot that is in the window again."""
        self.calls += other.calls
        self.counted += other.counted
        self.valued += other.valued
        self.total = add(self.total, other.total)
        self.values += other.values
        self.currencies += other.currencies

    def totals(self, slots: Iterable[WindowTally], claims: Iterable[Entry]) -> Totals:
        """Return these sums together with open claims; least and greatest come from the slots."""
        slots, claims = list(slots), list(claims)
        now = WindowTally()
        now.calls, now.counted, now.valued, now.total = self.calls, self.counted, self.valued, self.total
        now.values, now.currencies = +self.values, +self.currencies
        for slot in slots:
            if slot.valued:
                now.low, now.high = lesser(now.low, slot.low), greater(now.high, slot.high)
        for entry in claims:
            now.add(entry)
        return Totals(
            now.calls, now.counted, now.valued, now.total, now.low, now.high, now.values, frozenset(now.currencies)
        )


def lesser(left: Exact | None, right: Exact | None) -> Exact | None:
    """Return the lesser value; one that is not known does not count."""
    if left is None or right is None:
        return right if left is None else left
    return left if compare(left, right) <= 0 else right


def greater(left: Exact | None, right: Exact | None) -> Exact | None:
    """Return the greater value; one that is not known does not count."""
    if left is None or right is None:
        return right if left is None else left
    return left if compare(left, right) >= 0 else right
