"""Where a fact stands in the arguments or in the result of a function, and how its text is changed there.

    @guard.call({"call.text": Argument("messages", TEXTS), "call.model": "model"}, returns={"call.text": WHOLE})

A `Lens` reads a fact out of a value; one for texts also puts changed texts back. A plain parameter name is the whole
argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Lens(Protocol):
    """Reads the texts inside of a value, and makes a copy of the value with other texts in their place."""

    def read(self, value: Any) -> tuple[str, ...] | None:
        """Return the texts, None where the value is not understood: the fact is then unknown."""

    def write(self, value: Any, texts: Sequence[str]) -> Any:
        """Return the value with other texts, as many as `read` gave; the value itself stays as it is."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A fact's place: a parameter, and what to read of it."""

    parameter: str
    lens: Lens | None = None
    """For texts inside of a larger value, joined by line feeds; they can be changed."""
    read: Callable[[Any], object] | None = None
    """For any other fact inside of a larger value; it cannot be changed. Without either, the argument is the fact."""


@dataclass(frozen=True, slots=True)
class Result:
    """A fact's place in what a function returns."""

    lens: Lens | None = None
    read: Callable[[Any], object] | None = None


WHOLE = Result()
"""The value that the function returns; of a stream, its pieces together."""

MAX_DEPTH = 32
_FIGURES = frozenset({"datetime", "decimal", "uuid"})
"""Modules whose values hold no text; named, because importing them costs every guard its time."""


_LONG = 1_000_000
"""From here on a number has the seven digits that make it a text, as in requests: a card's or a phone's, say."""


class EveryText:
    """Every text and every long number inside of lists, tuples and dictionaries; keys of dictionaries are not texts.

    A value of any other kind may hold text that nobody can look at: the fact is then unknown, never empty.
    """

    def read(self, value: Any) -> tuple[str, ...] | None:
        """Return all texts in order; None where something is nested too deep or cannot be looked into."""
        found: list[str] = []
        try:
            return tuple(found) if _collect(value, found, 0) else None
        except ValueError:  # Python writes out no number of more than some thousand digits
            return None

    def write(self, value: Any, texts: Sequence[str]) -> Any:
        """Return the value with other texts in the same places; a number that changes becomes a string."""
        return _replaced(value, iter(texts))


TEXTS = EveryText()


def is_figure(value: Any) -> bool:
    """Whether a value is a number, a date or the like, in which no text can be."""
    if value is None or isinstance(value, int | float):
        return True
    return any(kind.__module__ in _FIGURES for kind in type(value).__mro__)


def _collect(value: Any, found: list[str], depth: int) -> bool:
    if depth > MAX_DEPTH:
        return False
    if (text := _text(value)) is not None:
        found.append(text)
        return True
    if isinstance(value, dict):
        return all(_collect(item, found, depth + 1) for item in dict.values(value))
    if isinstance(value, list | tuple):
        return all(_collect(item, found, depth + 1) for item in value)
    return is_figure(value)


def _text(value: Any) -> str | None:
    """Return a value as text by its letters, whatever a class of its own says of them."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and abs(value) >= _LONG:
        return int.__repr__(value)
    if isinstance(value, float) and abs(value) >= _LONG:
        return float.__repr__(value)
    return None


def _replaced(value: Any, texts: Any) -> Any:
    if (text := _text(value)) is not None:
        now = next(texts)
        return value if now == text and not isinstance(value, str) else now
    if isinstance(value, dict):
        return {key: _replaced(item, texts) for key, item in dict.items(value)}
    if isinstance(value, list):
        return [_replaced(item, texts) for item in value]
    if isinstance(value, tuple):
        items = [_replaced(item, texts) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
