"""How values of a store become texts in a file, and back, without a digit lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from policykit.guard.stores.protocol import Cell, Entry
from policykit.vocabulary.types import Exact

MAX_KEY_BYTES = 256
"""Longer names of groups are kept as digests."""


def exact_text(number: Exact) -> str:
    """Return an exact number as text: `12`, `0.125`, `1/3`."""
    return str(number)


def exact_of(text: str) -> Exact:
    """Return the number of a text.

    Raises:
        ValueError: it is none that `exact_text` writes.
        ArithmeticError: as above.
    """
    if "/" in text:
        return Fraction(text)
    if text.removeprefix("-").isdecimal():
        return int(text)
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def optional_text(number: Exact | None) -> str | None:
    """Return an exact number as text, or None."""
    return None if number is None else exact_text(number)


def optional_of(text: str | None) -> Exact | None:
    """Return the number of a text, or None."""
    return None if text is None else exact_of(text)


def key_text(name: str) -> str:
    """Return the name of a group in bounded length; different names stay different."""
    data = name.encode("utf-8", "surrogatepass")
    if len(data) <= MAX_KEY_BYTES and b"\0" not in data and b"\xed" not in data:  # 0xED leads the halves of characters
        return name
    return "\0sha256:" + hashlib.sha256(data).hexdigest()


def entries_text(entries: Sequence[Entry]) -> str:
    """Return what a call adds, as JSON."""
    return json.dumps([[*e.cell, e.counts, optional_text(e.value), e.currency, e.keeps_values] for e in entries])


def entries_of(text: str) -> tuple[Entry, ...]:
    """Return what `entries_text` wrote.

    Raises:
        ValueError: it is none that `entries_text` writes.
    """
    return tuple(_entry(*row) for row in json.loads(text))


def _entry(  # noqa: PLR0913, PLR0917 - the columns
    window: str,
    group: str,
    slot: int,
    first: int,
    session: str,
    counts: bool,  # noqa: FBT001 - a column
    value: str | None,
    currency: str,
    keeps_values: bool,  # noqa: FBT001 - a column
) -> Entry:
    cell = Cell(window, group, slot, first, session)
    return Entry(cell, counts=counts, value=optional_of(value), currency=currency, keeps_values=keeps_values)
