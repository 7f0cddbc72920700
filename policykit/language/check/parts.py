"""Parts that clauses share: owner, phases, evidence, due date, remedy; and the defaults of sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.amounts import seconds
from policykit.language.check.report import Report
from policykit.language.check.scope import Scope
from policykit.source import Label
from policykit.vocabulary.types import Phase

_PHASES = {phase.value: phase for phase in Phase}
_HABITS = {
    "input": "request", "prompt": "request", "output": "response", "answer": "response", "error": "failure",
    "tool_input": "tool input", "tool_call": "tool input", "tool_output": "tool output",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a section says for the clauses behind it."""

    section: str = ""
    owners: tuple[str, ...] = ()
    before: c.Due | None = None
    remedy: c.Remedy | None = None
    on: frozenset[Phase] = frozenset()
    names_phases: bool = False
    """Whether the section has an `on`, even if nothing in it is a phase."""


def section(scope: Scope, node: s.Section) -> Defaults:
    """Declare a section and return its defaults."""
    scope.sections.declare(node.name, c.SectionInfo(node.name.text, node.title.value, node.name.span))
    return Defaults(
        node.name.text,
        roles(scope, node.owners),
        due(scope, node.before) if node.before is not None else None,
        remedy(scope, node.remedy) if node.remedy is not None else None,
        phases_of(scope.report, node.on),
        bool(node.on),
    )


def phases_of(report: Report, names: tuple[s.Name, ...]) -> frozenset[Phase]:
    """Return the phases that are named; unknown and repeated ones are reported."""
    each_once(report, names, "phase")
    return frozenset(phase for name in names for phase in [phase_of(report, name)] if phase is not None)


def phase_of(report: Report, name: s.Name) -> Phase | None:
    """Return one phase by its name, or None after reporting that there is none."""
    phase = _PHASES.get(name.text)
    if phase is None:
        habit = _HABITS.get(name.text)
        report.error(
            "PK119",
            f"unknown phase `{name.text}`",
            name.span,
            expected=f"one of {', '.join(f'`{word}`' for word in _PHASES)}",
            help=f"did you mean `{habit}`?" if habit else report.suggest(name.text, _PHASES),
        )
    return phase


def each_once(report: Report, names: Iterable[s.Name], what: str) -> None:
    """Report words that stand twice in a list."""
    seen: dict[str, s.Name] = {}
    for name in names:
        if name.text in seen:
            report.error(
                "PK321",
                f"the {what} `{name.text}` is named twice",
                name.span,
                labels=(Label(seen[name.text].span, "first named here"),),
                help="delete one of them",
            )
        seen.setdefault(name.text, name)


def roles(scope: Scope, names: tuple[s.Name, ...]) -> tuple[str, ...]:
    """Return the names of roles, each known and named once."""
    each_once(scope.report, names, "role")
    return tuple(scope.role(name) for name in names)


def due(scope: Scope, node: s.Before) -> c.Due:
    """Return before which gate, and how often after it."""
    gate = scope.gate(node.gate)
    every = seconds(scope, node.every, "the interval") if node.every is not None else None
    return c.Due(gate, every)


def remedy(scope: Scope, node: s.Remedy) -> c.Remedy:
    """Return who mends it, in which time."""
    if not node.text.value.strip():
        scope.report.error("PK111", "the words of the remedy are blank", node.text.span, expected="what is to be done")
    within = seconds(scope, node.within, "the time to remedy")
    return c.Remedy(scope.party(node.party), within or 0, node.text.value)


def trust(scope: Scope, node: s.ShownBy) -> c.Trust:
    """Return the evidence that a clause is shown by."""
    each_once(scope.report, node.evidence, "evidence")
    for name in node.evidence:
        scope.evidence.find(name, scope.tables())
    age = node.no_older_than
    limit = seconds(scope, age, "the age of evidence") if age is not None else None
    return c.Trust(tuple(name.text for name in node.evidence), node.trust, limit)
