"""Walks over checked conditions: which evidence they read, what they look for in text, whether they hold a window."""

from __future__ import annotations

from collections.abc import Iterator

from policykit.language import checked as c


def reads(node: c.Check | c.Operand) -> Iterator[c.Read]:
    """Yield everything that a condition or operand reads; not what stands in the `where` of a window."""
    match node:
        case c.FactRead() | c.EvidenceRead() | c.ElementRead() | c.WindowRead():
            yield node
        case c.Compare() | c.Compute():
            yield from reads(node.left)
            yield from reads(node.right)
        case c.Member() | c.ContainsPattern() | c.ContainsItem() | c.Affix() | c.Supplied():
            yield from reads(node.value)
        case c.And() | c.Or():
            for item in node.items:
                yield from reads(item)
        case c.Not():
            yield from reads(node.item)
        case c.Quantified():
            yield from reads(node.has)
        case c.Constant() | c.ClauseSays() | c.FromNow():
            pass


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


def parts(check: c.Check) -> Iterator[c.Check]:
    """Yield a condition and all conditions inside of it."""
    yield check
    match check:
        case c.And() | c.Or():
            for item in check.items:
                yield from parts(item)
        case c.Not():
            yield from parts(check.item)
        case c.Quantified():
            yield from parts(check.has)
        case _:
            pass


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
