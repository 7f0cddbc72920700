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


class EveryText:
    """Every text inside of lists, tuples and dictionaries, at any depth; keys of dictionaries are not texts.

    Numbers, dates and None hold none. Whatever else there is (bytes, sets, objects) may: the fact is then unknown.
    """

    def read(self, value: Any) -> tuple[str, ...] | None:
        """Return all texts in order; None where the value is nested too deep, or holds what is not understood."""
        found: list[str] = []
        return tuple(found) if _collect(value, found, 0) else None

    def write(self, value: Any, texts: Sequence[str]) -> Any:
        """Return the value with other texts in the same places."""
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
    if isinstance(value, str):
        found.append(str.__str__(value))  # a class of its own is text like any other
        return True
    if isinstance(value, dict):
        return all(_collect(item, found, depth + 1) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_collect(item, found, depth + 1) for item in value)
    return is_figure(value)


def _replaced(value: Any, texts: Any) -> Any:
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: _replaced(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, texts) for item in value]
    if isinstance(value, tuple):
        items = [_replaced(item, texts) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
