"""A rate of exchange: stated, exact, and on record. Currencies are never converted without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from policykit.errors import PricesError
from policykit.source import Diagnostic
from policykit.vocabulary.currencies import currency_meant
from policykit.vocabulary.exact import ValueProblem, exact, quoted_input
from policykit.vocabulary.types import Exact
from policykit.vocabulary.units import CURRENCIES


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What one unit of the table's currency is in another currency."""

    currency: str
    """ISO 4217 code of the other currency."""
    rate: str
    """Its amount for one unit of the table's, as a decimal text: `ExchangeRate("EUR", "0.91", ...)`."""
    as_of: date
    """The day of the rate."""
    source: str
    """Who states it."""

    def __post_init__(self) -> None:
        """Raise PricesError (PK370) unless everything can be used and put on record."""
        check_currency(self.currency)
        _ = self.factor
        if type(self.as_of) is not date:
            raise _unusable("has no day", "a date such as date(2026, 11, 20)", "something else")
        if not str(self.source or "").strip():
            raise _unusable("names nobody who states it", "the name of its source", "nothing")

    @property
    def factor(self) -> Exact:
        """Return the rate as an exact number."""
        expected = "a positive decimal number as a text, such as `0.91`"
        if not isinstance(self.rate, str):
            raise _unusable("is not exact", expected, "a value that is no text")
        try:
            found = exact(Decimal(self.rate)) if len(self.rate) <= 100 else 0
        except (InvalidOperation, ValueProblem):
            found = 0
        if found <= 0:
            raise _unusable("cannot be used", expected, quoted_input(self.rate))
        return found

    @property
    def stated(self) -> dict[str, str]:
        """Return it as records state it."""
        return {
            "currency": self.currency,
            "rate": self.rate,
            "as_of": self.as_of.isoformat(),
            "source": str(self.source)[:200],
        }


def check_currency(code: object) -> None:
    """Refuse what is no currency.

    Raises:
        PricesError: it is not a code of ISO 4217.
    """
    if code not in CURRENCIES:
        shown = quoted_input(code) if isinstance(code, str) else "something else"
        hint = currency_meant(code) if isinstance(code, str) else ""
        raise PricesError(
            [Diagnostic("PK371", "there is no such currency", expected="a code of ISO 4217", got=shown, help=hint)]
        )


def _unusable(what: str, expected: str, got: str) -> PricesError:
    return PricesError([Diagnostic("PK370", f"the rate of exchange {what}", expected=expected, got=got)])
