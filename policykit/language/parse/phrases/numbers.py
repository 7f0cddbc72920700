"""How prose writes numbers."""

from __future__ import annotations

import re
from decimal import Decimal

from policykit.language.parse import slips
from policykit.language.parse.phrases.phrasing import phrase_of

_TIMES = r"\s?(?P<times>k|K|thousand|mio|M|m|mn|million|bn)"

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
    phrase_of(
        rf"(?P<at>\bat\s+(?:least|most))\s+(?P<word>{'|'.join(WORDS_OF_NUMBERS[1:])})\b",
        lambda found: f"{found['at']} {WORDS_OF_NUMBERS.index(found['word'])}",
    ),
    phrase_of(r"\b(?P<than>(?:more|fewer|less)\s+than)\s+(?P<n>[1-9][0-9]*)(?=\s+[a-z_]+\s+in\b)", _next),
    phrase_of(
        r"(?P<n>[0-9][0-9_.]*)\s*(?:per\s?cent(?:age)?|%|pct|percentage)[\s-]*(?:points?|pts?)\b\.?",
        r"\g<n> percentage points",
    ),
    phrase_of(r"(?P<n>[0-9][0-9_.]*)\s*(?:pts|ppts?|points?)\b\.?", r"\g<n> percentage points"),
    phrase_of(r"(?P<n>[0-9][0-9_.]*)\s*per\s?cent\b", r"\g<n>%"),
    phrase_of(rf"\b(?P<code>[A-Z]{{3}})\s?(?P<n>[0-9]+(?:\.[0-9]+)?){_TIMES}\b", _times),
    phrase_of(rf"\b(?P<n>[0-9]+(?:\.[0-9]+)?){_TIMES}\s+(?P<code>[A-Z]{{3}})\b", _times),
    phrase_of(r"(?P<n>[0-9]+)[.,][-\u2013]+", r"\g<n>"),
    phrase_of(r"(?<=[0-9])\s+(?:times|x|calls|items|cases|people)\b", ""),
    phrase_of(r"\b(?:an?\s+|one\s+)?half\b|\b1\s?/\s?2\b", "50%"),
    phrase_of(r"\b(?:an?\s+|one\s+)?quarter\b(?!\s+[a-z])|\b1\s?/\s?4\b", "25%"),
)
"""How prose writes numbers."""
