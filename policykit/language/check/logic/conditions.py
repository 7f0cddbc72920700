"""Conditions: how they are put together from comparisons, text tests and quantifiers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.logic import comparisons, contradictions, membership, quantifiers, texts
from policykit.language.check.logic.clause_outcomes import clause_says
from policykit.language.check.logic.expressions import operand
from policykit.language.check.logic.letter_case import spelled_as_usual
from policykit.language.check.scope import ListValue, Place


def condition(place: Place, node: s.Condition) -> c.Check | None:
    """Return a condition with all names and types known; None when something in it is wrong, which is reported."""
    match node:
        case s.And() | s.Or():
            return _joined(place, node)
        case s.Not():
            item = condition(place, node.item)
            return None if item is None else c.Not(item, node.span)
        case s.Compare():
            return spelled_as_usual(place, comparisons.compare(place, node))
        case s.Between():
            return comparisons.between(place, node)
        case s.In():
            return spelled_as_usual(place, membership.member(place, node))
        case s.Contains():
            return spelled_as_usual(place, texts.contains(place, node))
        case s.Affix():
            return texts.affix(place, node)
        case s.Matches():
            return texts.matches(place, node)
        case s.Supplied():
            return _supplied(place, node)
        case s.ClauseSays():
            return clause_says(place, node)
        case s.Quantified():
            inner = quantifiers.element_place(place, node)
            return None if inner is None else quantifiers.quantified(inner, node, condition(inner.place, node.has))
        case _:
            assert_never(node)


def conjunction(items: Iterable[c.Check]) -> c.Check:
    """Return one condition that is true when all are, without an `and` inside of an `and`. Requires at least one."""
    flat = [part for item in items for part in (item.items if isinstance(item, c.And) else (item,))]
    return flat[0] if len(flat) == 1 else c.And(tuple(flat), flat[0].span.to(flat[-1].span))


def _joined(place: Place, node: s.And | s.Or) -> c.And | c.Or | None:
    items = [condition(place, item) for item in node.items]  # all of them, so that all mistakes are found
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return None
    kind = c.And if isinstance(node, s.And) else c.Or
    flat = [part for item in known for part in (item.items if isinstance(item, kind) else (item,))]
    if kind is c.And and not contradictions.report_contradictions(place.report, flat, place.scope.parameters):
        return None
    return kind(tuple(flat), node.span)


def _supplied(place: Place, node: s.Supplied) -> c.Supplied | None:
    found = operand(place, node.value)
    if found is None:
        return None
    if isinstance(found, c.Constant | c.Compute | c.FromNow | ListValue):
        place.report.error(
            "PK241",
            f"`{node.value.name}` stands in the text, so it is never missing",
            node.span,
            expected="a fact or a field of evidence",
        )
        return None
    return c.Supplied(found, node.negated, node.span)
