"""Texts that differ from what a tool is known to write only in small and capital letters.

Texts are compared exactly, so such a condition is never true of the tool's own value, and its negation always is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from policykit.language import checked as c
from policykit.language.check.logic.comparisons import describe
from policykit.language.check.scope import Place
from policykit.vocabulary.fields import Field
from policykit.vocabulary.values import quoted

Atom = TypeVar("Atom", bound=c.Compare | c.Member | c.ContainsItem | c.ContainsPattern)


def spelled_as_usual(place: Place, atom: Atom | None) -> Atom | None:
    """Return a condition as it is, after a warning of each text in it that tools write in other letters."""
    compared = None if atom is None else texts_of(atom)
    if atom is None or compared is None:
        return atom
    operand, texts = compared
    field = _field_of(place, operand)
    for text in texts:
        meant = other_spellings(text, field.usual if field is not None else ())
        if meant:
            known = " and ".join(map(quoted, meant))
            place.report.warn(
                "PK555",
                f"{describe(operand)} is compared with {quoted(text)}, and tools write {known}",
                atom.span,
                help=f"write {' or '.join(map(quoted, meant))}, if this is what is meant",
            )
    return atom


def texts_of(atom: c.Check) -> tuple[c.Operand, tuple[str, ...]] | None:
    """Return the operand of a condition and the whole texts that it is compared with; None where there are none."""
    match atom:
        case c.Compare(left=operand, right=c.Constant(value=str() as text)):
            return operand, (text,)
        case c.Member(value=operand, options=values) | c.ContainsItem(value=operand, items=values):
            return operand, tuple(value for value in values if isinstance(value, str))
        case _:
            return None


def other_spellings(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known texts that differ only in their letters' case; nothing where the text itself is known."""
    known, folded = tuple(known), text.casefold()
    found = tuple(value for value in known if value.casefold() == folded)
    return () if text in found else found


def _field_of(place: Place, operand: c.Operand) -> Field | None:
    match operand:
        case c.FactRead():
            return place.scope.vocabulary.facts.get(operand.name)
        case c.EvidenceRead():
            declared = place.scope.evidence.entries.get(operand.evidence)
            return declared.kind.fields.get(operand.field) if declared is not None else None
        case c.ElementRead():
            return place.element.fields.get(operand.name) if place.element is not None else None
        case _:
            return None
