"""The type of the language that an annotation of Python stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from policykit.errors import VocabularyError
from policykit.vocabulary.exact import ValueProblem, exact
from policykit.vocabulary.types import (
    DATE,
    DURATION,
    INSTANT,
    MONEY,
    NUMBER,
    TEXT,
    TIME,
    YES_NO,
    Exact,
    Kind,
    Money,
    Type,
    choice,
)

_NUMBERS = frozenset({int, float, Decimal, Fraction})
_PLAIN: dict[Any, Type] = {
    str: TEXT,
    bool: YES_NO,
    int: NUMBER,
    float: NUMBER,
    Decimal: NUMBER,
    Fraction: NUMBER,
    Money: MONEY,
    dt.date: DATE,
    dt.datetime: INSTANT,
    dt.time: TIME,
    dt.timedelta: DURATION,
}
_CANONICAL_NUMBER = Union[int, Decimal, Fraction]  # noqa: UP007 - compared with the annotation below
_HOLDS: dict[Kind, frozenset[Any]] = {
    Kind.TEXT: frozenset({str}),
    Kind.CHOICE: frozenset({str}),
    Kind.YES_NO: frozenset({bool}),
    Kind.NUMBER: _NUMBERS,
    Kind.COUNT: frozenset({int}),
    Kind.PERCENT: _NUMBERS,
    Kind.POINTS: _NUMBERS,
    Kind.MONEY: _NUMBERS | {Money},
    Kind.DURATION: _NUMBERS | {dt.timedelta},
    Kind.TIME: frozenset({int, dt.time}),
    Kind.DATE: frozenset({int, dt.date}),
    Kind.INSTANT: _NUMBERS | {dt.datetime},
}
"""What a field of Python may hold when its `Known` names a type."""


def type_of(place: str, annotation: Any, declared: Type | None, others: Sequence[Any]) -> Type:
    """Return the type of a field.

    Args:
        place: the field, for messages.
        annotation: its annotation without `| None`.
        declared: the type that its `Known` names; it must fit the annotation.
        others: further metadata; `ge` and `le` become the range, anything else is refused.

    Raises:
        VocabularyError: the language has no such type.
    """
    if declared is None:
        found = _from_annotation(place, annotation)
    elif _fits(annotation, declared):
        found = declared
    else:
        raise VocabularyError(f"`{place}` is declared as {declared}, which its annotation cannot hold")
    for constraint in others:
        found = _bounded(place, found, constraint)
    return found


def _from_annotation(place: str, annotation: Any) -> Type:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if get_origin(annotation) is Literal and all(isinstance(a, str) for a in get_args(annotation)):
        return choice(*get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return choice(*(member.value for member in annotation))
    element = _item(annotation)
    if element is not None:
        return Type(Kind.LIST, element=_from_annotation(place, element))
    if annotation == _CANONICAL_NUMBER:
        return NUMBER
    raise VocabularyError(f"the language has no type for the annotation of `{place}`")


def _item(annotation: Any) -> Any:
    """Return what `list[X]` or `tuple[X, ...]` holds, or None."""
    arguments = get_args(annotation)
    if get_origin(annotation) is list:
        return arguments[0]
    if get_origin(annotation) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return arguments[0]
    return None


def _fits(annotation: Any, declared: Type) -> bool:
    if declared.kind is Kind.LIST:
        item = _item(annotation)
        return item is not None and declared.element is not None and _fits(item, declared.element)
    if get_origin(annotation) in (Union, UnionType):
        return all(part in _HOLDS[declared.kind] for part in get_args(annotation))
    return annotation in _HOLDS[declared.kind]


def _bounded(place: str, type_: Type, constraint: Any) -> Type:
    low, high = getattr(constraint, "ge", None), getattr(constraint, "le", None)
    if (low is None and high is None) or not type_.is_numeric:
        raise VocabularyError(f"the constraint `{constraint!r}` of `{place}` has no meaning in the language")
    try:
        bounds: dict[str, Exact] = {n: exact(b) for n, b in (("low", low), ("high", high)) if b is not None}
    except ValueProblem as problem:
        raise VocabularyError(f"the range of `{place}` is not exact: {problem}") from problem
    return replace(type_, **bounds)  # type: ignore[arg-type]
