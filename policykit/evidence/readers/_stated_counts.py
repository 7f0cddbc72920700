"""What counts and rates of one statement say about each other: a number that the file itself contradicts is a doubt.

A rate may be rounded: it must lie closer to what the counts give than one unit of its last written place. 100% and 0%
are never rounded: a failure that is counted is a failure. Where a kind can count a rate in more than one way (errors
in or out), one of them is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from policykit.vocabulary.types import Value

Terms = tuple[str, ...]
"""Names of counts that are added, `-name` taken away."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements that cannot both hold."""

    name: str
    """The field that is doubted."""
    why: str


_RATES: Mapping[str, Sequence[tuple[Terms, Terms]]] = {
    "accuracy": [(("passed",), ("cases",)), (("passed",), ("cases", "-errors")), (("passed",), ("passed", "failed"))],
    "pass_rate": [
        (("passed",), (whole,)) for whole in ("cases", "executed", "tests", "checks")
    ] + [(("passed",), ("cases", "-errors")), (("passed",), ("passed", "failed"))],
    "attack_success_rate": [
        (("succeeded",), ("attacks",)), (("succeeded",), ("succeeded", "blocked")),
        (("succeeded",), ("attacks", "-undetermined")), (("succeeded",), ("attacks", "-undetermined", "-errors")),
    ],
    "satisfied_rate": [(("satisfied",), ("controls",)), (("satisfied",), ("satisfied", "not_satisfied"))],
    "met_rate": [(("met",), ("objectives",)), (("met",), ("measured",)), (("met",), ("met", "missed"))],
    "priced_rate": [(("priced_models",), ("models",)), (("priced_models",), ("priced_models", "unpriced_models"))],
    "line_rate": [(("covered_lines",), ("lines",))],
    "owned_components_rate": [(("owned_components",), ("components",))],
    "owned_paths_rate": [(("owned_paths",), ("paths",))],
    "owned_patterns_rate": [(("owned_patterns",), ("patterns",))],
}  # fmt: skip
_AT_MOST: Sequence[tuple[str, Terms, Terms]] = [
    ("accuracy", ("cases", "-failed"), ("cases",)), ("pass_rate", ("cases", "-failed"), ("cases",)),
    ("pass_rate", ("executed", "-failed"), ("executed",)), ("pass_rate", ("executed", "-errors"), ("executed",)),
    ("pass_rate", ("checks", "-failed"), ("checks",)), ("met_rate", ("objectives", "-missed"), ("objectives",)),
    ("satisfied_rate", ("controls", "-not_satisfied"), ("controls",)),
    ("priced_rate", ("models", "-unpriced_models"), ("models",)),
]  # fmt: skip
"""A rate is at most this share, where what is in its numerator is not stated."""
_OVER: Mapping[str, Sequence[Terms]] = {
    **{name: [whole for _, whole in ways] for name, ways in _RATES.items()},
    "attack_success_rate": [
        ("attacks", "-undetermined", "-errors"),
        ("attacks", "-undetermined"),
        ("attacks", "-errors"),
    ],
    "pass_rate": [
        ("executed",),
        ("cases", "-errors"),
        ("passed", "failed", "errors"),
        ("cases",),
        ("tests",),
        ("checks",),
    ],
}
"""What a rate is over: with none of it there is no rate."""
_WHOLES: Sequence[tuple[Terms, str]] = [
    (("passed", "failed", "errors"), "cases"), (("edge_cases",), "cases"), (("out_of_scope_cases",), "cases"),
    (("passed", "failed", "errors", "flaky"), "executed"), (("executed", "skipped"), "tests"),
    (("succeeded", "blocked", "undetermined", "errors"), "attacks"), (("passed", "failed", "errors"), "checks"),
    (("satisfied", "not_satisfied"), "controls"), (("met", "missed"), "measured"), (("measured",), "objectives"),
    (("priced_models", "unpriced_models"), "models"), (("covered_lines",), "lines"),
    (("owned_components",), "components"), (("owned_paths",), "paths"), (("owned_patterns",), "patterns"),
    (("failed_calls",), "calls"), (("unpriced_calls",), "calls"), (("live_sources",), "sources"),
    (("error_findings", "warning_findings", "note_findings"), "findings"),
    (("critical_findings", "high_findings"), "findings"), (("approvals", "rejections"), "signatures"),
    (("people",), "approvals"), (("open_incidents",), "incidents"), (("severe_incidents",), "incidents"),
    (("noticed_by_users",), "incidents"), (("paging_alerts",), "alerts"), (("unhealthy_alerts",), "alerts"),
    (("mocks",), "parts"), (("unpinned",), "parts"), (("unowned",), "parts"), (("vulnerable",), "parts"),
    (("smallest_group",), "cases"), (("overdue_actions",), "open_actions"),
]  # fmt: skip
"""Counts that are parts of another, together at most as many."""
_SUMS = frozenset(("attacks", "checks", "cases", "executed"))
"""Wholes of which the first line above names every part."""
_RUNS = ("cases", "attacks", "executed", "tests", "checks", "requests", "calls")
"""Counts without which there was no run."""
_ORDERED: Sequence[Terms] = [
    ("latency_p50", "latency_p95", "latency_p99"), ("latency_p50", "latency_p99"), ("started_at", "finished_at"),
    ("first_at", "last_at"), ("requests_per_second", "peak_requests_per_second"), ("starts_at", "ends_at"),
    ("tasks_per_day", "peak_tasks_per_day"), ("accuracy_low", "accuracy"),
]  # fmt: skip
_ROWS: Sequence[tuple[str, str, Value, Terms]] = [
    ("case", "passed", True, ("passed",)), ("case", "passed", False, ("failed", "errors")),
    ("expectation", "passed", True, ("passed",)), ("expectation", "passed", False, ("failed", "errors")),
    ("test", "outcome", "passed", ("passed",)), ("test", "outcome", "failed", ("failed",)),
    ("test", "outcome", "error", ("errors",)), ("test", "outcome", "flaky", ("flaky",)),
    ("objective", "met", True, ("met",)), ("objective", "met", False, ("missed",)),
    ("finding", "open", True, ("open_findings",)), ("incident", "resolved", False, ("open_incidents",)),
    ("finding", "state", "satisfied", ("satisfied",)), ("finding", "state", "not-satisfied", ("not_satisfied",)),
    ("signature", "decision", "approve", ("approvals",)), ("signature", "decision", "reject", ("rejections",)),
]  # fmt: skip
"""Rows with a value, and the counts that hold at least as many."""
_WRITTEN = re.compile(r"\s*[+-]?[0-9_]+(?:\.([0-9]+))?\s*(%?)\s*\Z")


