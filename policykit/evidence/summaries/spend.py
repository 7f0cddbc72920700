"""Spending: calls and what they cost, added up without keeping the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Self

from policykit.evidence.model import Values
from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Exact, Money, Value


@dataclass(slots=True)
class Tally:
    """Counts of calls."""

    calls: int = 0
    failures: int = 0
    cached: int = 0
    tokens: int = 0
    cost: Exact = Decimal(0)
    unpriced: int = 0
    """Calls with tokens and without a price; their cost is unknown, not zero."""

    def plus(self, other: Tally) -> Tally:
        """Return the counts of both."""
        return Tally(
            self.calls + other.calls,
            self.failures + other.failures,
            self.cached + other.cached,
            self.tokens + other.tokens,
            Fraction(self.cost) + Fraction(other.cost),
            self.unpriced + other.unpriced,
        )


@dataclass(frozen=True, slots=True)
class SpendSummary:
    """All calls of a log, or of several."""

    total: Tally
    groups: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)
    """By label and its value: `model`, `team`, `tag` ..."""
    first: datetime | None = None
    last: datetime | None = None
    currency: str = "USD"

    def fields(self) -> Values:
        """Return the fields of spending."""
        found = _fields(self.total, self.currency)
        if self.first is None or self.last is None or not self.total.calls:
            return found
        # At least a day, so that a log of one hour is not blown up to a day of calls.
        seconds = max(Fraction(self.seconds), Fraction(86_400))
        found["period"] = Fraction(self.seconds)
        found["calls_per_day"] = Fraction(self.total.calls) * 86_400 / seconds
        if not self.total.unpriced:
            found["cost_per_day"] = Money(Fraction(self.total.cost) * 86_400 / seconds, self.currency)
        return found

    @property
    def seconds(self) -> Fraction:
        """Return the length of the period from the first call to the last."""
        assert self.first is not None and self.last is not None  # noqa: PT018
        return Fraction((self.last - self.first) // timedelta(microseconds=1), 1_000_000)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return one element for each model."""
        models = self.groups.get("model", {})
        return {"model": tuple({"name": name, **_fields(tally, self.currency)} for name, tally in sorted(models.items()))}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group of calls."""
        return {name: _fields(tally, self.currency) for name, tally in sorted(self.groups.get(by, {}).items())}

    def plus(self, other: Self) -> Self:
        """Return the calls of both."""
        groups: dict[str, dict[str, Tally]] = {}
        # A label that one log could not be grouped by is unknown for both together.
        for label in self.groups.keys() & other.groups.keys():
            mine, theirs = self.groups[label], other.groups[label]
            names = mine.keys() | theirs.keys()
            groups[label] = {n: mine.get(n, Tally()).plus(theirs.get(n, Tally())) for n in names}
        times = [t for t in (self.first, other.first, self.last, other.last) if t is not None]
        return replace(
            self,
            total=self.total.plus(other.total),
            groups=groups,
            first=min(times, default=None),
            last=max(times, default=None),
        )


def _fields(tally: Tally, currency: str) -> dict[str, Value]:
    found: dict[str, Value] = {"calls": tally.calls, "failures": tally.failures, "tokens": tally.tokens}
    for name, part in (("failure_rate", tally.failures), ("cached_share", tally.cached)):
        if (share := ratio(part, tally.calls)) is not None:
            found[name] = share
    if not tally.unpriced:
        found["cost"] = Money(tally.cost, currency)
        if tally.calls:
            found["cost_per_call"] = Money(Fraction(tally.cost) / tally.calls, currency)
    return found
