"""From pydantic models to fields of the language.

`fields_of` reads any pydantic model; `Canonical` is the base of the models that ship with policykit: their values are
canonical (`policykit.vocabulary.types`) whatever they are built from, and None where not known. What policykit does not
understand in a model is an error where the model is defined, never ignored.

Example: `fields_of(Refund, "refund")["refund.amount"].type` is `money EUR`.
"""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Any, ClassVar, Self, Union, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_serializer, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from policykit.errors import VocabularyError
from policykit.vocabulary.annotation import type_of
from policykit.vocabulary.fields import Field
from policykit.vocabulary.known import Known
from policykit.vocabulary.rendering import as_json
from policykit.vocabulary.types import Value
from policykit.vocabulary.values import ValueProblem, coerce

WORD = re.compile(r"[a-z][a-z0-9_]*")
"""A name of the language, or one part of a dotted one."""
_MAX_WORDS = 120
_MAX_DEPTH = 5


def fields_of(model: type[BaseModel], prefix: str = "") -> dict[str, Field]:
    """Return the fields of a model by name.

    Args:
        model: each field carries a `Known` in its annotation, or is itself a model, whose fields get a dotted name.
        prefix: the first part of the names, `refund` for `refund.amount`; none for the fields of evidence.

    Raises:
        VocabularyError: a name, annotation or wording that the language cannot have.
    """
    return _fields(model, prefix, 1)


def _fields(model: type[BaseModel], prefix: str, depth: int) -> dict[str, Field]:
    if depth > _MAX_DEPTH:
        raise VocabularyError(f"`{model.__name__}` nests more than {_MAX_DEPTH} models deep")
    found: dict[str, Field] = {}
    for name, info in model.model_fields.items():
        place = f"{model.__name__}.{name}"
        full = f"{prefix}.{name}" if prefix else name
        inner = without_none(info.annotation)
        if issubclass(model, Canonical) and is_structure(name, inner):
            continue
        if WORD.fullmatch(name) is None:
            raise VocabularyError(f"`{place}` is not a name of the language: expected small letters, digits and `_`")
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= _fields(inner, full, depth + 1)
        else:
            found[full] = _field(place, full, info)
    return found


def _field(place: str, name: str, info: FieldInfo) -> Field:
    known = [m for m in info.metadata if isinstance(m, Known)]
    if len(known) != 1:
        raise VocabularyError(f"`{place}` needs one `Known` in its annotation: how else would a report speak of it")
    words = known[0].words.strip()
    if not words or len(words) > _MAX_WORDS or words.endswith(".") or "\n" in words:
        raise VocabularyError(f"the words of `{place}` must be one short phrase without a full stop: `{words[:40]}`")
    others = [m for m in info.metadata if not isinstance(m, Known)]
    type_ = type_of(place, without_none(info.annotation), known[0].type, others)
    return Field(name, type_, words, known[0].phases, known[0].standard, known[0].usual)


def without_none(annotation: Any) -> Any:
    """Return an annotation without `| None`: a field that may be missing is a field."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    parts = tuple(part for part in get_args(annotation) if part is not NoneType)
    return parts[0] if len(parts) == 1 else Union[parts]  # noqa: UP007 - built from a tuple


def is_structure(name: str, annotation: Any) -> bool:
    """Return whether a field of a `Canonical` holds elements or labels, which are not fields of the language."""
    return (name == "labels" and get_origin(annotation) is dict) or element_of(annotation) is not None


def element_of(annotation: Any) -> type[Element] | None:
    """Return the element of `tuple[X, ...]`, or None."""
    arguments = get_args(annotation)
    if get_origin(annotation) is not tuple or len(arguments) != 2 or arguments[1] is not Ellipsis:
        return None
    element = arguments[0]
    return element if isinstance(element, type) and issubclass(element, Element) else None


class Canonical(BaseModel):
    """A model whose values are canonical: `Refund(share="92%").share == Decimal("0.92")`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, defer_build=True)
    known: ClassVar[dict[str, Field]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.known = fields_of(cls)

    @field_validator("*", mode="wrap")
    @classmethod
    def _canonical(cls, raw: Any, handler: Any, info: ValidationInfo) -> Any:
        field = cls.known.get(info.field_name or "")
        if field is None:
            return handler(tuple(raw) if isinstance(raw, list) else raw)
        if raw is None:
            return None
        try:
            return coerce(field.type, raw)
        except ValueProblem as problem:
            context = {"expected": problem.expected, "got": problem.got}
            raise PydanticCustomError("value", "expected {expected}, got {got}", context) from problem

    @field_serializer("*", mode="wrap", when_used="json")
    def _json(self, value: Any, handler: Any, info: Any) -> Any:
        field = type(self).known.get(info.field_name)
        return handler(value) if field is None or value is None else as_json(field.type, cast("Value", value))

    def values(self) -> dict[str, Value]:
        """Return the fields that are known, by name; elements and labels stand apart."""
        return {name: value for name in type(self).known if (value := getattr(self, name)) is not None}


class Element(Canonical):
    """One element of a list in evidence, such as one case."""

    singular: ClassVar[str] = ""
    """The word in the policy: `every case in golden has ...`."""


class OpenElement(Element):
    """An element that carries further labels, such as the fields of a test case."""

    labels: dict[str, str] = {}
    """Text by name; the name may be dotted (`end_customer.group`). A label may not have the name of a field."""

    def values(self) -> dict[str, Value]:
        """Return the fields that are known, and the labels."""
        return {**self.labels, **super().values()}


class Evidence(Canonical):
    """Base of the kinds of evidence; the docstring's first line says what it is."""

    kind: ClassVar[str] = ""
    """The word in the policy: `evaluation`."""
    words: ClassVar[str] = ""
    """What a report calls it."""
    slice: ClassVar[type[Canonical] | None] = None
    """The fields that `every slice of X by Y has ...` can test, if it can be sliced."""

    def elements(self) -> dict[str, tuple[Self, ...]]:
        """Return the elements by their singular word."""
        found = {}
        for name, info in type(self).model_fields.items():
            element = element_of(without_none(info.annotation))
            if element is not None:
                found[element.singular] = getattr(self, name)
        return found