def contradictions(values: Mapping[str, Value], written: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield what the fields of one statement, or of one slice, say against each other.

    Args:
        values: canonical values by field.
        written: the same as the file has them, for how far they are rounded.
    """
    for name, ways in _RATES.items():
        yield from _rate(name, ways, values, written)
    for name, whole in _OVER.items():
        if name in values and any(_is_nothing(terms, values) for terms in whole):
            yield Contradiction(name, "nothing was measured: the counts leave no part of the whole")
    for name, numerator, denominator in _AT_MOST:
        most = _share(numerator, denominator, values)
        if name in values and most is not None and _above(_exact(values[name]), most, _place(written.get(name))):
            yield Contradiction(name, f"{_terms(numerator)} of {_terms(denominator)} are {_percent(most)} at most")
    yield from _blocked(values, written)
    yield from _parts(values)
    yield from _order(values)


def rows_against_counts(
    listed: Mapping[str, Sequence[Mapping[str, Value]]], values: Mapping[str, Value]
) -> Iterator[Contradiction]:
    """Yield the counts that are smaller than the rows that are listed; a list may be an excerpt, a count may not.

    A run of nothing is no run, however many failures it did not have.
    """
    for name in _RUNS:
        if name in values and _exact(values[name]) <= 0:
            yield Contradiction(name, "nothing was measured")
    for singular, rows in listed.items():
        total = f"{singular}s"
        if total in values and _exact(values[total]) < len(rows):
            yield Contradiction(total, f"{len(rows)} are listed")
    for singular, name, value, counts in _ROWS:
        there = sum(row.get(name) == value for row in listed.get(singular, ()))
        stated = [_exact(values[count]) for count in counts if count in values]
        if stated and counts[0] in values and there > sum(stated):
            yield Contradiction(counts[0], f"{there} are listed")


def _rate(
    name: str, ways: Sequence[tuple[Terms, Terms]], values: Mapping[str, Value], written: Mapping[str, object]
) -> Iterator[Contradiction]:
    shares = [share for way in ways if (share := _share(*way, values)) is not None] if name in values else []
    if shares and not any(_agrees(_exact(values[name]), share, _place(written.get(name))) for share in shares):
        yield Contradiction(name, f"the counts give {_percent(shares[0])}")


def _is_nothing(terms: Terms, values: Mapping[str, Value]) -> bool:
    """Return whether all parts of a whole are stated and leave nothing; one of a rate's wholes may be empty."""
    return {term.removeprefix("-") for term in terms} <= values.keys() and _sum(terms, values) <= 0


def _agrees(stated: Fraction, share: Fraction, place: Fraction) -> bool:
    if stated in (0, 1) or share in (0, 1):
        return stated == share
    return stated == share or abs(stated - share) < place


def _above(stated: Fraction, most: Fraction, place: Fraction) -> bool:
    return stated > most and not _agrees(stated, most, place)


def _blocked(values: Mapping[str, Value], written: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield an attack success rate lower than what was not blocked, where nothing counts what succeeded."""
    name = "attack_success_rate"
    if name in values and {"attacks", "blocked"} <= values.keys() and "succeeded" not in values:
        known = {"undetermined": 0, "errors": 0, **values}
        least = _share(("attacks", "-blocked", "-undetermined", "-errors"), ("attacks",), known)
        stated = _exact(values[name])
        if least is not None and stated < least and not _agrees(stated, least, _place(written.get(name))):
            yield Contradiction(name, f"`attacks` - `blocked` are {_percent(least)} at least")


def _parts(values: Mapping[str, Value]) -> Iterator[Contradiction]:
    if _exact(values.get("repetitions", 1)) > 1:
        values = {name: value for name, value in values.items() if name != "cases"}  # repetitions count, not cases
    for parts, whole in _WHOLES:
        known = [part for part in parts if part in values]
        if not known or whole not in values:
            continue
        total = sum(_exact(values[part]) for part in known)
        all_stated = 1 < len(known) == len(parts) and whole in _SUMS
        if total > _exact(values[whole]) or (all_stated and total < _exact(values[whole])):
            yield Contradiction(whole, f"{_terms(tuple(known))} are {total}")


def _order(values: Mapping[str, Value]) -> Iterator[Contradiction]:
    for names in _ORDERED:
        for low, high in pairwise(names):
            if low in values and high in values and _exact(values[low]) > _exact(values[high]):
                yield Contradiction(low, f"it is {'after' if low.endswith('_at') else 'more than'} `{high}`")


def _share(numerator: Terms, denominator: Terms, values: Mapping[str, Value]) -> Fraction | None:
    names = {term.removeprefix("-") for term in (*numerator, *denominator)}
    if not names <= values.keys():
        return None
    part, whole = (_sum(terms, values) for terms in (numerator, denominator))
    return Fraction(part) / Fraction(whole) if whole > 0 else None


def _sum(terms: Terms, values: Mapping[str, Value]) -> Fraction:
    amounts = (-_exact(values[t[1:]]) if t.startswith("-") else _exact(values[t]) for t in terms)
    return sum(amounts, Fraction(0))


def _place(raw: object) -> Fraction:
    """Return one unit of the last place of a rate as it is written; nothing where it is written exactly."""
    text = format(raw, "f") if isinstance(raw, Decimal) else str(raw) if isinstance(raw, str) else ""
    found = _WRITTEN.match(text)
    if not found:
        return Fraction(0)
    return Fraction(1, 10 ** len(found[1] or "")) / (100 if found[2] else 1)


def _exact(value: Value) -> Fraction:
    if not isinstance(value, int | Decimal | Fraction):
        return Fraction(0)
    return Fraction(value)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.4g}%"


def _terms(terms: Terms) -> str:
    first, *rest = terms
    return f"`{first}`" + "".join(f" - `{t[1:]}`" if t.startswith("-") else f" + `{t}`" for t in rest)
