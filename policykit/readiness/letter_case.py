"""Notes on texts in a condition that differ from the evidence only in small and capital letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from policykit.engine.scope import Scope
from policykit.engine.truth import elements, operand
from policykit.language import checked as c
from policykit.language.check.logic.letter_case import other_spellings, texts_of
from policykit.language.walk import atoms
from policykit.readiness.wording import operand_text
from policykit.vocabulary.values import quoted

_MOST = 2
"""Spellings in one note."""


def letter_case_notes(checks: tuple[c.Check | None, ...], scope: Scope) -> tuple[str, ...]:
    """Return a note for each text that a condition looks for and that the evidence spells in other letters.

    Args:
        checks: conditions of one clause.
        scope: the values in the files.
    """
    found = chain.from_iterable(_notes(check, scope) for check in checks if check is not None)
    return tuple(dict.fromkeys(found))


def _notes(check: c.Check, scope: Scope) -> Iterator[str]:
    for atom in atoms(check):
        if isinstance(atom, c.Quantified):
            yield from _of_elements(atom, scope)
        elif (compared := texts_of(atom)) is not None:
            yield from _of_texts(*compared, (scope,))


def _of_elements(check: c.Quantified, scope: Scope) -> Iterator[str]:
    scopes = tuple(inner for _, inner in elements(check, scope))
    for atom in atoms(check.has):
        if (compared := texts_of(atom)) is not None:
            yield from _of_texts(*compared, scopes)
    evidence = scope.facts.evidence.get(check.evidence)
    if check.by is not None and evidence is not None:
        for group in check.groups:
            yield from _note(f"`{check.by}`", group, sorted(evidence.slices(check.by)))


def _of_texts(item: c.Operand, texts: tuple[str, ...], scopes: tuple[Scope, ...]) -> Iterator[str]:
    values = set(chain.from_iterable(_texts(operand(item, scope)) for scope in scopes))
    for text in texts:
        yield from _note(f"`{operand_text(item)}`", text, sorted(values))


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in values if isinstance(item, str))


def _note(what: str, text: str, values: Iterable[str]) -> Iterator[str]:
    meant = other_spellings(text, values)
    if meant:
        spelled = " and ".join(map(quoted, meant[:_MOST]))
        yield f"{what} is {spelled}, and the policy compares it with {quoted(text)}: letter case counts"
