"""What the project file states that a sign-off is given for: facts and the days of gates. The law: docs/adr/0028.

A signed statement holds them as text. One that no longer says what the project file says does not count; one that holds
none (of a form before this) counts only where the project file states none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project
from policykit.readiness.wording import value_text
from policykit.source.visible import quoted

MEMBER = "stated"
FACTS, GATES, PEOPLE, COLLECTORS = "facts", "gates", "people", "collected_by"
_WORDS = {FACTS: "fact", GATES: "day of the gate"}


def stated_by(project: Project, policy: CheckedPolicy) -> dict[str, dict[str, Any]]:
    """Return what a sign-off is given for, as JSON: facts, days of gates, and who fills roles or collected evidence."""
    return {
        FACTS: {
            name: value_text(value, policy.facts[name].type)
            for name, value in sorted(project.facts.items())
            if name in policy.facts  # others are refused when the project file is read; no clause reads them
        },
        GATES: {name: day.isoformat() for name, day in sorted(project.gates.items())},
        PEOPLE: {role: list(names) for role, names in sorted(project.people.items())},
        COLLECTORS: {
            name: bound.collected_by for name, bound in sorted(project.evidence.items()) if bound.collected_by
        },
    }


def changes(then: Mapping[str, Any], project: Project, policy: CheckedPolicy) -> Iterator[tuple[str, str, str]]:
    """Yield each fact and gate's day that is stated otherwise now than then: its words, then, now."""
    now = stated_by(project, policy)
    for part, words in _WORDS.items():
        before = _texts(then.get(part))
        for name in sorted(before.keys() | now[part].keys()):
            old, new = before.get(name, ""), now[part].get(name, "")
            if old != new:
                yield f"{words} {quoted(name)}", old or "not stated", new or "not stated"


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else {}


def people_of(then: Mapping[str, Any], role: str) -> frozenset[str]:
    """Return who filled a role when a statement was signed."""
    named = then.get(PEOPLE)
    names = named.get(role) if isinstance(named, dict) else None
    return frozenset(map(str, names)) if isinstance(names, list) else frozenset()


def collector_of(then: Mapping[str, Any], evidence: str) -> str:
    """Return who had collected an evidence when a statement was signed, or nothing."""
    return _texts(then.get(COLLECTORS)).get(evidence, "")
