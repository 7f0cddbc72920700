"""A whole policy in plain English: its sections and clauses in the order of the file, then gates and sign-offs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from policykit.language import checked as c
from policykit.language.english.clauses import paragraph
from policykit.language.english.gates import gates_of
from policykit.source import Span


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the paragraphs below it."""

    heading: str
    paragraphs: tuple[str, ...]


def explain_policy(policy: c.CheckedPolicy, detectors: Mapping[str, str] = MappingProxyType({})) -> tuple[Part, ...]:
    """Return the whole policy, part by part.

    Args:
        policy: the checked policy.
        detectors: what each built-in detector finds, by name.

    Returns:
        A part for each section, in the order of the file, then one for the gates and who signs for them.
    """
    clauses = sorted(policy.clauses(), key=lambda clause: _place(clause.span, clause, policy))
    parts = [
        Part(_heading(section, policy), tuple(paragraph(clause, policy, detectors) for clause in group))
        for section, group in groupby(clauses, key=lambda clause: clause.section)
    ]
    gates = tuple(gates_of(policy))
    return (*parts, Part("Gates", gates)) if gates else tuple(parts)


def _place(span: Span, clause: c.Clause, policy: c.CheckedPolicy) -> tuple[bool, str, int]:
    """Return what sorts a clause: those of the file itself first, then those of each pack."""
    is_own = clause.source is None or clause.source is policy.source
    return not is_own, "" if is_own or clause.source is None else clause.source.name, span.start


def _heading(section: str, policy: c.CheckedPolicy) -> str:
    known = policy.sections.get(section)
    return known.title if known is not None else section or "Clauses without a section"
