"""Every small way to break a file: a member deleted, doubled or of another type, and the file cut after any byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

OTHERS: tuple[Any, ...] = (None, True, 0, 7, -1, "", "x", "success", [], ["x"], {}, {"x": 1})
"""What a member is swapped for."""


def members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all members, at any depth."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield (*path, name)
        yield from members(inner, (*path, name))


def broken(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name and a copy of a value in which one member of an object is deleted or is of another type."""
    for path in members(value):
        where = ".".join(map(str, path))
        if isinstance(path[-1], str) and len(path) > 1:  # a whole entry less is another file
            copy = json.loads(json.dumps(value))
            del _at(copy, path[:-1])[path[-1]]
            yield f"{where} deleted", copy
        for other in OTHERS:
            if _type(other) is not _type(_at(value, path)):
                copy = json.loads(json.dumps(value))
                _at(copy, path[:-1])[path[-1]] = other
                yield f"{where} is {json.dumps(other)}", copy


def _type(value: Any) -> type:
    return float if type(value) is int else type(value)


def doubled(value: Any) -> Iterator[tuple[str, str]]:
    """Yield a name and the text of a value in which one member stands twice, with another value the second time."""
    for path in members(value):
        if isinstance(path[-1], str):
            copy = json.loads(json.dumps(value))
            parent = _at(copy, path[:-1])
            parent["\x00twice"] = 0
            name = json.dumps(path[-1])
            yield ".".join(map(str, path)), json.dumps(copy).replace('"\\u0000twice"', name)


def cuts(data: bytes, step: int = 1) -> Iterator[bytes]:
    """Yield the beginnings of a file."""
    return (data[:end] for end in range(1, len(data), step))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value
