"""Conditions on one name, joined by `and`, that cannot all be true: `a is "x" and a is "y"`, `n >= 800 and n < 500`."""

from __future__ import annotations

from collections.abc import Container, Iterable

from policykit.language import checked as c
from policykit.language.check.logic.comparisons import describe, number
from policykit.language.check.report import Report
from policykit.source import Label, Span
from policykit.vocabulary.exact import compare as order_of
from policykit.vocabulary.types import Exact, Value

_READS = (c.FactRead, c.EvidenceRead, c.ElementRead)


def report_contradictions(report: Report, items: Iterable[c.Check], parameters: Container[str]) -> bool:
    """Report conditions that rule each other out; return whether none does so for texts, which is an error.

    Args:
        report: where problems go.
        items: conditions that must all be true.
        parameters: names whose value an `include` may change, so that nothing is said about them.
    """
    texts: dict[str, tuple[frozenset[Value], Span]] = {}
    bounds: dict[str, list[tuple[c.Relation, Exact, Span]]] = {}
    sound = True
    for item in (item for item in items if not _is_open(item, parameters)):
        name, allowed = _texts(item)
        if name and allowed is not None:
            before, first = texts.get(name, (allowed, item.span))
            if not before & allowed and before:
                _report_texts(report, name, item.span, first)
                sound = False
            texts[name] = (before & allowed, first)
        elif isinstance(item, c.Compare):
            _note_bound(bounds, item)
    for name, found in bounds.items():
        _warn_bounds(report, name, found)
    return sound


def _is_open(item: c.Check, parameters: Container[str]) -> bool:
    if isinstance(item, c.Member):
        return bool(item.name) and item.name in parameters
    right = item.right if isinstance(item, c.Compare) else None
    return isinstance(right, c.Constant) and bool(right.name) and right.name in parameters


def _texts(item: c.Check) -> tuple[str, frozenset[Value] | None]:
    """Return the name that a condition restricts to some texts, and those texts."""
    if isinstance(item, c.Member):
        value, options = item.value, () if item.negated else item.options
    elif isinstance(item, c.Compare) and item.relation == "==" and isinstance(item.right, c.Constant):
        value, options = item.left, (item.right.value,)
    else:
        return "", None
    if not options or not isinstance(value, _READS) or not all(isinstance(option, str) for option in options):
        return "", None
    return _key(value), frozenset(options)


def _key(value: c.Operand) -> str:
    return describe(value) if not isinstance(value, c.EvidenceRead) else f"`{value.evidence}.{value.field}`"


def _report_texts(report: Report, name: str, span: Span, first: Span) -> None:
    report.error(
        "PK219",
        f"{name} cannot be all that this condition asks for, so it is never true",
        span,
        expected="a text that the other condition allows too",
        labels=(Label(first, "the other condition"),),
        help="write `or`, with parentheses, where either may hold, or delete one of them",
    )


def _note_bound(bounds: dict[str, list[tuple[c.Relation, Exact, Span]]], item: c.Compare) -> None:
    value = number(item.right)
    if isinstance(item.left, _READS) and value is not None and item.relation != "!=":
        bounds.setdefault(_key(item.left), []).append((item.relation, value, item.span))


def _warn_bounds(report: Report, name: str, found: list[tuple[c.Relation, Exact, Span]]) -> None:
    """Warn once of a name whose lowest allowed value lies above its highest."""
    low: tuple[Exact, bool, Span] | None = None
    high: tuple[Exact, bool, Span] | None = None
    for relation, value, span in found:
        open_ = relation in ("<", ">")
        if relation in (">", ">=", "==") and (low is None or _beyond(value, low[0], open_)):
            low = (value, open_, span)
        if relation in ("<", "<=", "==") and (high is None or _beyond(high[0], value, open_)):
            high = (value, open_, span)
    if low is None or high is None:
        return
    order = order_of(low[0], high[0])
    if order < 0 or (order == 0 and not low[1] and not high[1]):
        return
    report.warn(
        "PK223",
        f"no value of {name} meets both of these bounds, so this is never true",
        high[2],
        labels=(Label(low[2], "the lower bound"),),
        help="correct the bound that is wrong, or write `or`, with parentheses, where either may hold",
    )


def _beyond(value: Exact, other: Exact, open_: bool) -> bool:  # noqa: FBT001 - a bound without its own value
    order = order_of(value, other)
    return order > 0 or (order == 0 and open_)
