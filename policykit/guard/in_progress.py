"""A call in progress, as the parts see it that carry a decision out and put it on record."""

from __future__ import annotations

from typing import Protocol

from policykit.guard.context import Session
from policykit.guard.plan import Plan


class CallInProgress(Protocol):
    """What `policykit.guard.open_call.OpenCall` is to them."""

    id: str
    plan: Plan
    facts: dict[str, object]
    session: Session
    fallback: str
    made_ns: int
    started_ns: int

    def decision_id(self, phase: str) -> str:
        """Return the identifier of the decision of a phase."""
