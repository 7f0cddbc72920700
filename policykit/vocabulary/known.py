"""The metadata that turns a field of a pydantic model into a word of the language.

Example:
    class Refund(BaseModel):
        amount: Annotated[Decimal, amount("amount to be refunded", "EUR")]
        share: Annotated[Decimal, percent("share of the invoice that is refunded")]
"""

from __future__ import annotations

from dataclasses import dataclass

from policykit.vocabulary.types import (
    ALL_PHASES,
    COUNT,
    DATE,
    DURATION,
    INSTANT,
    LIST_OF_TEXT,
    MONEY,
    PERCENT,
    TEXT,
    YES_NO,
    Exact,
    Kind,
    Money,
    Phase,
    Type,
    choice,
)

# What a model's field holds; None stands for not known. The words and the unit stand in its `Known`.
Text = str | None
Texts = tuple[str, ...] | None
Flag = bool | None
Whole = int | None
Number = Exact | None
Amount = Money | None


@dataclass(frozen=True, slots=True)
class Known:
    """How a field is known to the language."""

    words: str
    """How a report speaks of it, after `the`: `model that was asked`. No full stop."""
    type: Type | None = None
    """None: the type follows from the annotation."""
    phases: frozenset[Phase] = ALL_PHASES
    """When a fact about a call is known. Empty: never during the call itself, only in windows over past calls."""
    standard: str = ""
    """The name in the standard that it comes from, such as `gen_ai.request.model`."""
    usual: tuple[str, ...] = ()
    """Values that tools are known to write, as they spell them; others may occur."""


def text(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "", usual: tuple[str, ...] = ()) -> Known:
    """Return a text."""
    return Known(words, TEXT, phases, standard, usual)


def texts(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a list of texts."""
    return Known(words, LIST_OF_TEXT, phases, standard)


def one_of(words: str, *choices: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a text that is one of those given."""
    return Known(words, choice(*choices), phases, standard)


def flag(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a yes or no; its words read after `whether`."""
    return Known(words, YES_NO, phases, standard)


def count(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a whole number of things, 0 or more."""
    return Known(words, COUNT, phases, standard)


def number(
    words: str,
    low: Exact | None = None,
    high: Exact | None = None,
    phases: frozenset[Phase] = ALL_PHASES,
    standard: str = "",
) -> Known:
    """Return a number without a unit."""
    return Known(words, Type(Kind.NUMBER, low=low, high=high), phases, standard)


def percent(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a share between 0% and 100%."""
    return Known(words, PERCENT, phases, standard)


def amount(words: str, currency: str | None = None, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return an amount of money, 0 or more; without a currency each value brings its own."""
    return Known(words, Type(Kind.MONEY, currency=currency, low=0) if currency else _ANY_MONEY, phases, standard)


def duration(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a length of time, 0 or more."""
    return Known(words, DURATION, phases, standard)


def day(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return a date."""
    return Known(words, DATE, phases, standard)


def instant(words: str, phases: frozenset[Phase] = ALL_PHASES, standard: str = "") -> Known:
    """Return an instant."""
    return Known(words, INSTANT, phases, standard)


_ANY_MONEY = Type(MONEY.kind, low=0)
POINTS_GAP = Type(Kind.POINTS, low=0, high=1)
"""A difference between two shares, without a sign."""
