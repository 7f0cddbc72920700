"""What is used instead of a call: the functions behind the policy's `fallback` names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fallback:
    """A function that stands in for guarded calls, with the facts in which its call differs.

    It is called with the arguments of the call that it replaces, and passes all rules again.
    """

    function: Callable[..., Any]
    facts: Mapping[str, object] = field(default_factory=dict)
    """Facts of the fallback's call, such as its `call.model`; None says that a fact does not apply."""


def as_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives an answer as a whole: of a generator function, its pieces together."""
    if inspect.isgeneratorfunction(function):
        return functools.wraps(function)(lambda *args, **kwargs: _joined(list(function(*args, **kwargs))))
    if not inspect.isasyncgenfunction(function):
        return function

    @functools.wraps(function)
    async def gathered(*args: Any, **kwargs: Any) -> Any:
        return _joined([piece async for piece in function(*args, **kwargs)])

    return gathered


def _joined(pieces: list[Any]) -> Any:
    """Return texts joined, anything else as the list that it is."""
    return "".join(pieces) if all(isinstance(piece, str) for piece in pieces) else pieces
