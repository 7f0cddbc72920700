"""Units, currencies and moments as the language writes them, and what they are worth in the canonical scale.

Example: `literal(Decimal("92"), "%")` is `(percent, Decimal("0.92"))`, `moment(Kind.DATE, "2027-03-31")` is
`(date, 740071)`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from policykit.vocabulary.exact import ValueProblem, add, exact, multiply, quoted_input
from policykit.vocabulary.types import DATE, INSTANT, NUMBER, POINTS, TIME, Exact, Kind, Type, money

CURRENCIES: frozenset[str] = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD
    XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a list of 180 quoted codes is harder to compare with the standard
)
"""The current alphabetic codes. Without XXX (no currency) and XTS (testing), which no contract can mean.

Source: ISO 4217:2015 list one with its amendments as of 2026 (ANG, BGN, CUC, HRK, SLL and ZWL are withdrawn).
"""

_DURATION = Type(Kind.DURATION)
_PERCENT = Type(Kind.PERCENT)
_HUNDREDTH = Decimal("0.01")

UNITS: MappingProxyType[str, tuple[Type, Exact]] = MappingProxyType(
    {
        "": (NUMBER, 1),
        "%": (_PERCENT, _HUNDREDTH),
        "percentage points": (POINTS, _HUNDREDTH),
        "percentage point": (POINTS, _HUNDREDTH),
        "ms": (_DURATION, Decimal("0.001")),
        **{
            spelling: (_DURATION, seconds)
            for word, seconds in {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}.items()
            for spelling in (f"{word}s", word)
        },
    }
)
"""The type and the canonical factor of each unit but the currencies.

A day has 86,400 seconds: instants count without leap seconds. Source: POSIX.1-2017 section 4.16.
"""


def literal(value: Decimal, unit: str) -> tuple[Type, Exact]:
    """Return the type and the canonical value of a number with the unit written behind it.

    The type has no range: whether `150%` may stand there depends on what it is compared with.

    Raises:
        ValueProblem: an unknown unit or currency, or a number beyond the limits of docs/adr/0003.
    """
    found = UNITS.get(" ".join(unit.split()))
    if found is not None:
        type_, factor = found
        return type_, exact(multiply(exact(value), factor))
    if unit in CURRENCIES:
        return money(unit), exact(value)
    raise _unknown_unit(unit)


def _unknown_unit(unit: str) -> ValueProblem:
    if re.fullmatch("[A-Z]{3}", unit):
        return ValueProblem("a currency code of ISO 4217 such as EUR or USD", f"`{unit}`")
    units = [u for u in UNITS if u and not (u.endswith("s") and u[:-1] in UNITS)]
    return ValueProblem(f"one of the units {', '.join(units)} or a currency such as EUR", quoted_input(unit))


_DATE_TEXT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME_TEXT = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_INSTANT_TEXT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_EPOCH = date(1970, 1, 1).toordinal()

EXPECTED = MappingProxyType(
    {
        Kind.DATE: "a date such as 2027-03-31, from 1900 to 9999",
        Kind.TIME: "a time of day such as 06:00 or 06:00:30",
        Kind.INSTANT: "an instant with `Z` or its offset such as 2027-03-31T08:00:00+02:00, from 1970 to 9999",
    }
)
"""What a moment of each kind looks like, for messages."""


def moment(kind: Kind | str, text: str) -> tuple[Type, Exact]:
    """Return the type and the canonical value of a date, a time of day or an instant as the language writes it.

    Dates run from 1900 to 9999, instants from 1970 to 9999 (UTC). Hour 24 and leap seconds are refused: neither can be
    told apart from the second that follows.

    Raises:
        ValueProblem: no such day or time, or an instant without `Z` or an offset.
    """
    kind = Kind(kind)
    try:
        if kind is Kind.DATE:
            return DATE, _date(text)
        if kind is Kind.TIME:
            return TIME, _time(text)
        return INSTANT, _instant(text)
    except ValueError as error:
        raise ValueProblem(EXPECTED[kind], quoted_input(text)) from error


def _date(text: str) -> int:
    match = _DATE_TEXT.fullmatch(text)
    if match is None or int(match[1]) < 1900:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]), int(match[3])).toordinal()


def _time(text: str) -> int:
    match = _TIME_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(text)
    return hour * 3_600 + minute * 60 + second


def _instant(text: str) -> Exact:
    match = _INSTANT_TEXT.fullmatch(text)
    if match is None or match[4] is None:
        raise ValueError(text)
    seconds = (_date(match[1]) - _EPOCH) * 86_400 + _time(match[2]) - _offset(match[4])
    if not 0 <= seconds < (date.max.toordinal() + 1 - _EPOCH) * 86_400:
        raise ValueError(text)
    return add(seconds, exact(Decimal(f"0.{match[3] or 0}")))


def _offset(text: str) -> int:
    """Return the seconds that a zone is ahead of UTC, less than a day."""
    if text == "Z":
        return 0
    size = _time(text[1:])
    return size if text[0] == "+" else -size


def seconds_of(span: timedelta) -> Exact:
    """Return the exact seconds of a Python duration."""
    return exact(span.days * 86_400 + span.seconds + Fraction(span.microseconds, 1_000_000))


def instant_of(raw: datetime) -> Exact:
    """Return the exact canonical instant of a Python datetime.

    Raises:
        ValueProblem: no zone, or outside 1970 to 9999.
    """
    if raw.tzinfo is None or raw.utcoffset() is None:
        raise ValueProblem(EXPECTED[Kind.INSTANT], f"`{raw.isoformat()}`, which has no offset")
    seconds = seconds_of(raw - datetime(1970, 1, 1, tzinfo=UTC))
    if seconds < 0:
        raise ValueProblem(EXPECTED[Kind.INSTANT], f"`{raw.isoformat()}`")
    return seconds
