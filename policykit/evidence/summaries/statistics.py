"""Exact statistics: no binary floats, no rounding."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from policykit.vocabulary.types import Exact


def ratio(part: int, whole: int) -> Fraction | None:
    """Return part / whole, or None when there is nothing to divide by: no cases is not 0%."""
    return Fraction(part, whole) if whole else None


def mean(values: Sequence[Exact]) -> Fraction | None:
    """Return the arithmetic mean, or None of nothing."""
    return sum((Fraction(value) for value in values), Fraction(0)) / len(values) if values else None


def percentile(values: Sequence[Exact], percent: int) -> Exact | None:
    """Return the nearest-rank percentile: a value that was measured, or None of nothing. Requires 0 < percent <= 100.

    Source: the nearest-rank definition, rank = ceil(percent / 100 * n).
    """
    if not values:
        return None
    rank = -(-percent * len(values) // 100)
    return sorted(values)[rank - 1]
