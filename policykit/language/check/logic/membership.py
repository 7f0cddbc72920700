"""`x in [...]` and `x not in approved`."""

from __future__ import annotations

from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.literals import fit
from policykit.language.check.logic import closed
from policykit.language.check.logic.comparisons import describe, in_range, report_constant, type_of
from policykit.language.check.logic.expressions import operand, single
from policykit.language.check.scope import ListValue, Place
from policykit.language.check.wording import a_value, spelled
from policykit.source import Span
from policykit.vocabulary.types import Kind, Type, Value


def member(place: Place, node: s.In) -> c.Member | None:
    """Return a membership test; None when it is wrong, which is reported."""
    value = single(place, node.value)
    options = operand(replace(place, wanted=type_of(place, node.value, value)), node.options)
    if value is None or options is None:
        return None
    if not isinstance(options, ListValue):
        _report_no_list(place, options, node)
        return None
    if isinstance(value, c.Constant):
        report_constant(place, node.span)
        return None
    if value.type.kind is Kind.LIST:
        place.report.error(
            "PK208",
            f"{describe(value)} is {a_value(value.type)}, and `in` looks for one value",
            node.span,
            help=f"write `{describe(value).strip('`')} contains any of ...`",
        )
        return None
    found = fitted(place, options, value.type, describe(value))
    if options.name in place.scope.stand_ins and found is not None:
        return c.Member(value, found, node.negated, options.name, node.span)
    if found is None or not _possible(place, value, found, node.span):
        return None
    fixed_here = options.name not in place.scope.parameters  # an include may pass tools that only its policy declares
    if fixed_here and not all(closed.check_equal(place, value, item) for item in options.items):
        return None
    return (
        c.Member(value, found, node.negated, options.name, node.span)
        if _informative(place, value, found, node)
        else None
    )


def fitted(place: Place, options: ListValue, type_: Type, what: str) -> tuple[Value, ...] | None:
    """Return the items of a list as values of one type, each once; None when one is wrong or there is none."""
    if not options.items:
        place.report.error(
            "PK213", "the list is empty, so nothing is ever in it", options.span, expected="at least one item"
        )
        return None
    if options.name in place.scope.stand_ins:
        return tuple(item.value for item in options.items)
    fits = [fit(place.report, item, type_, what) for item in options.items]
    values: dict[Value, None] = {}
    for item in fits:
        if item is None:
            continue
        if item.value in values:
            place.report.warn("PK217", f"{spelled(item)} stands twice in the list", item.span)
        values[item.value] = None
    return None if None in fits else tuple(values)


def _possible(place: Place, value: c.Operand, options: tuple[Value, ...], span: Span) -> bool:
    """Return whether the value can be each of the options."""
    if not value.type.is_numeric:
        return True
    checks = [in_range(place, "==", value, c.Constant(option, value.type, span=span), span) for option in options]
    return all(checks)


def _informative(place: Place, value: c.Operand, options: tuple[Value, ...], node: s.In) -> bool:
    """Return whether the list leaves something out; one that holds all choices asks nothing."""
    everything: tuple[Value, ...] = (True, False) if value.type.kind is Kind.YES_NO else value.type.choices
    if not everything or not set(everything) <= set(options):
        return True
    place.report.error(
        "PK210",
        f"the list holds everything that {describe(value)} can be, so the answer is always the same",
        node.span,
        expected="a list that leaves something out",
        help=f"to ask whether it is known, write `{describe(value).strip('`')} is supplied`",
    )
    return False


def _report_no_list(place: Place, options: c.Operand, node: s.In) -> None:
    contains = ""
    if isinstance(options, c.Constant) and not options.name:
        contains = f"write `[{spelled(options)}]`"
    elif options.type.kind is Kind.LIST:
        contains = f"write `{describe(options).strip('`')} contains any of ...`"
    place.report.error(
        "PK208",
        f"{describe(options)} is no list that stands in the policy",
        node.options.span,
        expected='a list such as `["a", "b"]`, or a `let` that holds one',
        got=a_value(options.type),
        help=contains,
    )
