"""Whether two calls are the same one: values as texts that are equal for equal values alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType
from typing import Any

from policykit.vocabulary.types import Money

MAX_DEPTH = 100
_MODULES = frozenset({"builtins", "datetime", "decimal", "fractions"})
"""Where types are from whose `repr` says all that a value is."""
_HOLDERS = (list, tuple, set, frozenset, dict)


def told_apart(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield texts that are the same for an equal value, and for no other.

    An object of which that cannot be said is like no other, not even itself: its address may be another's tomorrow.
    """
    kind = type(value)
    if isinstance(value, str):
        yield from ("str", str.__str__(value))
    elif depth < MAX_DEPTH and kind in {list, tuple}:
        yield from (kind.__name__, str(len(value)))
        for item in value:
            yield from told_apart(item, depth + 1)
    elif depth < MAX_DEPTH and kind is dict and all(isinstance(name, str) for name in value):
        yield from ("dict", str(len(value)))
        for name in sorted(value):
            yield from ("name", str.__str__(name))
            yield from told_apart(value[name], depth + 1)
    elif isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        yield from ("code", f"{value.__module__}.{value.__qualname__}")
    elif kind is Money or (kind.__module__ in _MODULES and kind is not object and not isinstance(value, _HOLDERS)):
        yield from (kind.__name__, repr(value))
    else:
        yield from ("like no other", secrets.token_hex(16))
