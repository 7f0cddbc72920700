"""A whole call record, as JSON brings it, read strictly against the declared facts.

Deciding tolerates what it cannot understand, as unknown; a record from outside is refused instead, with everything that
is wrong with it, because a misspelt field would otherwise look like a missing one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.engine.scope import MISSING, understood
from policykit.errors import FactsError
from policykit.language.checked import WindowRead
from policykit.source import Diagnostic, did_you_mean
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import Type

MAX_FIELDS = 1_000
"""Fields of one record; a record with more is refused."""
MAX_DEPTH = 8
"""Levels of a nested record."""
_SHOWN = 80


def facts_of(record: object, facts: Mapping[str, Field], windows: Mapping[str, WindowRead]) -> dict[str, object]:
    """Return the facts of a record by their dotted names; a field of None is missing and left out.

    Args:
        record: nested, or with dotted names, or both; windows stand under their keys.
        facts: the declared facts.
        windows: the windows that the policy reads, by their keys.

    Raises:
        FactsError: the record cannot be understood; carries one diagnostic for each field that is wrong.
    """
    if not isinstance(record, dict):
        raise FactsError([Diagnostic("PK452", "a call record is an object with named fields")])
    types = {name: field.type for name, field in facts.items()} | {key: read.type for key, read in windows.items()}
    found: dict[str, object] = {}
    problems: list[Diagnostic] = []
    for count, (name, raw, unclear) in enumerate(leaves(record, types)):
        if count >= MAX_FIELDS:
            raise FactsError(
                [*problems[:20], Diagnostic("PK453", "too many fields", expected=f"at most {MAX_FIELDS:,}")]
            )
        problem = unclear or _problem(name, raw, types, found)
        if problem is not None:
            problems.append(problem)
        elif raw is not None:
            found[name] = raw
    if problems:
        raise FactsError(problems)
    return found


def leaves(
    level: dict[object, object], types: Mapping[str, Type], prefix: str = "", depth: int = 1
) -> Iterator[tuple[str, object, Diagnostic | None]]:
    """Yield the dotted name and the value of each field; what is an object and no fact itself holds further fields."""
    for key, raw in level.items():
        if not isinstance(key, str):
            yield "", None, Diagnostic("PK454", "a name of a field is a text", place=prefix.rstrip("."))
            continue
        name = prefix + key
        if isinstance(raw, dict) and name not in types:
            if depth >= MAX_DEPTH:
                yield name, None, Diagnostic("PK453", "the record is nested too deep", place=_short(name))
            elif not raw:
                yield name, None, _unknown(name, types)
            else:
                yield from leaves(raw, types, f"{name}.", depth + 1)
        else:
            yield name, raw, None


def _problem(name: str, raw: object, types: Mapping[str, Type], found: Mapping[str, object]) -> Diagnostic | None:
    type_ = types.get(name)
    if type_ is None:
        return _unknown(name, types)
    if name in found:
        return Diagnostic("PK458", f"field `{name}` is given twice", place=name)
    reading = understood(raw, type_)
    if reading.value is not None or reading.problem == MISSING:
        return None
    return Diagnostic(
        "PK457", f"field `{name}` cannot be understood", place=name, expected=reading.expected, got=reading.got
    )


def _unknown(name: str, types: Mapping[str, Type]) -> Diagnostic:
    shown = _short(name)
    return Diagnostic("PK459", f"field `{shown}` is not declared", place=shown, help=did_you_mean(name, types))


def _short(name: str) -> str:
    """Return a name in one line of bounded length."""
    from policykit.source.visible import visible  # only where something is wrong

    return visible(name, _SHOWN)
