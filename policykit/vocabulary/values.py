"""From what comes in (JSON, YAML, Python, text) to canonical values, and back to text.

`coerce` is total: any object of Python gives a canonical value or a `ValueProblem`, in bounded time, whatever its class
overrides. What the numbers mean stands in docs/adr/0003.

Example: `coerce(PERCENT, "95%") == coerce(PERCENT, 0.95) == Decimal("0.95")`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from policykit.vocabulary.exact import ValueProblem, add, compare, exact, multiply, quoted_input, subtract
from policykit.vocabulary.rendering import quoted, render
from policykit.vocabulary.types import TEXTUAL, Exact, Kind, Money, Type, Value
from policykit.vocabulary.units import CURRENCIES, EXPECTED, UNITS, instant_of, literal, moment, seconds_of

__all__ = ["ValueProblem", "add", "coerce", "compare", "exact", "expected", "multiply", "quoted", "render", "subtract"]

MAX_ITEMS = 100_000
"""Items of a list."""
_MAX_NUMBER_TEXT = 400
_SHOWN = 60

_QUANTITY = re.compile(r"([+-]?[0-9](?:_?[0-9])*(?:\.[0-9]+)?)\s*([%A-Za-z][A-Za-z ]*)?")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?) ([a-z]+)")
_CUT_FRACTION = re.compile(r"[^()]*…[^()]* ?\((-?[0-9]{1,62})/([0-9]{1,62})\)")
_DURATIONS = ("day", "hour", "minute", "second")


def coerce(type_: Type, raw: object) -> Value:
    """Return the canonical value that a raw value means as a value of the type.

    Args:
        type_: the declared type, with its range, choices or currency.
        raw: what came in; text with a unit is read as the language reads it, a bare number in the canonical unit.

    Raises:
        ValueProblem: it has no meaning as a value of the type; nothing else is ever raised.
    """
    try:
        value = _coerce(type_, raw)
    except ValueProblem:
        raise
    except Exception as error:  # a class of the user may raise anything from anywhere
        raise ValueProblem(expected(type_), "something unreadable") from error
    return value


def _coerce(type_: Type, raw: object) -> Value:
    kind = type_.kind
    if kind in TEXTUAL:
        return _text(type_, raw)
    if kind is Kind.YES_NO:
        return _yes_no(type_, raw)
    if kind is Kind.LIST:
        return _list(type_, raw)
    if kind is Kind.MONEY:
        return _money(type_, raw)
    return _in_range(type_, _number(type_, raw), raw)


def _text(type_: Type, raw: object) -> str:
    if not isinstance(raw, str):
        raise _problem(type_, raw)
    text = str.__str__(raw)
    if not text.isascii():
        _refuse_surrogates(type_, text)
    if type_.kind is Kind.CHOICE and text not in type_.choices:
        raise _problem(type_, text)
    return text


def _refuse_surrogates(type_: Type, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueProblem(expected(type_), "text that is not valid Unicode") from error


def _yes_no(type_: Type, raw: object) -> bool:
    if raw is True or raw is False:
        return raw
    if isinstance(raw, str) and str.__str__(raw) in ("yes", "no"):
        return str.__str__(raw) == "yes"
    raise _problem(type_, raw)


def _list(type_: Type, raw: object) -> tuple[Value, ...]:
    element = type_.element
    if element is None or not isinstance(raw, list | tuple) or isinstance(raw, Money):
        raise _problem(type_, raw)
    # the methods of list and tuple themselves: a subclass could iterate for ever
    size = list.__len__(raw) if isinstance(raw, list) else tuple.__len__(raw)
    if size > MAX_ITEMS:
        raise ValueProblem(f"at most {MAX_ITEMS:,} items", f"{size:,}")
    items = list.__iter__(raw) if isinstance(raw, list) else tuple.__iter__(raw)
    return tuple([_item(element, place, item) for place, item in enumerate(items, 1)])


def _item(element: Type, place: int, raw: object) -> Value:
    try:
        return _coerce(element, raw)
    except ValueProblem as problem:
        raise ValueProblem(f"{problem.expected} as item {place}", problem.got) from None


def _money(type_: Type, raw: object) -> Exact | Money:
    amount, currency = _amount(type_, raw)
    if type_.currency is None:
        if currency is None:
            raise _problem(type_, raw)
        return Money(_in_range(type_, amount, raw), currency)
    if currency is not None and currency != type_.currency:
        raise _problem(type_, raw)
    return _in_range(type_, amount, raw)


def _amount(type_: Type, raw: object) -> tuple[Exact, str | None]:
    """Return the amount and the currency, or None for a bare number."""
    if isinstance(raw, str):
        read, amount = _quantity(type_, str.__str__(raw))
        if read.kind is not Kind.MONEY:
            raise _unitless(type_, read, raw)
        return amount, read.currency
    if isinstance(raw, dict):
        if dict.__len__(raw) != 2:
            raise _problem(type_, raw)
        raw_amount, currency = dict.get(raw, "amount"), dict.get(raw, "currency")
    elif isinstance(raw, Money):
        raw_amount, currency = raw.amount, raw.currency
    else:
        return _bare(type_, raw), None
    if not isinstance(currency, str) or str.__str__(currency) not in CURRENCIES:
        raise _problem(type_, raw)
    if isinstance(raw_amount, str):
        read, amount = _quantity(type_, str.__str__(raw_amount))
        if read.kind is not Kind.NUMBER:
            raise _problem(type_, raw)
        return amount, str.__str__(currency)
    return _bare(type_, raw_amount), str.__str__(currency)


def _number(type_: Type, raw: object) -> Exact:
    kind = type_.kind
    if isinstance(raw, str):
        return _numeric_text(type_, str.__str__(raw))
    if kind is Kind.DURATION and isinstance(raw, timedelta):
        return seconds_of(raw)
    if kind in (Kind.DATE, Kind.INSTANT, Kind.TIME) and isinstance(raw, date | time):
        return _python_moment(type_, raw)
    if kind in (Kind.DATE, Kind.INSTANT):
        raise _problem(type_, raw)  # days since when? seconds or milliseconds? a bare number does not say
    return _bare(type_, raw)


def _python_moment(type_: Type, raw: date | time) -> Exact:
    if type_.kind is Kind.INSTANT and isinstance(raw, datetime):
        return instant_of(raw)
    if type_.kind is Kind.DATE and isinstance(raw, date) and not isinstance(raw, datetime):
        return moment(Kind.DATE, date.isoformat(raw))[1]
    if type_.kind is Kind.TIME and isinstance(raw, time) and raw.tzinfo is None and not raw.microsecond:
        return raw.hour * 3_600 + raw.minute * 60 + raw.second
    raise _problem(type_, raw)


def _bare(type_: Type, raw: object) -> Exact:
    """Return a number that came without a unit."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | Fraction):
        raise _problem(type_, raw)
    try:
        return exact(raw)
    except ValueProblem as problem:
        raise ValueProblem(expected(type_), problem.got) from None


