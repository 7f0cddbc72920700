"""A condition evaluated with everything that led to its truth: the second evaluator, for reports and explanations.

Its answers are those of `policykit.engine.truth`, part by part; what the compiled rules decide is tested against it.

Example: `evaluate(requirement.check, Facts(evidence={"golden": values})).truth is True` is the only pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policykit.engine.kleene import Truth, conjunction, disjunction, negation
from policykit.engine.reads import reads_of
from policykit.engine.scope import MISSING, EvidenceValues, Facts, Scope
from policykit.engine.truth import elements, quantified, truth
from policykit.language import checked as c
from policykit.language.walk import operands
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import LIST_OF_TEXT, Type, Value

__all__ = ["EvidenceValues", "Facts", "ReadValue", "Trace", "evaluate"]

MAX_ELEMENTS_TRACED = 20
"""Elements of a quantifier whose traces are kept: those that decide first; all are counted."""


@dataclass(frozen=True, slots=True)
class ReadValue:
    """One name that a condition read, and what it found."""

    name: str
    type: Type
    value: Value | None
    problem: str = ""
    """Empty where the value is known; `missing`, or `not understood: expected ..., got ...`."""
    is_searched: bool = False
    """Whether rules search it for what must not be seen, so that it is not to be quoted."""

    @property
    def text(self) -> str:
        """Return the value as the language writes it, or the problem; of a text that is searched only its length."""
        if self.is_searched and not self.is_missing:
            size = f"{len(self.value):,} characters" if isinstance(self.value, str) else "a value"
            return f"{size}, not shown because rules search it"
        return self.problem if self.value is None else render(self.type, self.value)

    @property
    def is_missing(self) -> bool:
        """Whether nobody supplied it."""
        return self.problem == MISSING


@dataclass(frozen=True, slots=True)
class Trace:
    """A condition, its truth, and why."""

    check: c.Check
    truth: Truth
    """True, False, or None for unknown."""
    reads: tuple[ReadValue, ...] = ()
    """What this condition itself read, without its parts."""
    parts: tuple[Trace, ...] = ()
    """The items of `and`, `or` and `not`; of a quantifier, elements with what is asked of them."""
    label: str = ""
    """Which element a part of a quantifier is about: `case 3`, or the name of a group."""
    counts: tuple[int, int, int] | None = None
    """Of a quantifier: elements for which the condition is true, false and unknown."""

    def all_reads(self) -> Iterator[ReadValue]:
        """Yield what the condition and its parts read, each name once for each element."""
        yield from self.reads
        for part in self.parts:
            yield from part.all_reads()

    @property
    def unknown(self) -> tuple[ReadValue, ...]:
        """Return what is missing or not understood in the parts that are unknown, each name once."""
        found = {read.name: read for leaf in self.unknown_leaves() for read in leaf.reads if read.value is None}
        return tuple(found.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of what is missing in the parts that are unknown."""
        return tuple(read.name for read in self.unknown if read.is_missing)

    def unknown_leaves(self) -> Iterator[Trace]:
        """Yield the parts without parts whose truth is unknown, within parts that are unknown themselves."""
        if self.truth is None and not self.parts:
            yield self
        elif self.truth is None:
            for part in self.parts:
                yield from part.unknown_leaves()


def evaluate(check: c.Check, facts: Facts) -> Trace:
    """Return the truth of a condition with its trace. Never raises for any value.

    Args:
        check: the condition.
        facts: the facts and the evidence.
    """
    return _traced(check, Scope(facts))


def _traced(check: c.Check, scope: Scope, label: str = "") -> Trace:
    match check:
        case c.And() | c.Or():
            parts = tuple(_traced(item, scope) for item in check.items)
            truths = (part.truth for part in parts)
            joined = conjunction(truths) if isinstance(check, c.And) else disjunction(truths)
            return Trace(check, joined, parts=parts, label=label)
        case c.Not():
            part = _traced(check.item, scope)
            return Trace(check, negation(part.truth), parts=(part,), label=label)
        case c.Quantified():
            return _quantified(check, scope, label)
        case _:
            return Trace(check, truth(check, scope), reads=_reads(check, scope), label=label)


def _reads(check: c.Check, scope: Scope) -> tuple[ReadValue, ...]:
    found: dict[str, ReadValue] = {}
    for operand in operands(check):
        for read in reads_of(operand):
            reading = scope.read(read)
            found.setdefault(read.name, ReadValue(read.name, read.type, reading.value, reading.problem))
    return tuple(found.values())


def _quantified(check: c.Quantified, scope: Scope, label: str) -> Trace:
    """Evaluate all elements; keep the traces of those that decide, or that are in the way."""
    all_elements = list(elements(check, scope))
    truths = [truth(check.has, inner) for _, inner in all_elements]
    answer = quantified(check, iter(truths))
    deciding: Truth = check.quantifier not in {"every", "at least"}
    order = {deciding: 0, None: 1, not deciding: 2}
    places = sorted(range(len(truths)), key=lambda place: (order[truths[place]], place))[:MAX_ELEMENTS_TRACED]
    parts = tuple(_traced(check.has, all_elements[place][1], all_elements[place][0]) for place in sorted(places))
    counts = (truths.count(True), truths.count(False), truths.count(None))
    reads: tuple[ReadValue, ...] = ()
    if not all_elements:
        name = f"{check.evidence}.{check.element.attribute if check.by is None else check.by}"
        reads = (ReadValue(name, LIST_OF_TEXT, None, MISSING),)
    return Trace(check, answer, reads=reads, parts=parts, label=label, counts=counts)
