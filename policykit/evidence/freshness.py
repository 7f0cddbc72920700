"""How old evidence is, and whether that is young enough.

Unknown is its own answer: evidence without a time is neither fresh nor stale, and never counts as fresh.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from policykit.errors import DecisionUsageError
from policykit.evidence.model import Evidence
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.vocabulary.types import Exact


class Freshness(StrEnum):
    """Whether evidence is young enough."""

    FRESH = "fresh"
    STALE = "stale"
    """Older than allowed."""
    EXPIRED = "expired"
    """Past the day that the evidence itself states."""
    FUTURE = "from the future"
    """Produced after the check: a clock or a zone is wrong."""
    UNKNOWN = "unknown"
    """An age is demanded, and nothing says when the evidence was produced."""

    def __bool__(self) -> bool:
        raise DecisionUsageError("freshness has several values: compare it")


def age_seconds(evidence: Evidence, now: datetime) -> Fraction | None:
    """Return seconds since the evidence was produced, exactly, or None when nothing says when.

    Args:
        evidence: the evidence.
        now: the instant of the check, aware.
    """
    if evidence.produced_at is None:
        return None
    return Fraction((now - evidence.produced_at) // timedelta(microseconds=1), 1_000_000)


def freshness(evidence: Evidence, now: datetime, max_age_seconds: Exact | None) -> Freshness:
    """Return whether evidence is young enough at an instant.

    Args:
        evidence: the evidence.
        now: the instant of the check, aware.
        max_age_seconds: `no older than`, inclusive; None when the clause demands no age.
    """
    if evidence.expires_at is not None and now >= evidence.expires_at:
        return Freshness.EXPIRED
    age = age_seconds(evidence, now)
    if age is not None and age < -CLOCK_TOLERANCE.total_seconds():
        return Freshness.FUTURE
    if max_age_seconds is None:
        return Freshness.FRESH
    if age is None:
        return Freshness.UNKNOWN
    return Freshness.FRESH if age <= max_age_seconds else Freshness.STALE