def _numeric_text(type_: Type, text: str) -> Exact:
    kind = type_.kind
    if kind in EXPECTED:
        return moment(kind, text)[1]
    if kind is Kind.DURATION and len(text) <= _MAX_NUMBER_TEXT and text.count(" ") > 1 and "…" not in text:
        return _long_duration(type_, text)
    read, value = _quantity(type_, text)
    if read.kind is not kind and not (kind is Kind.COUNT and read.kind is Kind.NUMBER):
        raise _unitless(type_, read, text)
    return value


def _unitless(type_: Type, read: Type, text: str) -> ValueProblem:
    """Return the problem of a text with the wrong unit; a bare number in text is not read, though a bare number is."""
    without = ", text without a unit" if read.kind is Kind.NUMBER else ""
    return ValueProblem(expected(type_), _shown(text) + without)


def _quantity(type_: Type, text: str) -> tuple[Type, Exact]:
    """Return what `95%`, `250 ms`, `500.01 EUR`, `1_000` or a cut fraction as `render` writes it means."""
    stripped = text.strip() if len(text) <= _MAX_NUMBER_TEXT else ""
    if "…" in stripped:
        return _cut_fraction(type_, stripped)
    match = _QUANTITY.fullmatch(stripped)
    if match is None:
        raise _problem(type_, text)
    try:
        return literal(Decimal(match[1].replace("_", "")), (match[2] or "").strip())
    except ValueProblem as problem:
        raise ValueProblem(expected(type_), _shown(text)) from problem


