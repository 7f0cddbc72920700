"""Prices of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Self

from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Exact, Money

_TOKENS = 1_000_000
"""Prices are for a million tokens."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs; None where nothing is known, which is not free."""

    model: str
    provider: str
    mode: str
    tokens: Mapping[str, Exact]
    """Price of one token by class (`input`, `cached_input`, `output`, `reasoning`), at the dearest step."""
    paid_by: frozenset[str]
    """The classes whose price must be known to know what a call costs."""
    max_input_tokens: int | None = None
    retires_on: date | None = None

    @property
    def priced(self) -> bool:
        """Return whether the cost of a call can be computed."""
        return self.paid_by <= self.tokens.keys()

    def values(self, currency: str) -> dict[str, object]:
        """Return it as an element that a policy can test."""
        found: dict[str, object] = {
            "name": self.model,
            "provider": self.provider or None,
            "mode": self.mode or None,
            "priced": self.priced,
            "max_input_tokens": self.max_input_tokens,
            "retires_on": self.retires_on,
        }
        for name, price in self.tokens.items():
            found[f"{name}_price"] = Money(Fraction(price) * _TOKENS, currency)
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PriceSummary:
    """All models of one price list, or of several."""

    prices: tuple[Price, ...]
    currency: str = "USD"

    def fields(self) -> Mapping[str, object]:
        """Return the fields of a price list."""
        priced = sum(price.priced for price in self.prices)
        found: dict[str, object] = {
            "models": len(self.prices),
            "priced_models": priced,
            "unpriced_models": len(self.prices) - priced,
            "priced_rate": ratio(priced, len(self.prices)),
            "earliest_retirement": min((p.retires_on for p in self.prices if p.retires_on is not None), default=None),
        }
        return {name: value for name, value in found.items() if value is not None}

    def elements(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the models."""
        return {"model": tuple(price.values(self.currency) for price in self.prices)}

    def slices(self, by: str) -> Mapping[str, Mapping[str, object]]:
        """Return nothing: a price list is not sliced."""
        del by
        return {}

    def plus(self, other: Self) -> Self:
        """Return the models of both."""
        return type(self)(self.prices + other.prices, self.currency)
