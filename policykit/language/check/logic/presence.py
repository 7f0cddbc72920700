"""Words of other languages for what is known and for periods: `is not null`, `is set`, `per day`, `today - 10 days`."""

from __future__ import annotations

import re

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Place
from policykit.language.parse.phrases.phrasing import LENGTH
from policykit.source import Span
from policykit.vocabulary.types import TEXTUAL, Kind, Type

SUPPLIED = frozenset({
    "known", "supplied", "given", "present", "set", "defined", "available", "provided", "filled", "there", "stated",
})  # fmt: skip
MISSING = frozenset({
    "unknown", "missing", "null", "none", "nil", "undefined", "absent", "empty", "blank", "unset", "unavailable",
})  # fmt: skip
_EMPTY = frozenset({"empty", "blank"})
"""A text that is there may be empty, and a list too."""
_COUNTED = frozenset({Kind.COUNT, Kind.NUMBER})

_PER = re.compile(r"\bper\s+\Z")
_DISTANCE = re.compile(rf"\s*(?P<sign>[+-])\s*(?P<length>{LENGTH})")
_HAS_PERIOD = re.compile(r"(?:\btoday|\bthis\s+(?:week|month)|\blast\s+\S+\s+\S+)\s+\Z")
_PERIODS = {
    "day": "today", "week": "this week", "month": "this month", "minute": "over the last 1 minute",
    "hour": "over the last 1 hour", "year": "over the last 365 days", "quarter": "over the last 90 days",
}  # fmt: skip
_LOOK_BACK = 120


def is_presence(place: Place, node: s.Compare, left: c.Operand | None) -> bool:
    """Return whether a comparison asks, in other words, if something is known; then what to write is reported."""
    right = node.right
    if node.operator not in ("is", "is not") or not isinstance(right, s.Ref):
        return False
    word = right.name
    if word not in SUPPLIED | MISSING or _means_something(place, word):
        return False
    if left is None:  # which is reported already
        return True
    if word in _EMPTY and left.type.kind is Kind.LIST:
        return False
    place.report.error(
        "PK100",
        f"unknown name `{word}`",
        node.span,
        expected="`is supplied` or `is missing`, which ask whether a value is known",
        help=_help(place, node, left.type, word),
    )
    return True


def _help(place: Place, node: s.Compare, type_: Type, word: str) -> str:
    """Return what to write: first the value that the word names in this type, where there is one."""
    written = " ".join(place.report.source.quote(node.left.span).split())
    supplied = (word in SUPPLIED) is (node.operator == "is")
    known = f"`{written} is {'supplied' if supplied else 'missing'}`"
    zero = word == "none" and type_.kind in _COUNTED and (type_.low is None or type_.low <= 0)
    value = f'"{word}"' if word in type_.choices else "0" if zero else ""
    if value:
        return f"write `{written} {node.operator} {value}`, or {known} to ask whether it is known"
    if type_.kind not in TEXTUAL - {Kind.CHOICE}:
        return f"write {known}"
    empty = f'`{written} {node.operator} ""` for a text without letters, or ' if word in _EMPTY else ""
    return f'write {empty}{known}; the text itself is `"{word}"`, in quotes'


def _means_something(place: Place, word: str) -> bool:
    fields = place.element.fields if place.element is not None else {}
    return word in fields or word in place.scope.values or word in place.scope.facts


def is_period(place: Place, ref: s.Ref) -> bool:
    """Return whether a name that is declared nowhere says a period or the day of the check, which is reported."""
    start = ref.span.start
    before = place.report.source.text[max(0, start - _LOOK_BACK) : start]
    return _of_period(place, ref, before) or _of_now(place, ref)


def _of_now(place: Place, ref: s.Ref) -> bool:
    """Tell `today - 10 days`, and `today` alone, which are counted from the check."""
    dated = place.wanted is None or place.wanted.kind in (Kind.DATE, Kind.INSTANT)
    if ref.name not in ("today", "now") or not dated:
        return False
    found = _DISTANCE.match(place.report.source.text, ref.span.end, ref.span.end + _LOOK_BACK)
    length = found["length"] if found else "0 days"
    way = "from now" if found and found["sign"] == "+" else "ago"
    end = found.end() if found else ref.span.end
    _report(place, ref, Span(ref.span.start, end), expected="a day counted from the check", meant=f"{length} {way}")
    return True


def _of_period(place: Place, ref: s.Ref, before: str) -> bool:
    per = _PER.search(before)
    if per is None or ref.name not in _PERIODS:
        return False
    period = "" if _HAS_PERIOD.search(before[: per.start()]) else _PERIODS[ref.name]
    span = Span(ref.span.start - len(per.group()), ref.span.end)
    _report(place, ref, span, expected="a fact behind `per`", meant=period)
    return True


def _report(place: Place, ref: s.Ref, span: Span, *, expected: str, meant: str) -> None:
    told = f"write `{meant}`" if meant else ""
    place.report.error("PK100", f"unknown name `{ref.name}`", span, expected=expected, help=told)
