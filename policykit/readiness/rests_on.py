"""Which evidence and which facts a condition rests on."""

from __future__ import annotations

from collections.abc import Iterator

from policykit.engine.reads import reads_of
from policykit.language import checked as c
from policykit.language.walk import atoms, operands
from policykit.readiness.supply import BASELINE


def evidence_read(check: c.Check | None) -> frozenset[str]:
    """Return the names of all evidence that a condition reads, inside of quantifiers too."""
    return frozenset(read.evidence for read in _evidence_reads(check)) | frozenset(
        atom.evidence for atom in _atoms(check) if isinstance(atom, c.Quantified)
    )


def baselines_read(check: c.Check | None) -> frozenset[str]:
    """Return the names of the evidence whose baseline a condition reads."""
    return frozenset(read.evidence for read in _evidence_reads(check) if read.field.startswith(BASELINE))


def presence_asked(check: c.Check | None) -> frozenset[str]:
    """Return the evidence whose being supplied or missing is itself an answer to a condition.

    A group that is absent has every field missing, so a quantifier whose condition asks that counts too.
    """
    found = set()
    for atom in _atoms(check):
        if isinstance(atom, c.Supplied) and isinstance(atom.value, c.EvidenceRead):
            found.add(atom.value.evidence)
        elif isinstance(atom, c.Quantified) and any(isinstance(inner, c.Supplied) for inner in _atoms(atom.has)):
            found.add(atom.evidence)
    return frozenset(found)


def facts_read(check: c.Check | None) -> tuple[c.FactRead, ...]:
    """Return the facts that a condition reads, inside of quantifiers too, each once, by name."""
    found = {read.name: read for atom in _atoms(check) for read in _fact_reads(atom)}
    return tuple(found[name] for name in sorted(found))


def fact_presence_asked(check: c.Check | None) -> frozenset[str]:
    """Return the facts whose being stated or missing is itself an answer to a condition."""
    return frozenset(read.name for atom in _atoms(check) if isinstance(atom, c.Supplied) for read in _fact_reads(atom))


def _fact_reads(atom: c.Check) -> Iterator[c.FactRead]:
    for operand in operands(atom):
        yield from (read for read in reads_of(operand) if isinstance(read, c.FactRead))


def _atoms(check: c.Check | None) -> Iterator[c.Check]:
    return iter(()) if check is None else atoms(check, within=True)


def _evidence_reads(check: c.Check | None) -> Iterator[c.EvidenceRead]:
    for atom in _atoms(check):
        for operand in operands(atom):
            for read in reads_of(operand):
                if isinstance(read, c.EvidenceRead):
                    yield read
