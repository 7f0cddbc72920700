"""Words of other languages for what is known and what is not, and for periods: `is not null`, `is set`, `per day`."""

from __future__ import annotations

import re

from policykit.language import syntax as s
from policykit.language.check.scope import Place
from policykit.language.phrasing import LENGTH
from policykit.source import Span
from policykit.vocabulary.types import Kind

_KNOWN = frozenset({"known", "present", "given", "set", "available", "defined", "there", "stated"})
_UNKNOWN = frozenset({"null", "none", "nil", "undefined", "absent", "unset"})
_NOTHING = frozenset({"empty", "blank"})
_VERB = re.compile(r"(?:\bis(?P<not>\s+not)?|==|(?P<differs>!=))\s*\Z")
_PER = re.compile(r"\bper\s+\Z")
_DISTANCE = re.compile(rf"\s*(?P<sign>[+-])\s*(?P<length>{LENGTH})")
_HAS_PERIOD = re.compile(r"(?:\btoday|\bthis\s+(?:week|month)|\blast\s+\S+\s+\S+)\s+\Z")
_PERIODS = {
    "day": "today", "week": "this week", "month": "this month", "minute": "over the last 1 minute",
    "hour": "over the last 1 hour", "year": "over the last 365 days", "quarter": "over the last 90 days",
}  # fmt: skip
_LOOK_BACK = 120


def told(place: Place, ref: s.Ref) -> bool:
    """Report a name that says whether something is known, or a period; return whether it was one."""
    start = ref.span.start
    before = place.report.source.text[max(0, start - _LOOK_BACK) : start]
    return _of_presence(place, ref, before) or _of_period(place, ref, before) or _of_now(place, ref)


def _of_now(place: Place, ref: s.Ref) -> bool:
    """Tell `today - 10 days`, and `today` alone, which are counted from the check."""
    if ref.name not in ("today", "now"):
        return False
    found = _DISTANCE.match(place.report.source.text, ref.span.end, ref.span.end + _LOOK_BACK)
    length = found["length"] if found else "0 days"
    way = "from now" if found and found["sign"] == "+" else "ago"
    end = found.end() if found else ref.span.end
    place.report.error(
        "PK100", f"unknown name `{ref.name}`", Span(ref.span.start, end), expected="a day counted from the check",
        help=f"write `{length} {way}`",
    )  # fmt: skip
    return True


def _of_presence(place: Place, ref: s.Ref, before: str) -> bool:
    verb = _VERB.search(before)
    if verb is None or ref.name not in _KNOWN | _UNKNOWN | _NOTHING:
        return False
    negated = bool(verb["not"] or verb["differs"])
    known = (ref.name in _KNOWN) is not negated
    counted = place.wanted is not None and place.wanted.kind in (Kind.COUNT, Kind.NUMBER)
    if ref.name in _NOTHING:
        help_ = '`is missing` asks whether it is not known, and `is ""` whether the text is empty'
    elif ref.name == "none" and counted:
        help_ = f"write `{'> 0' if negated else 'is 0'}` (`is missing` asks whether it is not known)"
    else:
        help_ = f"write `is {'supplied' if known else 'missing'}`"
    _report(
        place, ref, start=ref.span.start - len(verb.group()), expected="`supplied`, `missing` or a value", help_=help_
    )
    return True


def _of_period(place: Place, ref: s.Ref, before: str) -> bool:
    per = _PER.search(before)
    if per is None or ref.name not in _PERIODS:
        return False
    period = "" if _HAS_PERIOD.search(before[: per.start()]) else f"write `{_PERIODS[ref.name]}`"
    _report(place, ref, start=ref.span.start - len(per.group()), expected="a fact behind `per`", help_=period)
    return True


def _report(place: Place, ref: s.Ref, *, start: int, expected: str, help_: str) -> None:
    place.report.error("PK100", f"unknown name `{ref.name}`", Span(start, ref.span.end), expected=expected, help=help_)
