"""An evaluation run: cases with their outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

from policykit.evidence.model import Values
from policykit.evidence.summaries.statistics import mean, percentile, ratio
from policykit.vocabulary.types import Exact, Money, Value


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the data set, over all its runs."""

    id: str
    runs: int
    """How often it ran."""
    passes: int
    """How many of the runs passed."""
    scores: tuple[Exact, ...] = ()
    latencies_s: tuple[Exact, ...] = ()
    """Seconds; empty when not measured."""
    costs: tuple[Exact, ...] = ()
    """One for each run, or empty when not measured."""
    metrics: Mapping[str, tuple[Exact, Exact]] = field(default_factory=dict)
    """Sum and weight of each named score."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Return whether every run passed: a case that passes now and then does not pass."""
        return self.passes == self.runs

    def values(self) -> Values:
        """Return the case as an element that a policy can test."""
        own: dict[str, Value] = {"id": self.id, "passed": self.passed}
        if (score := mean(self.scores)) is not None:
            own["score"] = score
        if self.latencies_s:
            own["latency"] = max(self.latencies_s)
        return {**self.labels, **own}


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts without the cases behind them, as some exports give."""

    runs: int
    passes: int


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """All cases of a run, or of several."""

    cases: tuple[Case, ...]
    currency: str = "USD"
    totals: Totals | None = None
    """In place of cases."""

    def fields(self) -> Values:
        """Return the fields of an evaluation."""
        if self.totals is not None and not self.cases:
            return _present({"accuracy": ratio(self.totals.passes, self.totals.runs)})
        return _fields(self.cases, self.currency)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return the cases."""
        return {"case": tuple(case.values() for case in self.cases)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group of cases with the same label."""
        groups: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            if by in case.labels:
                groups[case.labels[by]].append(case)
        return {label: _fields(cases, self.currency) for label, cases in sorted(groups.items())}

    def plus(self, other: Self) -> Self:
        """Return the cases of both; the same case in two files counts once for each file."""
        totals = None
        if self.totals is not None and other.totals is not None:
            totals = Totals(self.totals.runs + other.totals.runs, self.totals.passes + other.totals.passes)
        return type(self)(self.cases + other.cases, self.currency, totals)


def _fields(cases: Sequence[Case], currency: str) -> Values:
    runs = sum(case.runs for case in cases)
    latencies = [latency for case in cases for latency in case.latencies_s]
    costs = [cost for case in cases for cost in case.costs]
    found: dict[str, Value | None] = {
        "cases": len(cases),
        "passed": sum(case.passed for case in cases),
        "failed": sum(not case.passed for case in cases),
        "accuracy": ratio(sum(case.passes for case in cases), runs),
        "score": mean([score for case in cases for score in case.scores]),
        "consistency": ratio(sum(case.passes in (0, case.runs) for case in cases), len(cases)),
    }
    if len(latencies) == runs:
        found["latency_p50"] = percentile(latencies, 50)
        found["latency_p95"] = percentile(latencies, 95)
    if costs and len(costs) == runs:
        total = sum((Fraction(cost) for cost in costs), Fraction(0))
        found["cost"] = Money(total, currency)
        found["cost_per_case"] = Money(total / runs, currency)
    found.update(_metrics(cases))
    return _present(found)


def _metrics(cases: Iterable[Case]) -> dict[str, Value | None]:
    """Return each named score as a mean: tools write the sum and the weight."""
    sums: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for case in cases:
        for name, (total, weight) in case.metrics.items():
            sums[name][0] += Fraction(total)
            sums[name][1] += Fraction(weight)
    return {name: total / weight for name, (total, weight) in sums.items() if weight}


def _present(values: Mapping[str, Value | None]) -> Values:
    return {name: value for name, value in values.items() if value is not None}
