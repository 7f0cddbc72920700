"""What a call costs: a seam, because prices are the deployment's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from policykit.vocabulary.types import Money


class CostModel(Protocol):
    """Estimates and settles `call.cost` from the facts of a call. Pure; None means that it is not known."""

    def estimate(self, facts: Mapping[str, object]) -> Money | None:
        """Return the most that a call can cost, before it is made."""

    def settled(self, facts: Mapping[str, object]) -> Money | None:
        """Return what a call did cost, from the tokens that it used."""
