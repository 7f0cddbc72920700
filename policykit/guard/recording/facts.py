"""Facts on record, in the clear: what other rules need to be tried on decisions of the past (`policykit replay`).

A value is written as the language writes it, or as plain JSON, so that reading it back gives the same value. What was
missing is null; what could not be understood, or is too long for a record, is listed apart. So whoever reads a record
knows of every name whether it was known, missing, or is not on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from policykit.guard.problems import problem, unknown_name
from policykit.vocabulary.call_texts import CALL_TEXTS

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.source import Diagnostic
    from policykit.vocabulary.types import Type

MAX_VALUE_BYTES = 4_000
"""Of one value as JSON; a longer one is left out, because a caller must not make a record that cannot be written."""
MAX_BYTES = 16_000
"""Of all values of one record together, which with every name leaves room for the rest of 65,535 bytes."""
MAX_NAME_CHARS = 8_000
"""Of all names together."""
NOT_UNDERSTOOD = "not understood"
TOO_LONG = "too long"

_PLAIN = frozenset({type(None), str, int, float, bool, Decimal, Fraction})
"""Values that nobody can change after they were picked up."""
_UNREADABLE = object()


class _Understood(NamedTuple):
    """A value that was read already: what it is written as need not read as itself."""

    value: object


Written = tuple[Mapping[str, object], Mapping[str, str]]
"""Values by name as JSON, and what was left out with the reason."""
NO_FACTS: Written = ({}, {})


class RecordedFacts:
    """What is picked up in each phase, and how it is written."""

    def __init__(self, policy: Policy, names: Iterable[str]) -> None:
        """Take names that `problems_of_recorded` has no problem with."""
        from policykit.engine.policy import PHASES

        wanted = tuple(dict.fromkeys(names))
        fields = policy.checked.facts
        self._phases: dict[str, tuple[tuple[str, Type], ...]] = {}
        for phase in PHASES:
            types = {name: fields[name].type for name in wanted if name in fields and phase in fields[name].phases}
            types |= {read.key: read.type for read in policy.windows(phase) if read.key in wanted}
            self._phases[phase] = tuple(types.items())

    def picked(self, phase: str, facts: Mapping[str, object]) -> tuple[object, ...]:
        """Return the values of a call as they are now; what somebody could change later is read at once."""
        values = []
        for name, type_ in self._phases[phase]:
            value = facts.get(name)
            values.append(value if type(value) in _PLAIN else _Understood(_read(value, type_)))
        return tuple(values)

    def written(self, phase: str, values: tuple[object, ...] | None) -> Written:
        """Return picked values as they stand in a record."""
        if values is None:
            return NO_FACTS
        found: dict[str, object] = {}
        left_out: dict[str, str] = {}
        room = MAX_BYTES
        for (name, type_), value in zip(self._phases[phase], values, strict=True):
            shown = _shown(value, type_)
            if shown is _UNREADABLE:
                left_out[name] = NOT_UNDERSTOOD
                continue
            size = _size(shown)
            if size > MAX_VALUE_BYTES or size > room:
                left_out[name] = TOO_LONG
                continue
            room -= size
            found[name] = shown
        return found, left_out


def facts_to_record(policy: Policy) -> tuple[str, ...]:
    """Return all facts and windows that rules of a policy read and that can be recorded, for `recorded_facts`."""
    from policykit.engine.policy import PHASES

    found = {name for phase in PHASES for name in policy.reads(phase)}
    found |= {read.key for phase in PHASES for read in policy.windows(phase)}
    return tuple(sorted(found - CALL_TEXTS))


def problems_of_recorded(policy: Policy, names: Iterable[str]) -> list[Diagnostic]:
    """Return what is wrong with `recorded_facts`."""
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        return []
    from policykit.engine.policy import PHASES

    facts = policy.checked.facts
    windows = {read.key for phase in PHASES for read in policy.windows(phase)}
    found = []
    for name in wanted:
        if name in CALL_TEXTS:
            help_ = "leave it out; a vault keeps texts: `commitments=Commitments(vault=...)`"
            what = f"`{name}` is a text of the call, which no record holds in the clear"
            found.append(problem("PK955", what, place="recorded_facts", help=help_))
        elif name not in facts and name not in windows:
            found.append(unknown_name("PK956", "fact or window", name, [*facts, *windows], "recorded_facts"))
        elif name in facts and not facts[name].phases:
            what = f"`{name}` is known only after the call, so no decision record can hold it"
            found.append(problem("PK957", what, place="recorded_facts"))
    if sum(map(len, wanted)) > MAX_NAME_CHARS:
        expected = f"names of at most {MAX_NAME_CHARS:,} characters together"
        found.append(problem("PK957", "too many facts for one record", place="recorded_facts", expected=expected))
    return found


def _read(value: object, type_: Type) -> object:
    from policykit.engine.scope import understood

    found = understood(value, type_).value
    return _UNREADABLE if found is None else found


def _shown(value: object, type_: Type) -> object:
    """Return a value as JSON; None where it is missing."""
    if value is None:
        return value
    from policykit.vocabulary.rendering import as_json

    found = value.value if isinstance(value, _Understood) else _read(value, type_)
    return found if found is _UNREADABLE else as_json(type_, found)  # type: ignore[arg-type]


def _size(shown: object) -> int:
    """Return how many bytes a value takes in a record."""
    from policykit.trail.entries_text import json_text

    return len(json_text(shown).encode())
