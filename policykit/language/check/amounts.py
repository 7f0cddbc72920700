"""Numbers that stand in clauses: ages, delays, how many."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import numbers
from policykit.language.check.literals import choose_unit, constant
from policykit.language.check.report import Report
from policykit.language.check.scope import ListValue, Scope
from policykit.language.check.wording import a_value, spelled
from policykit.vocabulary.types import DURATION, Exact, Kind


def seconds(scope: Scope, node: s.Length, what: str) -> Exact | None:
    """Return a duration in seconds, which must be more than nothing; None when it is not one, which is reported.

    Args:
        scope: where problems go, and where names are looked up.
        node: what is written: an amount, or the name of a `let` or parameter.
        what: how the message calls it: `the age of evidence`.
    """
    value = named(scope, node) if isinstance(node, s.Ref) else constant(scope.report, node)
    if value is None:
        return None
    if value.type.kind is Kind.DURATION and isinstance(value.value, int | Decimal | Fraction) and value.value > 0:
        return value.value
    got = scope.report.quote(node.span, value.name or spelled(value))
    bare = value.type.kind is Kind.NUMBER
    scope.report.error(
        "PK201" if bare else "PK242",
        f"{what} must be a duration{', and ' + got + ' has no unit' if bare else ' of more than nothing'}",
        node.span,
        expected="a duration such as `30 days`",
        got=f"{got} without a unit" if bare else (got if value.type.kind is Kind.DURATION else a_value(value.type)),
        help=choose_unit(DURATION) if bare else "",
    )
    return None


def named(scope: Scope, node: s.Ref) -> c.Constant | None:
    """Return the value of a `let` or parameter; None when it has none, which is reported."""
    value = scope.values.find(s.Name(node.name, node.span), scope.tables())
    if isinstance(value, ListValue):
        scope.report.error("PK208", f"`{node.name}` is a list", node.span, expected="a duration such as `30 days`")
        return None
    return value if isinstance(value, c.Constant) else None


def whole(report: Report, node: s.Number, what: str) -> int | None:
    """Return a whole number of at least 1 without a unit; None when it is not one, which is reported."""
    if numbers.is_plain_count(node):
        return int(node.value)
    written = report.quote(node.span, spelled(node)).strip("`")
    report.error(
        "PK243",
        f"{what} must be a whole number",
        node.span,
        expected="a whole number from 1, without a unit",
        got=f"`{written}`",
        help=numbers.readings_help(written) if "." in written else "",
    )
    return None
