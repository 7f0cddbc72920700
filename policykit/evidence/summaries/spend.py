"""Spending: calls and what they cost, added up without keeping the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Self

from policykit.evidence.summaries.statistics import percentile, ratio
from policykit.vocabulary.types import Money

_DAY_S = 86_400
EXACT = Context(prec=200, traps=[Inexact])
"""Every amount has at most 60 digits and 60 places, so this adds 10**30 of them exactly."""
Raw = Mapping[str, object]


@dataclass(slots=True)
class SpendTally:
    """Counts of calls."""

    calls: int = 0
    failures: int = 0
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    """Calls without a price; their cost is unknown, not zero."""
    answered: int = 0
    """Calls that a model or a cache answered: only these share the cost, or empty calls would lower the mean."""

    def plus(self, other: SpendTally) -> SpendTally:
        """Return the counts of both."""
        return SpendTally(
            self.calls + other.calls,
            self.failures + other.failures,
            self.cached + other.cached,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            EXACT.add(self.cost, other.cost),
            self.unpriced + other.unpriced,
            self.answered + other.answered,
        )

    def add(self, call: SpendTally) -> None:
        """Add one call in place: there may be millions."""
        self.calls += 1
        self.failures += call.failures
        self.cached += call.cached
        self.input_tokens += call.input_tokens
        self.output_tokens += call.output_tokens
        self.cost = EXACT.add(self.cost, call.cost)
        self.unpriced += call.unpriced
        self.answered += call.answered

    def values(self, currency: str) -> dict[str, object]:
        """Return what a slice or a charge shows; costs are absent as long as one call has no price."""
        found: dict[str, object] = {"calls": self.calls}
        if not self.unpriced:
            found["total"] = found["cost"] = Money(self.cost, currency)
            if self.answered:
                found["cost_per_call"] = Money(Fraction(self.cost) / self.answered, currency)
        return found


@dataclass(frozen=True, slots=True)
class SpendSummary:
    """All calls of a log, or of several."""

    total: SpendTally
    groups: Mapping[str, Mapping[str, SpendTally]] = field(default_factory=dict)
    """By label and its value: `model`, `team`, `tag` ..."""
    tasks: Mapping[str, Decimal] | None = None
    """What each session cost; None where calls without a session, or too many sessions, leave it unknown."""
    first: datetime | None = None
    last: datetime | None = None
    currency: str = "USD"
    tokens_known: bool = True
    """Whether every answered call states its tokens; a sum over some of them is no sum."""
    outcomes_known: bool = True
    """Whether every call states how it ended."""

    def fields(self) -> Raw:
        """Return the fields of spending."""
        total = self.total
        found = total.values(self.currency)
        found |= {
            "failed_calls": total.failures if self.outcomes_known else None,
            "input_tokens": total.input_tokens if self.tokens_known else None,
            "output_tokens": total.output_tokens if self.tokens_known else None,
            "unpriced_calls": total.unpriced,
            "cached_rate": ratio(total.cached, total.calls),
            "models": tuple(sorted(self.groups["model"])) if "model" in self.groups else None,
            "model_cost": found.get("total"),
        }
        found |= {**self._of_period(), **self._of_tasks()}
        return {name: value for name, value in found.items() if value is not None}

    def _of_period(self) -> dict[str, object]:
        if self.first is None or self.last is None:
            return {}
        seconds = Fraction((self.last - self.first) // timedelta(microseconds=1), 1_000_000)
        found: dict[str, object] = {"period": seconds, "first_at": self.first, "last_at": self.last}
        if not self.total.unpriced:
            # At least a day, so that a log of one hour is not blown up to a day of calls.
            found["cost_per_day"] = Money(
                Fraction(self.total.cost) * _DAY_S / max(seconds, Fraction(_DAY_S)), self.currency
            )
        return found

    def _of_tasks(self) -> dict[str, object]:
        if not self.tasks:
            return {}
        found: dict[str, object] = {
            "tasks": len(self.tasks),
            "calls_per_task": Fraction(self.total.calls, len(self.tasks)),
        }
        if not self.total.unpriced:
            found["cost_per_task"] = Money(Fraction(self.total.cost) / len(self.tasks), self.currency)
            p95 = percentile(tuple(self.tasks.values()), 95)
            assert p95 is not None
            found["cost_per_task_p95"] = Money(p95, self.currency)
        return found

    def elements(self) -> Mapping[str, Sequence[Raw]]:
        """Return one charge for each model."""
        models = self.groups.get("model", {})
        return {
            "charge": tuple({"model": name, **tally.values(self.currency)} for name, tally in sorted(models.items()))
        }

    def slices(self, by: str) -> Mapping[str, Raw]:
        """Return the fields of each group of calls."""
        return {name: tally.values(self.currency) for name, tally in sorted(self.groups.get(by, {}).items())}

    def plus(self, other: Self) -> Self:
        """Return the calls of both."""
        groups: dict[str, dict[str, SpendTally]] = {}
        # A label that one log could not be grouped by is unknown for both together.
        for label in self.groups.keys() & other.groups.keys():
            mine, theirs = self.groups[label], other.groups[label]
            names = mine.keys() | theirs.keys()
            groups[label] = {n: mine.get(n, SpendTally()).plus(theirs.get(n, SpendTally())) for n in names}
        times = [t for t in (self.first, other.first, self.last, other.last) if t is not None]
        return replace(
            self,
            total=self.total.plus(other.total),
            groups=groups,
            tasks=_both(self.tasks, other.tasks),
            first=min(times, default=None),
            last=max(times, default=None),
            tokens_known=self.tokens_known and other.tokens_known,
            outcomes_known=self.outcomes_known and other.outcomes_known,
        )


def _both(mine: Mapping[str, Decimal] | None, theirs: Mapping[str, Decimal] | None) -> Mapping[str, Decimal] | None:
    if mine is None or theirs is None:
        return None
    names = mine.keys() | theirs.keys()
    return {name: EXACT.add(mine.get(name, Decimal(0)), theirs.get(name, Decimal(0))) for name in names}