def _cut_fraction(type_: Type, text: str) -> tuple[Type, Exact]:
    match = _CUT_FRACTION.fullmatch(text)
    if match is None or int(match[2]) == 0:
        raise _problem(type_, text)
    value = Fraction(int(match[1]), int(match[2]))
    unit = text[text.index("…") + 1 : text.rindex("(")].strip()
    found = UNITS.get(unit)
    if found is None and unit not in CURRENCIES:
        raise _problem(type_, text)
    read = found[0] if found else Type(Kind.MONEY, currency=unit)
    number = multiply(value, found[1]) if found and read.kind is Kind.POINTS else exact(value)
    if render(read, Money(number, unit) if found is None else number) != text:
        raise _problem(type_, text)  # the digits before the cut belong to another fraction
    return read, number


def _long_duration(type_: Type, text: str) -> Exact:
    """Return the seconds of `1 day 2 hours 15 minutes 1 second`: each unit at most once, the largest first."""
    parts = _PART.findall(text)
    words = [word.removesuffix("s") for _, word in parts]
    places = [_DURATIONS.index(word) for word in words if word in _DURATIONS]
    if " ".join(f"{n} {w}" for n, w in parts) != text or len(places) != len(words) or places != sorted(set(places)):
        raise _problem(type_, text)
    total: Exact = 0
    for number, word in parts:
        total = add(total, literal(Decimal(number), word)[1])
    return exact(total)


def _in_range(type_: Type, value: Exact, raw: object) -> Exact:
    if type_.kind in (Kind.COUNT, Kind.TIME) and not isinstance(value, int):
        raise _problem(type_, raw)
    if type_.low is not None and compare(value, type_.low) < 0:
        raise _problem(type_, raw)
    if type_.high is not None and compare(value, type_.high) > 0:
        raise _problem(type_, raw)
    return value


def _problem(type_: Type, raw: object) -> ValueProblem:
    return ValueProblem(expected(type_), _shown(raw))


def expected(type_: Type) -> str:
    """Return what a value looks like, with its range: `a percent such as 95% or 0.95, between 0% and 100%`."""
    if type_.kind is Kind.CHOICE:
        return f"one of {', '.join(quoted(c) for c in type_.choices)}"
    if type_.kind is Kind.LIST:
        assert type_.element is not None
        return f"a list, each item {expected(type_.element)}"
    if type_.kind is Kind.MONEY:
        code = type_.currency or "EUR"
        what = (
            f"an amount in {code} such as 500.01 {code}"
            if type_.currency
            else "an amount with its currency such as 500.01 EUR"
        )
    else:
        what = _LOOKS[type_.kind]
    return what + _range(type_)


_LOOKS = {
    **EXPECTED,
    Kind.TEXT: "text",
    Kind.YES_NO: "yes or no",
    Kind.NUMBER: "a number such as 12.5",
    Kind.COUNT: "a count such as 500, a whole number from 0",
    Kind.PERCENT: "a percent such as 95% or 0.95",
    Kind.POINTS: "percentage points such as 1 percentage point",
    Kind.DURATION: "a duration such as 250 ms or 30 days",
}


def _range(type_: Type) -> str:
    low, high = type_.low, type_.high
    if type_.kind is Kind.TIME or (type_.kind is Kind.COUNT and low == 0 and high is None):
        return ""
    if low is not None and high is not None:
        return f", between {render(type_, low)} and {render(type_, high)}"
    if low is not None:
        return f", at least {render(type_, low)}"
    if high is not None:
        return f", at most {render(type_, high)}"
    return ""


def _shown(raw: object) -> str:
    """Return what came in, for a message: bounded, on one line, without control characters, in policy words."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, str):
        return quoted_input(str.__str__(raw))
    if isinstance(raw, int | float | Decimal | Fraction):
        return _shown_number(raw)
    if isinstance(raw, datetime | date | time):
        return f"`{raw.isoformat()[:_SHOWN]}`"
    if isinstance(raw, timedelta):
        return "a duration"
    if isinstance(raw, Money):
        return quoted_input(render(Type(Kind.MONEY), raw))
    if isinstance(raw, list | tuple):
        return "a list"
    if isinstance(raw, dict):
        return "an object with named fields"
    return "something else"


def _shown_number(raw: float | Decimal | Fraction) -> str:
    try:
        number = exact(raw)
    except ValueProblem as problem:
        return problem.got
    return quoted_input(render(Type(Kind.NUMBER), number))
