"""`every case in golden has ...` and `every slice of golden by end_customer.group has ...`."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.amounts import whole
from policykit.language.check.logic.expressions import operand
from policykit.language.check.logic.membership import fitted
from policykit.language.check.scope import ListValue, Place, Reads
from policykit.language.check.wording import distance_at_most_two, listed
from policykit.vocabulary.fields import ElementKind
from policykit.vocabulary.inflection import plural
from policykit.vocabulary.types import TEXT, Kind


@dataclass(frozen=True, slots=True)
class Inside:
    """A quantifier whose evidence and element are known."""

    place: Place
    evidence: str
    element: ElementKind


def element_place(place: Place, node: s.Quantified) -> Inside | None:
    """Return where the condition behind `has` stands; None when the elements do not exist, which is reported."""
    if not _may_stand_here(place, node):
        return None
    evidence = _evidence(place, node)
    if evidence is None:
        return None
    element = _slice(place, node, evidence) if node.by is not None else _element(place, node, evidence)
    return None if element is None else Inside(place.inside(element), evidence.name, element)


def quantified(inside: Inside, node: s.Quantified, has: c.Check | None) -> c.Quantified | None:
    """Return a quantified condition from its checked parts."""
    groups: tuple[str, ...] | None = ()
    name = ""
    if node.by is not None:
        _warn_near_fact(inside.place, node.by)
        groups, name = _groups(inside.place, node)
    if has is None or groups is None:
        return None
    by = node.by.text if node.by is not None else None
    count = whole(inside.place.report, node.count, "the number of elements") if node.count is not None else 0
    if count is None:
        return None
    return c.Quantified(node.quantifier, inside.evidence, inside.element, has, by, groups, name, count, node.span)


def _may_stand_here(place: Place, node: s.Quantified) -> bool:
    if place.element is not None:
        place.report.error(
            "PK227",
            f"`{node.quantifier}` cannot stand inside of another quantifier",
            node.span,
            expected="a condition on the fields of one element",
        )
        return False
    if place.reads not in (Reads.EVIDENCE, Reads.ANYTHING):
        place.report.error(
            "PK240",
            f"{place.what} cannot look at the elements of evidence",
            node.span,
            help="evidence is looked at before a gate, by a requirement",
        )
        return False
    return True


def _evidence(place: Place, node: s.Quantified) -> c.Evidence | None:
    fact = place.scope.fact(node.of.text)
    if fact is not None and node.of.text not in place.scope.evidence:
        help_ = f"write `{node.of.text} contains any of ...`" if fact.type.kind is Kind.LIST else ""
        place.report.error(
            "PK115", f"`{node.of.text}` is a fact, not evidence", node.of.span, expected="declared evidence", help=help_
        )
        return None
    return place.scope.evidence.find(node.of, place.scope.tables())


def _element(place: Place, node: s.Quantified, evidence: c.Evidence) -> ElementKind | None:
    kind, word = evidence.kind, node.element.text
    if node.count is not None:
        word = next((singular for singular in kind.elements if plural(singular) == word), word)
    if word in kind.elements:
        return kind.elements[word]
    words = sorted(kind.elements)
    place.report.error(
        "PK113",
        f"{kind.name} evidence such as `{evidence.name}` has no `{word}`",
        node.element.span,
        expected=listed(words, "or") if words else "a field, as this evidence has no elements",
        help=place.report.suggest(word, words)
        or ("write `every slice of ... by ... has ...`" if word == "slice" and kind.slice_fields else ""),
    )
    return None


def _slice(place: Place, node: s.Quantified, evidence: c.Evidence) -> ElementKind | None:
    kind = evidence.kind
    if node.element.text != "slice":
        place.report.error(
            "PK113",
            f"only slices are taken `by` a label, not `{node.element.text}`",
            node.element.span,
            expected="`slice`",
        )
        return None
    if not kind.slice_fields:
        place.report.error(
            "PK227", f"{kind.name} evidence such as `{evidence.name}` cannot be sliced", node.span, help=""
        )
        return None
    return ElementKind("slice", "slices", kind.slice_fields)


def _groups(place: Place, node: s.Quantified) -> tuple[tuple[str, ...] | None, str]:
    if node.groups is None:
        return (), ""
    found = operand(place, node.groups)
    if not isinstance(found, ListValue):
        if found is not None:
            place.report.error(
                "PK208", "the groups must be a list", node.groups.span, expected='a list such as `["a", "b"]`'
            )
        return None, ""
    values = fitted(place, found, TEXT, "a group")
    return (None if values is None else tuple(str(value) for value in values)), found.name


def _warn_near_fact(place: Place, by: s.Name) -> None:
    scope = place.scope
    if by.text in scope.facts:
        scope.facts.find(by)
    if by.text in scope.facts or scope.fact(by.text) is not None or not place.report.may_search:
        return
    near = place.report.nearest(by.text, {*scope.vocabulary.facts, *scope.facts.entries})
    if near is not None and distance_at_most_two(by.text, near):
        place.report.warn(
            "PK125",
            f"slices by `{by.text}`, while a fact is called `{near}`",
            by.span,
            help=f"if the evidence has the label `{near}`, write that",
        )
