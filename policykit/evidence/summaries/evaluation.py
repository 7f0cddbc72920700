"""An evaluation run: cases with their outcomes.

A case passes only if it passes in every repetition. Cases that could not be judged stand apart: rates are over the
others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Self

from policykit.evidence.canonical import Values
from policykit.evidence.summaries.statistics import mean, percentile, ratio, total, wilson_low
from policykit.vocabulary.types import Exact, Money, Value

METRIC_FIELDS = frozenset(
    [
        "touchless_rate",
        "human_accuracy",
        "refusal_rate",
        "faithfulness",
        "relevance",
        "completeness",
        "safety",
        "tone",
        "format_validity",
    ]
)
"""Fields that only a metric of the run itself can show; one of that name is taken for it."""


@dataclass(frozen=True, slots=True)
class EvaluatedCase:
    """One case of the data set, over all its repetitions."""

    id: str
    passes: int
    """Repetitions that passed."""
    failures: int
    """Repetitions that failed."""
    errors: int = 0
    """Repetitions that could not be judged."""
    scores: tuple[Exact, ...] = ()
    latencies_s: tuple[Exact, ...] = ()
    """Seconds, one for each repetition, or fewer when not measured."""
    costs: tuple[Exact, ...] = ()
    """One for each repetition, or fewer when not measured."""
    metrics: Mapping[str, tuple[Exact, Exact]] = field(default_factory=dict)
    """Sum and weight of each named score."""
    labels: Mapping[str, str] = field(default_factory=dict)
    key: Hashable = None
    """What was asked, of whom: the same for the same case in another run. None when the file does not show it."""
    answer_checked: bool = True
    """Whether every pass rests on an assertion about the answer, rather than about its time or price."""
    cached: int = 0
    """Repetitions whose answer came from a cache, and so may be an earlier repetition."""
    tokens: tuple[tuple[int, int], ...] = ()
    """In and out, one pair for each repetition, or fewer when not measured."""
    measured: frozenset[int] = frozenset()
    """What tells the repetitions from those of another run."""

    @property
    def repetitions(self) -> int:
        """Return how often it ran."""
        return self.passes + self.failures + self.errors

    @property
    def passed(self) -> bool | None:
        """Return whether every repetition passed; None when one could not be judged."""
        return None if self.errors or not self.repetitions else not self.failures

    @property
    def consistent(self) -> bool:
        """Return whether all repetitions ended alike. Requires that all could be judged."""
        return not self.passes or not self.failures

    def values(self, currency: str) -> Values:
        """Return the case as an element that a policy can test."""
        own: dict[str, Value | None] = {"id": self.id, "passed": self.passed}
        own["repetitions"] = None if self.repetitions_unknown else self.repetitions
        own["score"] = mean(self.scores)
        if self.latencies_s and len(self.latencies_s) == self.repetitions:
            own["latency"] = max(self.latencies_s)
        if len(self.costs) == self.repetitions:
            own["cost"] = Money(total(self.costs), currency)
        # A label never stands in for a value that was not measured.
        return {**{name: label for name, label in self.labels.items() if name not in _MEASURED}, **present(own)}

    @property
    def group(self) -> Hashable:
        """Return the labels that put the case into slices; a number of its own does not."""
        return frozenset(item for item in self.labels.items() if item[0] != "id")

    @property
    def repetitions_unknown(self) -> bool:
        """Return whether one answer may stand for several repetitions."""
        return self.key is None or (self.cached > 0 and self.repetitions > 1)

    def plus(self, other: Self) -> Self:
        """Return the same case over the repetitions of both runs; a run that is counted already adds nothing."""
        if other.measured <= self.measured and other.measured:
            return self
        metrics = dict(self.metrics)
        for name, (score, weight) in other.metrics.items():
            before = metrics.get(name, (0, 0))
            metrics[name] = (Fraction(before[0]) + Fraction(score), Fraction(before[1]) + Fraction(weight))
        return replace(
            self,
            passes=self.passes + other.passes,
            failures=self.failures + other.failures,
            errors=self.errors + other.errors,
            scores=self.scores + other.scores,
            latencies_s=self.latencies_s + other.latencies_s,
            costs=self.costs + other.costs,
            metrics=metrics,
            answer_checked=self.answer_checked and other.answer_checked,
            cached=self.cached + other.cached,
            tokens=self.tokens + other.tokens,
            measured=self.measured | other.measured,
        )


_MEASURED = frozenset({"passed", "score", "latency", "cost", "repetitions"})
"""Members of a case that are measured; a test may have a label of the same name."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts without the cases behind them, as some exports give."""

    passed: int
    failed: int
    errors: int


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """All cases of a run, or of several."""

    cases: tuple[EvaluatedCase, ...]
    currency: str = "USD"
    totals: Totals | None = None
    """In place of cases."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Fields that are to be taken from a named metric, by field."""
    planned: int | None = None
    """Cases in the data set, None when not known."""

    def fields(self) -> Values:
        """Return the fields of an evaluation."""
        if self.totals is not None and not self.cases:
            judged = self.totals.passed + self.totals.failed
            rate = ratio(self.totals.passed, judged)
            return present({"accuracy": rate, "pass_rate": rate, "errors": self.totals.errors})
        metrics = {name: value for name, (value, _) in _metrics(self.cases).items()}
        found = {**_fields(self.cases, self.currency), **_run_wide(self.cases)}
        if self.planned is not None:
            found["planned_cases"] = self.planned
        # A metric of the tool never replaces what policykit computes, unless the project says so.
        found = {**{name: metrics[name] for name in METRIC_FIELDS & metrics.keys()}, **found}
        found.update({name: metrics[metric] for name, metric in self.renamed.items() if metric in metrics})
        return found

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return the cases and the tool's own metrics."""
        return {
            "case": tuple(case.values(self.currency) for case in self.cases),
            "metric": tuple(
                {"name": name, "value": value, "cases": cases}
                for name, (value, cases) in sorted(_metrics(self.cases).items())
            ),
        }

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group of cases with the same label."""
        groups: dict[str, list[EvaluatedCase]] = defaultdict(list)
        for case in self.cases:
            if by in case.labels:
                groups[case.labels[by]].append(case)
        return {label: _fields(cases, self.currency) for label, cases in sorted(groups.items())}

    def plus(self, other: Self) -> Self:
        """Return the cases of both: the same case in two runs is one case, run more often."""
        totals = None
        if self.totals is not None and other.totals is not None:
            a, b = self.totals, other.totals
            totals = Totals(a.passed + b.passed, a.failed + b.failed, a.errors + b.errors)
        cases = _together((*self.cases, *other.cases), lambda case: (case.key, case.group))
        mine, theirs = len(_distinct(self.cases)), len(_distinct(other.cases))
        planned = self._planned_with(other, mine, theirs, mine + theirs - len(_distinct(cases)))
        return type(self)(cases, self.currency, totals, self.renamed, planned)

    def _planned_with(self, other: Self, mine: int, theirs: int, shared: int) -> int | None:
        """Return how many cases both data sets have together, where what ran shows how far they overlap."""
        if self.planned is None or other.planned is None:
            return None
        if not shared:
            return self.planned + other.planned
        whole = self.planned == mine and other.planned == theirs
        return self.planned + other.planned - shared if whole else None


def _together(
    cases: Sequence[EvaluatedCase], identity: Callable[[EvaluatedCase], Hashable]
) -> tuple[EvaluatedCase, ...]:
    """Return the cases with those that are the same made into one; what was asked must be known for that."""
    found: dict[Hashable, EvaluatedCase] = {}
    for number, case in enumerate(cases):
        name = number if case.key is None else (identity(case),)
        known = found.get(name)
        found[name] = case if known is None else known.plus(case)
    return tuple(found.values())


def _distinct(cases: Sequence[EvaluatedCase]) -> tuple[EvaluatedCase, ...]:
    """Return the distinct cases: who asked, and under which number, makes no other case of the same question."""
    return _together(cases, lambda case: case.key)


def _fields(all_cases: Sequence[EvaluatedCase], currency: str) -> Values:
    cases = _distinct(all_cases)
    judged = [case for case in cases if case.passed is not None]
    passed = sum(case.passed is True for case in judged)
    rate = ratio(passed, len(judged))
    found: dict[str, Value | None] = {
        "cases": len(cases),
        "passed": passed,
        "failed": len(judged) - passed,
        "errors": len(cases) - len(judged),
        "accuracy": rate,
        "accuracy_low": wilson_low(passed, len(judged)),
        "pass_rate": rate,
        "score": mean([score for case in judged for score in case.scores]),
        "repetitions": min((case.repetitions for case in cases), default=None),
    }
    if any(case.repetitions > 1 for case in judged):
        found["consistency"] = ratio(sum(case.consistent for case in judged), len(judged))
    unknown: tuple[str, ...] = ()
    if any(case.repetitions_unknown for case in cases):
        unknown = ("repetitions", "consistency")
    if any(case.key is None for case in cases):
        unknown += ("cases", "passed")  # copies of a case cannot be told from other cases
    if not all(case.answer_checked for case in judged):
        unknown += ("accuracy", "accuracy_low")
    return present({**found, **_measured(cases, currency), **dict.fromkeys(unknown)})


def _run_wide(cases: Sequence[EvaluatedCase]) -> dict[str, Value]:
    """Return the tokens of the run, if they were measured in every repetition."""
    tokens = [pair for case in cases for pair in case.tokens]
    if not tokens or len(tokens) != sum(case.repetitions for case in cases):
        return {}
    return {"input_tokens": sum(pair[0] for pair in tokens), "output_tokens": sum(pair[1] for pair in tokens)}


def _measured(cases: Sequence[EvaluatedCase], currency: str) -> dict[str, Value | None]:
    """Return times and costs, if they were measured in every repetition: a part of them would show neither."""
    repetitions = sum(case.repetitions for case in cases)
    latencies = [latency for case in cases for latency in case.latencies_s]
    costs = [cost for case in cases for cost in case.costs]
    found: dict[str, Value | None] = {}
    if latencies and len(latencies) == repetitions:
        found["latency_mean"] = mean(latencies)
        found.update({f"latency_p{percent}": percentile(latencies, percent) for percent in (50, 95, 99)})
    if costs and len(costs) == repetitions:
        found["cost"] = Money(total(costs), currency)
        found["cost_per_case"] = Money(total(costs) / len(cases), currency)
    return found


def _metrics(cases: Iterable[EvaluatedCase]) -> dict[str, tuple[Fraction, int]]:
    """Return the mean of each named score, and its number of cases: tools write the sum and the weight."""
    sums: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0), Fraction(0)])
    for case in cases:
        for name, (score, weight) in case.metrics.items():
            sums[name][0] += Fraction(score)
            sums[name][1] += Fraction(weight)
            sums[name][2] += 1
    return {name: (score / weight, int(number)) for name, (score, weight, number) in sums.items() if weight}


def present(values: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}
