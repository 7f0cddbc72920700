"""Prices of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from policykit.evidence.model import Values
from policykit.vocabulary.types import Exact, Money, Value


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; None where nothing is known, which is not free."""

    model: str
    provider: str
    mode: str
    input_token: Exact | None
    """For one token, at the dearest step of a tiered price."""
    output_token: Exact | None
    deprecated_on: date | None = None

    def values(self, currency: str) -> Values:
        """Return it as an element that a policy can test."""
        found: dict[str, Value] = {"name": self.model, "provider": self.provider, "mode": self.mode}
        if self.input_token is not None:
            found["input_token_price"] = Money(self.input_token, currency)
        if self.output_token is not None:
            found["output_token_price"] = Money(self.output_token, currency)
        if self.deprecated_on is not None:
            found["deprecated_on"] = self.deprecated_on.toordinal()
        return {name: value for name, value in found.items() if value != ""}


@dataclass(frozen=True, slots=True)
class PriceSummary:
    """All models of one price list, or of several."""

    prices: tuple[Price, ...]
    currency: str = "USD"

    def fields(self) -> Values:
        """Return the fields of a price list."""
        unpriced = sum(price.input_token is None or price.output_token is None for price in self.prices)
        found: dict[str, Value] = {"models": len(self.prices), "unpriced": unpriced}
        ends = [price.deprecated_on.toordinal() for price in self.prices if price.deprecated_on is not None]
        if ends:
            found["next_deprecation"] = min(ends)
        return found

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return the models."""
        return {"model": tuple(price.values(self.currency) for price in self.prices)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return nothing: a price list is not sliced."""
        del by
        return {}

    def plus(self, other: Self) -> Self:
        """Return the models of both."""
        return type(self)(self.prices + other.prices, self.currency)
