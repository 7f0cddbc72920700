"""Words and signs that writers bring along from other languages, and what this one has for them.

One table: a word counts as a slip only where its replacement can stand, so it takes no name away.
"""

from __future__ import annotations

import re

SLIPS: dict[str, tuple[str, ...]] = {
    # parts and statements
    "if": ("applies when", "when"), "provided": ("applies when", "when"),
    "reason": ("because",), "since": ("because",), "rationale": ("because",), "why": ("because",),
    "criterion": ("check", "requirement"), "criteria": ("check", "requirement"), "condition": ("check", "when"),
    "require": ("requirement",), "requires": ("requirement",), "must": ("check",), "verify": ("check",),
    "signoff": ("sign-off",), "sign_off": ("sign-off",), "sign": ("sign-off",), "waiver": ("waive",),
    "metric": ("scorecard", "measure"), "kpi": ("scorecard", "measure"), "goal": ("target",), "block": ("deny",),
    "denies": ("deny",), "denied": ("deny",), "fallback": ("use",),
    "refuse": ("deny",), "reject": ("deny",), "forbid": ("deny",), "mask": ("redact",), "escalate": ("ask",),
    "until": ("through",), "till": ("until", "through"), "imports": ("include",), "import": ("include",),
    "notify": ("tell",), "inform": ("tell",), "rest": ("others",), "log": ("warn",), "alert": ("warn",),
    "flag": ("warn",), "then": ("expect",), "anonymise": ("redact",), "anonymize": ("redact",),
    "rollback": ("rescope",), "return": ("rescope",),
    "constant": ("let",), "variable": ("let",), "var": ("let",), "const": ("let",), "responsible": ("owner",),
    "accountable": ("owner",), "evidenced": ("shown",), "proven": ("shown",), "else": ("otherwise",),
    # comparisons and values
    "equals": ("is",), "equal": ("is",), "eq": ("is",), "=": ("is",), "===": ("is",), "are": ("is",),
    "=>": (">=",), "=<": ("<=",), "≥": (">=",), "⩾": (">=",), "≤": ("<=",), "⩽": ("<=",), "≠": ("is not",),
    "\u00d7": ("*",), "·": ("*",), "\u2212": ("-",), "\u2013": ("-",), "\u2014": ("-",), "exceeds": (">",),
    "above": (">",),
    "over": (">",), "below": ("<",), "under": ("<",), "includes": ("contains",), "each": ("every",),
    "have": ("has",), "having": ("has",),
    "true": ("yes",), "false": ("no",),
}  # fmt: skip
"""By what is written: what is meant, first what is likeliest."""

STATISTICS = {
    "average": "mean", "avg": "mean", "median": "p50", "total": "sum", "maximum": "max", "minimum": "min",
    "number": "count", "sums": "sum", "counts": "count", "totals": "sum",
}  # fmt: skip
"""Names of statistics, which stand before `of`."""

YES_NO = {"true": "yes", "false": "no"}
"""How other languages write the two values."""

CURRENCY_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY"}

UNITS = {
    "sec": "seconds", "secs": "seconds", "s": "seconds", "min": "minutes", "mins": "minutes", "hr": "hours",
    "hrs": "hours", "h": "hours", "d": "days", "wk": "weeks", "wks": "weeks", "millisecond": "ms",
    "milliseconds": "ms", "msec": "ms", "percent": "%", "pct": "%", "pp": "percentage points",
    "ppt": "percentage points", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "dollar": "USD",
    "dollars": "USD", "francs": "CHF", "yen": "JPY",
}  # fmt: skip
"""What writers call units that the language has under another name."""

NO_UNITS = {
    "month": "days", "months": "days", "year": "days", "years": "days", "quarter": "days", "quarters": "days",
    "working": "days", "business": "days",
}  # fmt: skip
"""Lengths that differ from case to case, and the unit to say them in."""

_DAYS = {"month": 30, "quarter": 91, "year": 365}


def days_of(number: str, unit: str) -> int | None:
    """Return about how many days so many months, quarters or years are, or None for other lengths and fractions."""
    days = _DAYS.get(unit.removesuffix("s"))
    if days is None or not number.replace("_", "").isdigit():
        return None
    count = int(number.replace("_", "")[:6])
    years, months = divmod(count, 12) if days == 30 else (0, count)
    return years * 365 + months * days


def no_unit_help(number: str, unit: str) -> str:
    """Return the help for so many months or other lengths that differ: the days that they are, where that is known."""
    days = days_of(number, unit)
    return "its length differs from one to the next: say it in days" + (f", such as `{days} days`" if days else "")


MULTIPLES = {"k": 3, "K": 3, "thousand": 3, "mio": 6, "M": 6, "mn": 6, "million": 6, "bn": 9}
"""Powers of ten that are written behind a number."""

APPROXIMATE = frozenset({"approximately", "about", "around", "roughly", "circa", "ca", "ca.", "approx", "approx.", "~"})

QUOTES = {
    "'": "'", "\u2018": "\u2019\u2018", "\u2019": "\u2019", "\u201a": "\u2018\u2019", "\u201c": "\u201d\u201c",
    "\u201d": "\u201d\u201c", "\u201e": "\u201c\u201d", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "`": "`",
          "\u2039": "\u203a", "\u203a": "\u2039", "\uff02": "\uff02", "\u2033": "\u2033"}  # fmt: skip
"""Quotation marks that the language does not take, and those that close a text begun with them."""

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"

_NUMBER = re.compile(r"[0-9]+(?:[.,'\u2019_ \u00a0\u2009\u202f](?=[0-9])[0-9]+)*")
_UNIT = re.compile(r"[ \t\u00a0]*(%|percentage\s+points?\b|(?:ms|seconds?|minutes?|hours?|days?|weeks?)\b|[A-Z]{3}\b)")


def number_at(text: str, start: int) -> tuple[int, str] | None:
    """Return where a number ends that begins here and how the language writes it, or None for none."""
    found = _NUMBER.match(text, start, start + 80)
    if found is None:
        return None
    meant = plain_number(found.group())
    if meant is None:
        return None
    return found.end(), meant


def plain_number(written: str) -> str | None:
    """Return a number with a decimal point and `_` between thousands; None when it can be read in two ways."""
    parts = re.split(r"([^0-9])", written)
    digits, marks = parts[::2], parts[1::2]
    if not marks:
        return written
    *groups, last = marks
    decimal = last in ".," and (
        (bool(groups) and last not in groups)
        or (not groups and (last == "." or len(digits[-1]) != 3 or digits[0] == "0"))
    )
    whole = digits[:-1] if decimal else digits
    if any(len(group) != 3 for group in whole[1:]) or (len(whole) > 1 and len(whole[0]) > 3):
        return None
    if len(set(marks[: len(whole) - 1])) > 1:
        return None
    return "_".join(whole) + (f".{digits[-1]}" if decimal else "")


def unit_at(text: str, start: int) -> tuple[int, str]:
    """Return where a unit ends that stands here and how it is written behind a number; nothing when there is none."""
    found = _UNIT.match(text, start, start + 80)
    if found is None:
        return start, ""
    return found.end(), found.group(1) if found.group(1) == "%" else f" {found.group(1)}"
