"""Exact statistics: no binary floats; nothing is rounded except confidence bounds, which are irrational."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DecimalException, Inexact, InvalidOperation
from fractions import Fraction

from policykit.vocabulary.types import Exact

_Z = Decimal("1.959963984540054")
"""The 97.5% quantile of the standard normal distribution: a two-sided 95% interval."""
_STEP = Decimal("0.000001")
_PRECISE = Context(prec=60)
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])


def ratio(part: int, whole: int) -> Fraction | None:
    """Return part / whole, or None when there is nothing to divide by: no cases is not 0%."""
    return Fraction(part, whole) if whole else None


def mean(values: Sequence[Exact]) -> Fraction | None:
    """Return the arithmetic mean, or None of nothing."""
    return total(values) / len(values) if values else None


def total(values: Sequence[Exact]) -> Fraction:
    """Return the exact sum."""
    found = Decimal(0)
    try:
        for value in values:
            found = _EXACT.add(found, value)  # type: ignore[arg-type] # an int is fine, a Fraction raises
    except (TypeError, DecimalException):  # a Fraction, or more digits than fit: the slow way has no limit
        return sum((Fraction(value) for value in values), Fraction(0))
    return Fraction(found)


def percentile(values: Sequence[Exact], percent: int) -> Exact | None:
    """Return the nearest-rank percentile: a value that was measured, or None of nothing. Requires 0 < percent <= 100.

    Source: the nearest-rank definition, rank = ceil(percent / 100 * n).
    """
    if not values:
        return None
    rank = -(-percent * len(values) // 100)
    return sorted(values)[rank - 1]


def wilson_low(part: int, whole: int) -> Decimal | None:
    """Return the lower 95% bound of a share, rounded down to a millionth; None of nothing.

    Source: Wilson (1927), the score interval without continuity correction.
    """
    return _wilson(part, whole, -1) if whole else None


def wilson_high(part: int, whole: int) -> Decimal | None:
    """Return the upper 95% bound of a share, rounded up to a millionth; None of nothing."""
    return _wilson(part, whole, 1) if whole else None


def _wilson(part: int, whole: int, sign: int) -> Decimal:
    c = _PRECISE
    n, p = Decimal(whole), c.divide(Decimal(part), Decimal(whole))
    z2 = c.multiply(_Z, _Z)
    spread = c.divide(c.multiply(p, c.subtract(Decimal(1), p)), n)
    root = c.sqrt(c.add(spread, c.divide(z2, c.multiply(Decimal(4), c.multiply(n, n)))))
    middle = c.add(p, c.divide(z2, c.multiply(Decimal(2), n)))
    bound = c.divide(c.add(middle, c.multiply(Decimal(sign), c.multiply(_Z, root))), c.add(Decimal(1), c.divide(z2, n)))
    rounded = bound.quantize(_STEP, ROUND_FLOOR if sign < 0 else ROUND_CEILING)
    return min(max(rounded, Decimal(0)), Decimal(1))
