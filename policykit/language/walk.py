"""Walks over checked conditions: which parts they have, what they read, what they look for in text."""

from __future__ import annotations

from collections.abc import Iterator

from policykit.language import checked as c


def children(check: c.Check) -> tuple[c.Check, ...]:
    """Return the conditions that a condition is put together from; those of a window are not among them."""
    match check:
        case c.And() | c.Or():
            return check.items
        case c.Not():
            return (check.item,)
        case c.Quantified():
            return (check.has,)
        case _:
            return ()


def parts(check: c.Check) -> Iterator[c.Check]:
    """Yield a condition and all conditions inside of it, from left to right."""
    yield check
    for child in children(check):
        yield from parts(child)


def atoms(check: c.Check, *, within: bool = False) -> Iterator[c.Check]:
    """Yield the conditions without `and`, `or` and `not`, from left to right.

    Args:
        check: the condition.
        within: whether to go into quantifiers too, each of which comes before what it holds.
    """
    composed = isinstance(check, c.And | c.Or | c.Not)
    if not composed:
        yield check
    if composed or within:
        for child in children(check):
            yield from atoms(child, within=within)


def operands(atom: c.Check) -> tuple[c.Operand, ...]:
    """Return what an atom compares; nothing for a quantifier."""
    match atom:
        case c.Compare():
            return (atom.left, atom.right)
        case c.Member() | c.ContainsPattern() | c.ContainsItem() | c.Affix() | c.Supplied():
            return (atom.value,)
        case _:
            return ()


def reads_of(operand: c.Operand) -> Iterator[c.Read]:
    """Yield the reads inside of an operand, from left to right, each as often as it stands there."""
    match operand:
        case c.Compute():
            yield from reads_of(operand.left)
            yield from reads_of(operand.right)
        case c.Constant() | c.FromNow():
            return
        case _:
            yield operand


def reads(check: c.Check) -> Iterator[c.Read]:
    """Yield everything that a condition reads, in quantifiers too; not what stands in the `where` of a window."""
    for atom in atoms(check, within=True):
        for operand in operands(atom):
            yield from reads_of(operand)


def evidence_in(check: c.Check) -> dict[str, c.EvidenceRead | c.Quantified]:
    """Return the evidence that a condition looks at, each with the first place."""
    found: dict[str, c.EvidenceRead | c.Quantified] = {}
    for part in parts(check):
        if isinstance(part, c.Quantified):
            found.setdefault(part.evidence, part)
    for read in reads(check):
        if isinstance(read, c.EvidenceRead):
            found.setdefault(read.evidence, read)
    return found


def positive_patterns(check: c.Check, *, negated: bool = False) -> Iterator[c.Pattern]:
    """Yield what a condition looks for in text where finding it makes the condition true, not false."""
    match check:
        case c.ContainsPattern():
            if not negated:
                yield from check.patterns
        case c.And() | c.Or():
            for item in check.items:
                yield from positive_patterns(item, negated=negated)
        case c.Not():
            yield from positive_patterns(check.item, negated=not negated)
        case _:
            pass


def searched_facts(check: c.Check) -> frozenset[str]:
    """Return the facts in which a condition looks for what a detector or a regular expression finds."""
    searches = (part for part in parts(check) if isinstance(part, c.ContainsPattern))
    return frozenset(
        read.name
        for search in searches
        if any(pattern.text is None for pattern in search.patterns)
        for read in reads(search)
        if isinstance(read, c.FactRead)
    )


def has_window(check: c.Check) -> bool:
    """Return whether a condition reads a statistic over calls."""
    return any(isinstance(read, c.WindowRead) for read in reads(check))
