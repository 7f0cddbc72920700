"""Amounts as people write them: `12,000`, and `24 hours` where the file does not say `1 day`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from policykit.source import SourceFile
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import DURATION, Exact, Kind, Type, Value
from policykit.vocabulary.units import literal

_IN_DIGITS = {Kind.COUNT, Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.POINTS, Kind.DURATION}
_THOUSANDS = re.compile(r"(?<![\d.])\d{4,}")
_LENGTH = re.compile(r"(?<![\w.])(\d[\d_]{0,15}(?:\.\d{1,9})?) ?(ms|(?:second|minute|hour|day|week)s?)\b")
_ONE_DECIMAL = re.compile(r"(?<![\d.])\d+\.\d(?=\s)")
"""Of money: nine euros forty are 9.40 EUR."""
_TWO_DAYS = 2 * 86_400


def amount(type_: Type, value: Value, source: SourceFile | None = None) -> str:
    """Return a value as a sentence holds it.

    Args:
        type_: the value's type.
        value: the canonical value.
        source: the file whose way of writing a duration is kept.
    """
    if type_.kind is Kind.DURATION and isinstance(value, int | Decimal):
        return length(value, source)
    text = render(type_, value)
    kind = type_.element.kind if type_.element is not None else type_.kind
    if kind is Kind.MONEY:
        text = _ONE_DECIMAL.sub(r"\g<0>0", text)
    return with_separators(text) if kind in _IN_DIGITS else text


def with_separators(digits: str) -> str:
    """Return a number with a comma before every third digit of its whole part."""
    return _THOUSANDS.sub(lambda found: f"{int(found.group()):,}", digits)


def length(value: Exact, source: SourceFile | None = None) -> str:
    """Return a length of time as the file writes it; where that is not clear, in hours below two days."""
    written = _written(source.text).get(value, frozenset()) if source is not None else frozenset()
    if len(written) == 1:
        return next(iter(written))
    if isinstance(value, int) and 0 < value < _TWO_DAYS and value % 3_600 == 0:
        return _unit(str(value // 3_600), "hour")
    return with_separators(render(DURATION, value))


@lru_cache(maxsize=8)
def _written(text: str) -> Mapping[Exact, frozenset[str]]:
    """Return how a file writes each length of time."""
    found: dict[Exact, set[str]] = {}
    for digits, unit in _LENGTH.findall(text):
        number = digits.replace("_", "")
        word = unit.removesuffix("s") if unit != "ms" else unit
        found.setdefault(literal(Decimal(number), word)[1], set()).add(_unit(with_separators(number), word))
    return {value: frozenset(forms) for value, forms in found.items()}


def _unit(number: str, word: str) -> str:
    return f"{number} {word}{'' if number == '1' or word == 'ms' else 's'}"
