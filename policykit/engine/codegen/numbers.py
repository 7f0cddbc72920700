"""Where comparing Python's own numbers gives the exact answer.

A float means its shortest decimal text. Let `d(x)` be that decimal and `c` a literal with `d(float(c)) == c`. Then for
every float `x`, `x < float(c)` exactly when `d(x) < c`, because `d(x)` and `c` lie in the rounding intervals of `x` and
of `float(c)`, and the intervals of two floats do not overlap. For an int `n` with `abs(n) <= 2**53` likewise, because
`n` is itself a float with `d(float(n)) == n`. Equality follows, because equal floats have equal texts.

Outside of `abs(x) <= 2**53`, and for floats so small that docs/adr/0003 refuses them, nothing is claimed here.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from policykit.vocabulary.types import Exact, Kind, Type

LARGEST = 2**53
"""Up to here every int is a float. Source: IEEE 754 binary64."""
SMALLEST = 1e-40
"""Positive floats below are left to the exact path, which refuses those below 10**-60."""

FLOAT_KINDS = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.POINTS, Kind.MONEY, Kind.DURATION})
"""Kinds of which a bare int or float is a value; of money only where the currency is fixed."""
INT_KINDS = frozenset({Kind.COUNT, Kind.TIME})
"""Kinds of which a bare int is a value."""


def plain_number(value: Exact) -> int | float | None:
    """Return the Python number that stands for a literal in comparisons, or None where comparing could differ."""
    if isinstance(value, Fraction) or not -LARGEST <= value <= LARGEST:
        return None
    whole = int(value)
    if whole == value:
        return whole
    number = float(value)
    if abs(number) < SMALLEST or Decimal(repr(number)) != value:
        return None
    return number


def plain_range(type_: Type) -> tuple[int | float, int | float] | None:
    """Return the ends of the range in which Python's numbers are values of a type; None where they never are."""
    if type_.kind not in FLOAT_KINDS and type_.kind not in INT_KINDS:
        return None
    if type_.kind is Kind.MONEY and type_.currency is None:
        return None
    low = -LARGEST if type_.low is None or type_.low < -LARGEST else plain_number(type_.low)
    high = LARGEST if type_.high is None or type_.high > LARGEST else plain_number(type_.high)
    if low is None or high is None:
        return None
    return low, high
