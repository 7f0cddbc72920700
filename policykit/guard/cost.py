"""What a call costs: a seam, because prices are the deployment's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from policykit.vocabulary.types import Money


class CostModel(Protocol):
    """Estimates and settles `call.cost` from the facts of a call. Pure; None means that it is not known."""

    def estimate(self, facts: Mapping[str, object]) -> Money | None:
        """Return the most that a call can cost, before it is made."""

    def settled(self, facts: Mapping[str, object]) -> Money | None:
        """Return what a call did cost, from the tokens that it used."""


@runtime_checkable
class Stated(Protocol):
    """A cost model that says what its prices rest on, such as `policykit.pricing.table.PriceTable`."""

    @property
    def stated(self) -> Mapping[str, object]:
        """Return it as JSON values, for the coverage record."""


def stated_by(model: object) -> Mapping[str, object] | None:
    """Return what the prices of a cost model rest on; None where it does not say."""
    return model.stated if isinstance(model, Stated) else None
