"""The types of the language: what a fact, a field of evidence or a literal is.

At runtime there are four shapes of canonical values, whatever the type:

    text, choice                     str
    yes or no                        bool
    list of ...                      tuple of canonical values
    everything that can be compared  an exact number: int, Decimal or Fraction

    number, count    the number itself
    percent          the ratio, so 95% is 0.95; percentage points likewise, 1 percentage point is 0.01
    money            the amount in units of its currency; with an open currency: `Money(amount, currency)`
    duration         seconds
    time             seconds since midnight
    date             days, `date.toordinal()`
    instant          seconds since 1970-01-01T00:00:00Z

A binary float that comes in from JSON means its shortest decimal text and is never computed with as a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from policykit.vocabulary.phase import Phase as Phase  # noqa: PLC0414 - type checkers take this for an export

Exact = int | Decimal | Fraction
"""An exact number. `bool` is not one, though Python says otherwise."""


class Money(NamedTuple):
    """An amount whose currency is known only at runtime."""

    amount: Exact
    currency: str


Value = str | bool | int | Decimal | Fraction | Money | tuple["Value", ...]
"""A canonical value."""


class Kind(StrEnum):
    """The kinds of types, named as diagnostics name them."""

    TEXT = "text"
    CHOICE = "one of"
    YES_NO = "yes or no"
    NUMBER = "number"
    COUNT = "count"
    PERCENT = "percent"
    POINTS = "percentage points"
    MONEY = "money"
    DURATION = "duration"
    TIME = "time of day"
    DATE = "date"
    INSTANT = "instant"
    LIST = "list"


NUMERIC = frozenset(
    {
        Kind.NUMBER,
        Kind.COUNT,
        Kind.PERCENT,
        Kind.POINTS,
        Kind.MONEY,
        Kind.DURATION,
        Kind.TIME,
        Kind.DATE,
        Kind.INSTANT,
    }
)
"""Kinds whose canonical value is an exact number, so that they have an order."""

TEXTUAL = frozenset({Kind.TEXT, Kind.CHOICE})
"""Kinds whose canonical value is a text."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type with its unit and range."""

    kind: Kind
    currency: str | None = None
    """ISO 4217 code of a money type; None means that each value brings its own."""
    choices: tuple[str, ...] = ()
    """The allowed texts of a choice, in the order declared."""
    element: Type | None = None
    """What a list holds."""
    low: Exact | None = None
    """Smallest allowed canonical number, inclusive."""
    high: Exact | None = None
    """Largest allowed canonical number, inclusive."""

    def __str__(self) -> str:
        """Return the type as the language writes it."""
        return _write(self)

    @property
    def is_numeric(self) -> bool:
        """Whether values have an order."""
        return self.kind in NUMERIC


def _write(type_: Type) -> str:
    if type_.kind is Kind.MONEY:
        return f"money {type_.currency}" if type_.currency else "money"
    if type_.kind is Kind.CHOICE:
        return "one of " + ", ".join(f'"{c}"' for c in type_.choices)
    if type_.kind is Kind.LIST:
        return f"list of {type_.element}"
    return type_.kind.value


TEXT = Type(Kind.TEXT)
YES_NO = Type(Kind.YES_NO)
NUMBER = Type(Kind.NUMBER)
COUNT = Type(Kind.COUNT, low=0)
PERCENT = Type(Kind.PERCENT, low=0, high=1)
POINTS = Type(Kind.POINTS)
MONEY = Type(Kind.MONEY)
DURATION = Type(Kind.DURATION, low=0)
TIME = Type(Kind.TIME, low=0, high=86_399)
DATE = Type(Kind.DATE)
INSTANT = Type(Kind.INSTANT)
LIST_OF_TEXT = Type(Kind.LIST, element=TEXT)


def choice(*choices: str) -> Type:
    """Return the type of the given texts."""
    return Type(Kind.CHOICE, choices=choices)


def money(currency: str) -> Type:
    """Return the type of amounts in one currency (ISO 4217 code)."""
    return Type(Kind.MONEY, currency=currency)


ALL_PHASES = frozenset(Phase)
