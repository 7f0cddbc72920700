"""Prices of models: a list that is pinned by its digest, and what calls cost by it (docs/adr/0032)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = ["ExchangeRate", "ModelPrice", "PriceList", "PriceTable", "Rates", "Unpriced", "Usage"]

if TYPE_CHECKING:
    from policykit.pricing.entry import Unpriced
    from policykit.pricing.exchange import ExchangeRate
    from policykit.pricing.model_price import ModelPrice, Rates, Usage
    from policykit.pricing.reading import PriceList
    from policykit.pricing.table import PriceTable
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.pricing.entry": "Unpriced",
            "policykit.pricing.exchange": "ExchangeRate",
            "policykit.pricing.model_price": "ModelPrice Rates Usage",
            "policykit.pricing.reading": "PriceList",
            "policykit.pricing.table": "PriceTable",
        },
    )
