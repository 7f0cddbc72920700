"""Mistakes of form in what clauses have: gates, ages, and conditions over elements."""

from __future__ import annotations

import re

from policykit.language.parse.place import FaultPlace, found
from policykit.source import Diagnostic, Span

_SECOND = re.compile(r"(?:,[ \t]*(?:and[ \t]+)?)?(?!each\b|every\b|[a-z]+ly\b)[a-z][a-z0-9_]*[ \t]*(?=\n|,|#|\Z)")
_ELEMENTS = re.compile(r"\b(?:every|some|no|at\s+(?:least|most)\s+[0-9_]+)\s+[a-z]+\s+(?:in|of)\b")
_BEHIND = 2_000
"""Characters before a fault in which the condition that it goes on is looked for."""


def second_gate(at: FaultPlace) -> Diagnostic | None:
    """Tell a second gate behind `before`."""
    tokens = [t for t in at.types(3) if t != "AND"]
    back = 3 if at.types(1) == ["AND"] else 2
    second = _SECOND.match(at.text, at.span.start, at.span.start + 200)
    if tokens[-2:] != ["BEFORE", "NAME"] or second is None or (at.word != "," and back == 2):
        return None
    return found(
        at, "PK034", "`before` names one gate", Span(at.start_of(back), second.end()),
        "name the first of them: no later gate is met without the clauses of those before it", expected="one gate",
    )  # fmt: skip


def two_ages(at: FaultPlace) -> Diagnostic | None:
    """Tell evidence behind `shown by` that is to have an age of its own."""
    if at.fault.statement not in ("requirement", "scorecard", "stop") or at.word not in (",", "and"):
        return None
    line = at.text[at.text.rfind("\n", 0, at.span.start) + 1 : at.span.end + 200].partition("\n")[0]
    if not re.match(r"\s*shown\s+by\b.*\bno\s+older\s+than\b.*\bno\s+older\s+than\b", line):
        return None
    return found(
        at, "PK034", "one age holds for all that is shown", at.span,
        f"divide this {at.fault.statement} into two, one for each age", expected="one `no older than` at the end",
    )  # fmt: skip


def behind_has(at: FaultPlace) -> Diagnostic | None:
    """Tell a second condition over elements, which `and` would make a part of the first."""
    back = 2 if at.types(1) == ["NO"] else 1
    if len(at.fault.before) < back or str(at.fault.before[-back]) not in ("and", "&&"):
        return None
    if at.word not in ("every", "some", "at") and back == 1:
        return None
    begin = at.text.rfind("\n", 0, at.fault.began) + 1
    end = at.start_of(back)
    start = max(begin, end - _BEHIND)
    first = [found.start() for found in _ELEMENTS.finditer(at.text[start:end])]
    if not first:
        return None
    start += first[-1]
    written = at.text[start:end].rstrip()
    return found(
        at, "PK034", "behind `has`, `and` goes on with the same element", Span(start, start + len(written)),
        f"write `({written})`",
    )  # fmt: skip
