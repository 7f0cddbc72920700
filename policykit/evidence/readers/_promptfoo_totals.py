"""Holds what promptfoo counted against the rows it counted.

promptfoo writes its counts twice, in `stats` for the run and in `metrics` for each prompt: tests, assertions, scores,
time, tokens and money. A file in which they differ from the rows was cut, changed or mixed.

Source: promptfoo 0.123, src/models/eval.ts (`getStats`), src/evaluator.ts (`updatePromptMetricsForRow`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice

from policykit.evidence.problems import doubt
from policykit.evidence.readers._promptfoo_rows import Row
from policykit.evidence.summaries.statistics import total
from policykit.evidence.view import View
from policykit.source import Diagnostic
from policykit.source.visible import quoted
from policykit.vocabulary.types import Exact

_COUNTS = {"successes": "testPassCount", "failures": "testFailCount", "errors": "testErrorCount"}
"""The names of a count in `stats` and in the metrics of a prompt."""
_TOLERANCE = Fraction(1, 1_000_000)
"""promptfoo adds up binary floats."""
_SHOWN = 3
_HELP = "the file was cut, changed or mixed with another: export the evaluation again, or run it again"


def stated_count(stats: View | None, prompts: Sequence[View]) -> int | None:
    """Return how many results the file says that it has; None when it does not say."""
    if stats is not None and any(stats.has(name) for name in _COUNTS):
        return sum(stats.count_or_zero(name) for name in _COUNTS)
    metrics = [metrics for prompt in prompts if (metrics := prompt.object_or_empty("metrics")).value]
    if not any(m.has(name) for m in metrics for name in _COUNTS.values()):
        return None
    return sum(m.count_or_zero(name) for m in metrics for name in _COUNTS.values())


def total_problems(
    stats: View | None, prompts: Sequence[View], rows: Sequence[Row], derived: frozenset[str]
) -> list[Diagnostic]:
    """Return a doubt for each count that the rows do not bear out, at most three.

    Args:
        stats: the statistics of the run, None when there are none.
        prompts: the prompts with their metrics.
        rows: all rows of the file.
        derived: names of metrics that promptfoo computes from others and that no row has.
    """
    return list(islice(_problems(stats, prompts, rows, derived), _SHOWN))


def _problems(
    stats: View | None, prompts: Sequence[View], rows: Sequence[Row], derived: frozenset[str]
) -> Iterator[Diagnostic]:
    if stats is not None:
        counted = Counter(row.counted for row in rows)
        for name in _COUNTS:
            yield from _compared(stats, name, counted[name])
        yield from _token_problems(stats, rows)
    columns = all(row.column is not None for row in rows) and len(prompts) > 1
    for index, prompt in enumerate(prompts):
        metrics = prompt.object_or_empty("metrics")
        if metrics.value and (columns or len(prompts) == 1):
            own = [row for row in rows if not columns or row.column == index]
            yield from _metric_problems(metrics, own, derived)


def _metric_problems(metrics: View, rows: Sequence[Row], derived: frozenset[str]) -> Iterator[Diagnostic]:
    counted = Counter(row.counted for row in rows)
    for name, metric in _COUNTS.items():
        yield from _compared(metrics, metric, counted[name])
    for metric, position in (("assertPassCount", 0), ("assertFailCount", 1)):
        found = sum((row.grading.passed, row.grading.failed)[position] for row in rows)
        # Newer releases leave out assertions that are there for their metric only.
        outside = sum(row.grading.outside[position] for row in rows)
        yield from _compared(metrics, metric, found, found - outside)
    for position, metric in enumerate(("score", "totalLatencyMs", "cost")):
        yield from _compared(metrics, metric, total([row.stated[position] for row in rows]))
    yield from _token_problems(metrics, rows)
    yield from _named_problems(metrics.object_or_empty("namedScores"), rows, derived)


def _token_problems(stated: View, rows: Sequence[Row]) -> Iterator[Diagnostic]:
    """Yield differences in tokens. A red-team run also counts the tokens that made the attacks."""
    tokens = [row.tokens for row in rows if row.tokens is not None]
    if len(tokens) != len(rows) or not rows or any(row.plugin or row.cached for row in rows):
        return
    usage = stated.object_or_empty("tokenUsage")
    for name, position in (("prompt", 0), ("completion", 1)):
        if usage.has(name) and usage.count(name):
            yield from _compared(usage, name, sum(pair[position] for pair in tokens))


def _named_problems(stated: View, rows: Sequence[Row], derived: frozenset[str]) -> Iterator[Diagnostic]:
    sums: Mapping[str, list[Exact]] = {name: [] for name in stated.value if name not in derived}
    for row in rows:
        for name, (score, _) in row.metrics.items():
            if name in sums:
                sums[name].append(score)
    for name, scores in sums.items():
        yield from _compared(stated, name, total(scores))


def _compared(stated: View, name: str, *found: Exact) -> Iterator[Diagnostic]:
    """Yield a doubt when a stated number is there and is none of those that the rows make."""
    number = stated.number_or_none(name)
    if number is None or any(_alike(number, one) for one in found):
        return
    yield doubt(
        "PK533",
        f"the file states {_shown(number)} for {quoted(name)}, its results make {_shown(found[0])}",
        place=stated.at(name).place,
        expected=_shown(found[0]),
        got=_shown(number),
        help=_HELP,
    )


def _alike(one: Exact, other: Exact) -> bool:
    if one == other:
        return True
    if isinstance(one, int) and isinstance(other, int):
        return False
    a, b = Fraction(one), Fraction(other)
    return abs(a - b) <= _TOLERANCE * max(Fraction(1), abs(b))


def _shown(number: Exact) -> str:
    return str(number) if isinstance(number, int) else f"{float(number):.10g}"
