"""Keeps what readers understood within the words and types of the kind.

A value that the kind cannot have (a rate of 140%, a severity that the language does not know) becomes absent and is
reported: it never decides anything, and it is never read as something near it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policykit.evidence.problems import note
from policykit.source import Diagnostic
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field
from policykit.vocabulary.types import Kind, Type, Value
from policykit.vocabulary.values import ValueProblem, coerce

Values = Mapping[str, Value]
"""Canonical values by the name of their field."""
_MAX_LABEL = 1_000


def canonical_fields(
    values: Mapping[str, object], fields: Mapping[str, Field], place: str
) -> tuple[dict[str, Value], list[Diagnostic]]:
    """Return the values of declared fields in canonical form, and a note for each that has none."""
    found: dict[str, Value] = {}
    problems = []
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            continue
        if _is_plain(field.type.kind, value):
            found[name] = value  # type: ignore[assignment]
            continue
        try:
            found[name] = coerce(field.type, value)
        except ValueProblem as problem:
            problems.append(
                note(
                    "PK524",
                    f"`{name}` is left out: its value is not {field.type}",
                    place=place,
                    expected=problem.expected,
                    got=problem.got,
                )
            )
    return found, problems


def canonical_once(declared: Type, raw: object) -> Any:
    """Return a value that `canonical_fields` makes canonical, once a reader wants it refused where it cannot be.

    Of a day and an instant that is the value as it was written: in canonical form they are numbers, and a number in a
    file is neither.

    Raises:
        ValueProblem: the type cannot have this value.
    """
    value = coerce(declared, raw)
    return raw if declared.kind in (Kind.DATE, Kind.INSTANT) else value


def _is_plain(kind: Kind, value: object) -> bool:
    """Return whether a value is canonical at sight: most are, and a run has many thousands of them."""
    if kind is Kind.TEXT:
        return type(value) is str and value.isascii()
    return kind is Kind.YES_NO and (value is True or value is False)


def canonical_elements(
    elements: Mapping[str, Sequence[Mapping[str, object]]], kind: EvidenceKind, place: str
) -> tuple[dict[str, tuple[Values, ...]], list[Diagnostic]]:
    """Return the elements of declared lists, with their labels where the list is open, and at most one note a field."""
    found: dict[str, tuple[Values, ...]] = {}
    problems: dict[tuple[str, str], Diagnostic] = {}
    for singular, items in elements.items():
        element = kind.elements.get(singular)
        if element is None:
            continue
        made = []
        for item in items:
            values, wrong = canonical_fields(item, element.fields, place)
            made.append({**_labels(item, element), **values})
            problems.update({(singular, problem.message): problem for problem in wrong})
        found[singular] = tuple(made)
    return found, list(problems.values())


def _labels(item: Mapping[str, object], element: ElementKind) -> dict[str, Value]:
    if not element.open:
        return {}
    return {
        name: value
        for name, value in item.items()
        if name not in element.fields and isinstance(value, str) and len(value) <= _MAX_LABEL
    }


def canonical_slices(slices: Mapping[str, Mapping[str, object]], kind: EvidenceKind) -> dict[str, Values]:
    """Return the slices with the fields that slices of the kind have."""
    return {label: canonical_fields(values, kind.slice_fields, "")[0] for label, values in slices.items()}


def unknown_fields(names: Iterable[str], fields: Mapping[str, Field]) -> list[str]:
    """Return the names that the kind does not declare, sorted."""
    return sorted(set(names) - fields.keys())
