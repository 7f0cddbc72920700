"""Days as people write them, and how the language writes them."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = "(?P<month>" + "|".join((*_NAMES, *(name[:3] for name in _NAMES), "Sept")) + r")\b\.?"
_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})\b"
_DAY = r"\b(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"

YEAR = rf"\b{_YEAR}(?![-./0-9])"
"""The pattern of a year alone."""

DAYS = (
    rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
    rf"\b{_MONTH}\s+{_DAY[2:]},?\s+{_YEAR}",
    rf"{_DAY}[./]\s?(?P<number>[0-9]{{1,2}})[./]\s?{_YEAR}",
    rf"\b{_YEAR}[-./](?P<number>[0-9]{{1,2}})[-./]{_DAY[2:]}\b",
)
"""Patterns of one day."""

ENDS = (
    rf"\b(?:the\s+)?end\s+of\s+{_MONTH},?\s+{_YEAR}",
    rf"\b(?:the\s+)?end\s+of\s+(?P<quarter>Q[1-4])[ /-]?{_YEAR}",
    rf"\b(?:the\s+)?end\s+of\s+{_YEAR}",
)
"""Patterns of the last day of a month, quarter or year."""

LENGTHS = (rf"\b(?P<quarter>Q[1-4])[ /-]?{_YEAR}", rf"\b{_YEAR}[ /-]?(?P<quarter>Q[1-4])\b", rf"\b{_MONTH}\s+{_YEAR}")
"""Patterns of a month or quarter, of which only its first and last day are days."""


def day(found: re.Match[str]) -> str:
    """Return the one day that is meant, or nothing where there is none or where it can be read in two ways."""
    parts = found.groupdict()
    if parts.get("number") and found.group().find(parts["year"]) > 0:
        first, second = int(parts["day"]), int(parts["number"])
        if "/" in found.group() and first <= 12 and second <= 12 and first != second:
            return ""
        if "/" in found.group() and second > 12:
            return _day(parts["year"], first, second)
    return _day(parts["year"], _month(parts), int(parts["day"]))


def last_day(found: re.Match[str]) -> str:
    """Return the last day of a month, quarter or year."""
    parts = found.groupdict()
    month = int(parts["quarter"][1]) * 3 if parts.get("quarter") else _month(parts) if parts.get("month") else 12
    return _day(parts["year"], month, calendar.monthrange(int(parts["year"]), month)[1])


def first_day(found: re.Match[str]) -> str:
    """Return the first day of a month or quarter."""
    parts = found.groupdict()
    return _day(parts["year"], int(parts["quarter"][1]) * 3 - 2 if parts.get("quarter") else _month(parts), 1)


def _month(parts: dict[str, str]) -> int:
    return int(parts["number"]) if parts.get("number") else _MONTHS.index(parts["month"][:3].lower()) + 1


def _day(year: str, month: int, day_: int) -> str:
    try:
        return dt.date(int(year), month, day_).isoformat()
    except ValueError:
        return ""
