"""The outcomes of a clause, and which of several is the gravest."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from policykit.errors import DecisionUsageError


class Outcome(StrEnum):
    """What became of a clause. They are never folded together."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_SUPPLIED = "not supplied"
    """The evidence is not there, or is about another system."""
    STALE = "stale"
    """The evidence is older than the clause allows."""
    INCONCLUSIVE = "inconclusive"
    """The evidence is there and proves nothing either way."""
    WAIVED = "waived"
    """Accepted for a time, whatever the true outcome."""
    NOT_APPLICABLE = "not applicable"
    NOT_DUE = "not yet due"
    """A target is not reached, and the day by which it must be has not ended."""
    ERROR = "error"
    """The evidence could not be understood."""

    @property
    def is_met(self) -> bool:
        """Whether this outcome does not hold up a gate."""
        return self in _MET

    @property
    def is_reached(self) -> bool:
        """Whether the clause counts as met; a target that is not yet due does not."""
        return self.is_met and self is not Outcome.NOT_DUE

    def __bool__(self) -> bool:
        raise DecisionUsageError("an outcome has nine values: compare it")


_MET = frozenset({Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE, Outcome.NOT_DUE})
_GRAVITY = (Outcome.ERROR, Outcome.NOT_SUPPLIED, Outcome.STALE, Outcome.INCONCLUSIVE)
"""Source: docs/adr/0026, step 2."""


def gravest(outcomes: Iterable[Outcome]) -> Outcome | None:
    """Return the gravest reason why evidence cannot be used, or None of nothing."""
    found = set(outcomes)
    return next((outcome for outcome in _GRAVITY if outcome in found), None)
