"""How prose writes numbers, and what a phrase is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from policykit.language import slips

_TIMES = r"\s?(?P<times>k|K|thousand|mio|M|m|mn|million|bn)"

Write = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """What writers write, and what it is called here."""

    pattern: re.Pattern[str]
    write: Write
    """The replacement, with groups; an empty one deletes."""
    note: str = ""
    """What the help adds, where the replacement says a little more or less than the phrase."""


def phrase(pattern: str, write: Write, note: str = "") -> Phrase:
    """Return a phrase by the text of its pattern."""
    return Phrase(re.compile(pattern), write, note)


_POWERS = {**slips.MULTIPLES, "m": 6}


def _times(found: re.Match[str]) -> str:
    value = Decimal(found["n"]) * 10 ** _POWERS[found["times"]]
    return f"{int(value):_} {found['code']}" if value == int(value) else ""


WORDS_OF_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip


def _next(found: re.Match[str]) -> str:
    more = found["than"].startswith("more")
    return f"at {'least' if more else 'most'} {int(found['n']) + (1 if more else -1)}"


NUMBERS = (
    phrase(
        rf"(?P<at>\bat\s+(?:least|most))\s+(?P<word>{'|'.join(WORDS_OF_NUMBERS[1:])})\b",
        lambda found: f"{found['at']} {WORDS_OF_NUMBERS.index(found['word'])}",
    ),
    phrase(r"\b(?P<than>(?:more|fewer|less)\s+than)\s+(?P<n>[1-9][0-9]*)(?=\s+[a-z_]+\s+in\b)", _next),
    phrase(
        r"(?P<n>[0-9][0-9_.]*)\s*(?:per\s?cent(?:age)?|%|pct|percentage)[\s-]*(?:points?|pts?)\b\.?",
        r"\g<n> percentage points",
    ),
    phrase(r"(?P<n>[0-9][0-9_.]*)\s*(?:pts|ppts?|points?)\b\.?", r"\g<n> percentage points"),
    phrase(r"(?P<n>[0-9][0-9_.]*)\s*per\s?cent\b", r"\g<n>%"),
    phrase(rf"\b(?P<code>[A-Z]{{3}})\s?(?P<n>[0-9]+(?:\.[0-9]+)?){_TIMES}\b", _times),
    phrase(rf"\b(?P<n>[0-9]+(?:\.[0-9]+)?){_TIMES}\s+(?P<code>[A-Z]{{3}})\b", _times),
    phrase(r"(?P<n>[0-9]+)[.,][-\u2013]+", r"\g<n>"),
    phrase(r"(?<=[0-9])\s+(?:times|x|calls|items|cases|people)\b", ""),
    phrase(r"\b(?:an?\s+|one\s+)?half\b|\b1\s?/\s?2\b", "50%"),
    phrase(r"\b(?:an?\s+|one\s+)?quarter\b(?!\s+[a-z])|\b1\s?/\s?4\b", "25%"),
)
"""How prose writes numbers."""
