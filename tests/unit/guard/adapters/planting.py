"""Values of a library's own types, each with a marker in one place that can hold a text.

`planted(annotation, marker)` follows an annotation (`TypedDict`, pydantic models, dataclasses, unions, lists, mappings,
literals) and yields, for every member that takes a text, the smallest value that the type allows with the marker there
and nowhere else. A path is made of members' names: `messages[].content[].text`; `{}` stands for the value of a mapping,
`{key}` for its key. The order is that of the annotations, so that test ids are the same in every process.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import types
import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

import typing_extensions

MAX_DEPTH = 9
_LISTS = (list, tuple, set, frozenset, collections.abc.Iterable, collections.abc.Sequence, collections.abc.Iterator)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_WRAPPERS = {typing.Required, typing.NotRequired, typing_extensions.Required, typing_extensions.NotRequired}


class Planted(NamedTuple):
    """A value with a marker."""

    path: str
    kinds: tuple[str, ...]
    """Names of the types on the way, outermost first."""
    value: Any

    def within(self, member: str, kind: str, value: Any) -> Planted:
        """Return the value as a member of a larger one."""
        dot = "" if not self.path or self.path[0] in "[{" else "."
        return Planted(f"{member}{dot}{self.path}", (kind, *self.kinds), value)


def planted(annotation: Any, marker: str, seen: tuple[Any, ...] = ()) -> Iterator[Planted]:
    """Yield every value of a type that has the marker in one place.

    Args:
        annotation: a type, or what stands in an annotation.
        marker: the text to plant.
        seen: the types on the way, so that one which contains itself ends.
    """
    annotation = _bare(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in {str, Any, object} or (isinstance(annotation, type) and issubclass(annotation, str)):
        if not (isinstance(annotation, type) and issubclass(annotation, enum.Enum)):
            yield Planted("", (), marker)
    elif origin in {typing.Union, types.UnionType}:
        for each in arguments:
            yield from planted(each, marker, seen)
    elif _is_list(origin):
        for each in arguments[:1]:
            for found in planted(each, marker, seen):
                yield found.within("[]", "", [found.value])
    elif origin in _MAPPINGS:
        yield Planted("{key}", (), {marker: minimal(arguments[1], seen)})
        for found in planted(arguments[1], marker, seen):
            yield found.within("{}", "", {"key": found.value})
    elif members(annotation) is not None and annotation not in seen and len(seen) < MAX_DEPTH:
        yield from _planted_members(annotation, marker, (*seen, annotation))


def _planted_members(kind: Any, marker: str, seen: tuple[Any, ...]) -> Iterator[Planted]:
    found_members = members(kind) or {}
    for name, (annotation, _) in found_members.items():
        for found in planted(annotation, marker, seen):
            rest = {n: minimal(a, seen) for n, (a, is_required) in found_members.items() if is_required and n != name}
            yield found.within(name, kind.__name__, _made(kind, {**rest, name: found.value}))


def minimal(annotation: Any, seen: tuple[Any, ...] = ()) -> Any:
    """Return the smallest value of a type: required members only, the first of a union or of literals."""
    annotation = _bare(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return arguments[0]
    if origin in {typing.Union, types.UnionType}:
        return minimal(min(arguments, key=lambda each: _bare(each) in seen), seen)
    if _is_list(origin) or annotation in {list, tuple}:
        return []
    if origin in _MAPPINGS or annotation is dict:
        return {}
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation)).value
    found = members(annotation)
    if found is not None and len(seen) < MAX_DEPTH * 2:
        inner = (*seen, annotation)
        return _made(annotation, {n: minimal(a, inner) for n, (a, is_required) in found.items() if is_required})
    plain = {bool: False, int: 1, float: 1.0, type(None): None, bytes: b"x"}
    return plain.get(annotation, "x")


def members(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """Return the members of a type with their annotations, and whether a value must have them; None if it has none."""
    if hasattr(kind, "model_fields"):
        return {name: (field.annotation, field.is_required()) for name, field in kind.model_fields.items()}
    if typing_extensions.is_typeddict(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        required = getattr(kind, "__required_keys__", frozenset())
        return {n: (each, _is_required(each, is_listed=n in required)) for n, each in hints.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        missing = dataclasses.MISSING
        return {
            each.name: (hints[each.name], each.default is missing and each.default_factory is missing)
            for each in dataclasses.fields(kind)
        }
    return None


def _is_required(annotation: Any, *, is_listed: bool) -> bool:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    origin = typing.get_origin(annotation)
    if origin in {typing.Required, typing_extensions.Required}:
        return True
    return is_listed and origin not in {typing.NotRequired, typing_extensions.NotRequired}


def _bare(annotation: Any) -> Any:
    """Return an annotation without what only says something about it."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated or origin in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, typing_extensions.TypeAliasType):
            annotation = annotation.__value__
        else:
            return annotation


def _is_list(origin: Any) -> bool:
    return origin in _LISTS or (isinstance(origin, type) and origin.__name__ == "SequenceNotStr")


def _made(kind: Any, values: dict[str, Any]) -> Any:
    if typing_extensions.is_typeddict(kind):
        return values
    if hasattr(kind, "model_construct"):
        return kind.model_construct(**{kind.model_fields[name].alias or name: each for name, each in values.items()})
    return kind(**values)
