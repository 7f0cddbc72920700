"""Statistics over calls: `sum of call.cost over the last 30 days per call.team`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.amounts import seconds
from policykit.language.check.logic.canonical import window_text
from policykit.language.check.logic.names import resolve
from policykit.language.check.scope import Place, Reads
from policykit.language.check.wording import a_value
from policykit.vocabulary.types import COUNT, TEXTUAL, Exact, Kind, Type

_PERCENT_OF_CALLS = Type(Kind.PERCENT, low=0, high=1)
_ADDABLE = frozenset({Kind.NUMBER, Kind.COUNT, Kind.MONEY, Kind.DURATION})
_AVERAGED = _ADDABLE | {Kind.PERCENT, Kind.POINTS}


def window(place: Place, node: s.Window) -> c.WindowRead | None:
    """Return a statistic with its type and its canonical key; None when something in it is wrong."""
    if not _allowed(place, node):
        return None
    inner = place.in_where()
    of = _fact(inner, node.of) if node.of is not None else None
    where = _where(inner, node)
    per = _per(place, node.per) if node.per is not None else None
    tool = place.scope.tool(node.tool) if node.tool is not None else None
    last = seconds(place.scope, node.last, "the length of a window") if node.last is not None else None
    broken = (
        (node.of and not of) or (node.where and not where) or (node.per and not per) or (node.last and last is None)
    )
    type_ = _type(place, node, of) if not broken else None
    if type_ is None:
        return None
    period = node.period.value if node.period is not None else None
    read = c.WindowRead("", node.function, of, tool, where, last, period, per, type_, node.span)
    return replace(read, key=window_text(read))


def _allowed(place: Place, node: s.Window) -> bool:
    if place.reads in (Reads.CALL, Reads.CALLS) and not place.in_window:
        return True
    inside = "another statistic" if place.in_window else place.what
    place.report.error(
        "PK221",
        f"a statistic over calls cannot stand in {inside}",
        node.span,
        expected="a statistic in the condition of a rule or a stop",
        help="" if place.in_window else "what a requirement needs of past calls comes as evidence",
    )
    return False


def _fact(place: Place, ref: s.Ref) -> c.FactRead | None:
    found = resolve(place, ref)
    if found is None or isinstance(found, c.FactRead):
        return found
    place.report.error(
        "PK222", f"`{ref.name}` is not a fact about a call", ref.span, expected="a fact, such as `call.cost`"
    )
    return None


def _where(place: Place, node: s.Window) -> c.Check | None:
    return place.scope.condition(place, node.where) if node.where is not None else None


def _per(place: Place, ref: s.Ref) -> c.FactRead | None:
    here = replace(place, reads=Reads.CALL, phases=place.phases if place.reads is Reads.CALL else frozenset())
    found = _fact(here, ref)
    if found is None or found.type.kind in TEXTUAL:
        return found
    place.report.error(
        "PK224",
        f"calls cannot be grouped by `{ref.name}`, which is {a_value(found.type)}",
        ref.span,
        expected="a text such as `call.team`",
        got=a_value(found.type),
    )
    return None


def _type(place: Place, node: s.Window, of: c.FactRead | None) -> Type | None:
    if node.function == "count":
        return COUNT
    if node.function == "share":
        return _share(place, node)
    assert of is not None
    allowed = _ADDABLE if node.function == "sum" else _AVERAGED
    if of.type.kind not in allowed:
        place.report.error(
            "PK222",
            f"`{of.name}` is {a_value(of.type)} and has no {_noun(node.function)}",
            of.span,
            expected="a number, a count, an amount of money or a duration",
            got=a_value(of.type),
        )
        return None
    if not _percentile_ok(place, node):
        return None
    kind = Kind.NUMBER if of.type.kind is Kind.COUNT and node.function == "mean" else of.type.kind
    low, high = _range(node.function, of.type)
    return Type(kind, currency=of.type.currency, low=low, high=high)


def _range(function: str, type_: Type) -> tuple[Exact | None, Exact | None]:
    if function != "sum":
        return type_.low, type_.high
    return (0 if type_.low is not None and type_.low >= 0 else None), None


def _share(place: Place, node: s.Window) -> Type | None:
    if node.where is not None:
        return _PERCENT_OF_CALLS
    place.report.error(
        "PK226",
        "a share without `where` is always 100%",
        node.span,
        expected='`share of calls where call.outcome is "corrected" ...`',
    )
    return None


def _percentile_ok(place: Place, node: s.Window) -> bool:
    if not node.function.startswith("p") or 0 < Decimal(node.function[1:]) < 100:
        return True
    place.report.error(
        "PK225",
        f"`{node.function}` is no percentile",
        node.span,
        expected="a percentile above 0 and below 100, such as `p95`",
        help="the smallest and the largest value are `min` and `max`",
    )
    return False


def _noun(function: str) -> str:
    return {"sum": "sum", "mean": "mean", "min": "smallest value", "max": "largest value"}.get(function, "percentile")
