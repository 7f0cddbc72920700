"""Canonical values as people read them, and as the language writes them where it can.

Nothing is rounded silently. A ratio that has no end in decimals is cut, marked with `…`, and followed by the exact
fraction: `66.66…% (2/3)`. It is cut and not rounded so that a value just below a threshold never reads as if it had
reached it.

Example: `render(PERCENT, Decimal("0.92"))` is `92%`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from policykit.vocabulary.exact import add, multiply
from policykit.vocabulary.types import Exact, Kind, Money, Type, Value

_EPOCH = date(1970, 1, 1).toordinal()
_CUT = 2
"""Decimals shown before `…`."""


def render(type_: Type, value: Value) -> str:
    """Return a canonical value as text: `92%`, `500.01 EUR`, `15 minutes 1 second`, `2027-03-31`, `"pay"`, `yes`.

    What is written for numbers, moments and yes or no is read back by `coerce` as the same value; texts stand in quotes
    as the language writes them.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Money):
        return _with_unit(value.amount, value.currency)
    if isinstance(value, tuple):
        assert type_.element is not None
        return "[" + ", ".join(render(type_.element, item) for item in value) + "]"
    return _number(type_, value)


def quoted(text: str) -> str:
    """Return a text as a literal of the language: in quotes, with backslash, quote and line ends escaped."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return f'"{escaped}"'


def _number(type_: Type, value: Exact) -> str:
    kind = type_.kind
    if kind is Kind.PERCENT:
        return _percent(value)
    if kind is Kind.POINTS:
        return _points(value)
    if kind is Kind.MONEY:
        return _with_unit(value, type_.currency or "")
    if kind is Kind.DURATION:
        return _duration(value)
    if kind is Kind.TIME:
        return _clock(int(value))
    if kind is Kind.DATE:
        return _day(int(value))
    if kind is Kind.INSTANT:
        return _instant(value)
    return _with_unit(value, "")


def plain(value: int | Decimal) -> str:
    """Return a number in digits, without an exponent and without needless zeros."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cut(value: Fraction) -> str:
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value.numerator) * 10**_CUT // value.denominator, 10**_CUT)
    return f"{sign}{whole}.{rest:0{_CUT}}…"


def _with_unit(value: Exact, unit: str) -> str:
    behind = f" {unit}" if unit else ""
    if isinstance(value, Fraction):
        return f"{_cut(value)}{behind} ({value.numerator}/{value.denominator})"
    return plain(value) + behind


def _percent(value: Exact) -> str:
    if isinstance(value, Fraction):
        return f"{_cut(value * 100)}% ({value.numerator}/{value.denominator})"
    return f"{plain(_hundredfold(value))}%"


def _points(value: Exact) -> str:
    if isinstance(value, Fraction):
        return _with_unit(value * 100, "percentage points")
    points = _hundredfold(value)
    return f"{plain(points)} percentage point{'' if points in (1, -1) else 's'}"


def _hundredfold(value: int | Decimal) -> int | Decimal:
    if isinstance(value, int):
        return value * 100
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    return Decimal((sign, digits, exponent + 2))  # `scaleb` would round to the caller's context


def _duration(value: Exact) -> str:
    """Return days, hours, minutes and seconds; milliseconds below one second. No weeks: contracts say days."""
    if isinstance(value, Fraction):
        return _with_unit(value, "seconds")
    if value < 0:
        return _unit(value, "second")
    if 0 < value < 1:
        return f"{plain(multiply(value, 1000))} ms"  # type: ignore[arg-type]
    whole = int(value)
    seconds = add(value, -(whole - whole % 60))
    assert not isinstance(seconds, Fraction)
    parts = ((whole // 86_400, "day"), (whole // 3_600 % 24, "hour"), (whole // 60 % 60, "minute"), (seconds, "second"))
    return " ".join(_unit(count, word) for count, word in parts if count) or "0 seconds"


def _unit(count: int | Decimal, word: str) -> str:
    return f"{plain(count)} {word}{'' if count == 1 else 's'}"


def _clock(seconds: int) -> str:
    hours, minutes, rest = seconds // 3_600, seconds // 60 % 60, seconds % 60
    return f"{hours:02}:{minutes:02}" + (f":{rest:02}" if rest else "")


def _day(ordinal: int) -> str:
    if not 1 <= ordinal <= date.max.toordinal():
        return f"day {ordinal}"  # a computed date that no calendar has
    return date.fromordinal(ordinal).isoformat()


def _instant(value: Exact) -> str:
    whole = floor(value)
    days, seconds = divmod(whole, 86_400)
    if not 1 <= _EPOCH + days <= date.max.toordinal():
        return _with_unit(value, "seconds since 1970")
    fraction = value - whole if not isinstance(value, Decimal) else add(value, -whole)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(fraction, Fraction):
        return f"{date.fromordinal(_EPOCH + days).isoformat()}T{clock}.{_cut(fraction)[2:]}Z"
    return f"{date.fromordinal(_EPOCH + days).isoformat()}T{clock}{plain(fraction)[1:]}Z"


def as_json(type_: Type, value: Value) -> object:
    """Return a canonical value for JSON: text, true or false, lists, whole numbers; the rest as `render` writes it.

    `coerce` reads it back as the same value. Decimals are texts because JSON's readers make floats of them.
    """
    if isinstance(value, str | bool):
        return value
    if type_.kind in (Kind.COUNT, Kind.NUMBER) and isinstance(value, int) and abs(value) <= _SAFE_INTEGER:
        return value
    if isinstance(value, tuple) and not isinstance(value, Money):
        assert type_.element is not None
        return [as_json(type_.element, item) for item in value]
    return render(type_, value)


_SAFE_INTEGER = 2**53 - 1
"""Source: RFC 8259 section 6, integers that all implementations agree on."""
