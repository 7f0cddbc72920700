"""Strong Kleene logic over `True`, `False` and `None` for unknown, and negation pushed down to the comparisons.

Source: docs/adr/0002; S. C. Kleene, Introduction to Metamathematics (1952), section 64.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from policykit.language import checked as c
from policykit.language.relations import OPPOSITE

Truth = bool | None
"""True, False, or None for unknown."""


def negation(truth: Truth) -> Truth:
    """Return `not truth`; unknown stays unknown."""
    return None if truth is None else not truth


def conjunction(truths: Iterable[Truth]) -> Truth:
    """Return False if one is False, else unknown if one is unknown, else True."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Return True if one is True, else unknown if one is unknown, else False."""
    unknown = False
    for truth in truths:
        if truth is True:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


def pushed_down(check: c.Check, *, negate: bool = False) -> c.Check:
    """Return an equivalent condition in which `not` stands only before conditions that have no negated form.

    Kleene's `not` exchanges `and` with `or` and leaves unknown alone, so truth is the same for all values and for none.
    """
    match check:
        case c.Not():
            return pushed_down(check.item, negate=not negate)
        case c.And() | c.Or():
            return _joined(check, negate=negate)
        case c.Compare():
            relation = OPPOSITE[check.relation] if negate else check.relation
            return c.Compare(relation, check.left, check.right, check.span)
        case c.Member():
            return c.Member(check.value, check.options, check.negated != negate, check.name, check.span)
        case c.Supplied():
            # `is supplied` and `is missing` are both false for what cannot be understood: neither is the other's `not`
            return c.Not(check, check.span) if negate else check
        case c.ContainsPattern() | c.ContainsItem() | c.Affix() | c.Quantified() | c.ClauseSays():
            return c.Not(check, check.span) if negate else check
        case _:
            assert_never(check)


def _joined(check: c.And | c.Or, *, negate: bool) -> c.Check:
    kind = (c.Or if isinstance(check, c.And) else c.And) if negate else type(check)
    items: list[c.Check] = []
    for item in check.items:
        pushed = pushed_down(item, negate=negate)
        items.extend(pushed.items if isinstance(pushed, kind) else (pushed,))
    return kind(tuple(items), check.span)
