"""`31 days ago` and `90 days from now`: where they may stand, and what they may be compared with."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.amounts import named
from policykit.language.check.literals import constant
from policykit.language.check.report import Report
from policykit.language.check.scope import Place, Reads
from policykit.language.check.wording import a_value, spelled
from policykit.vocabulary.exact import compare, subtract
from policykit.vocabulary.types import INSTANT, Exact, Kind, Type

_DAY = 86_400


def from_now(place: Place, node: s.FromNow) -> c.FromNow | None:
    """Return a day counted from the check, an instant for now; None when it is wrong, which is reported."""
    if not _may_stand_here(place, node):
        return None
    is_name = isinstance(node.length, s.Ref)
    value = named(place.scope, node.length) if isinstance(node.length, s.Ref) else constant(place.report, node.length)
    if value is None:
        return None
    amount = value.value
    if value.type.kind is not Kind.DURATION or not isinstance(amount, int | Decimal | Fraction) or amount < 0:
        _report_length(place.report, node, value)
        return None
    words = value.name if is_name else written(place.report, node.length, value)
    return c.FromNow(value, node.direction, INSTANT, place.scope.timezone, words, node.span)


def written(report: Report, node: s.Length, value: c.Constant) -> str:
    """Return a length as the file writes it, in one row."""
    return " ".join(report.source.quote(node.span).split()) or spelled(value)


def _may_stand_here(place: Place, node: s.FromNow) -> bool:
    if place.reads is Reads.NOTHING:
        why, help_ = f"{place.what} must be a value that stands in the text", "write it where it is compared"
    elif place.in_window:
        why, help_ = (
            "a statistic looks at calls of several times, and has no one now",
            ("limit the time with `over the last 30 days`"),
        )
    else:
        return True
    place.report.error(
        "PK150", f"`{node.direction}` counts from the check, and {why}", node.span, expected="a literal", help=help_
    )
    return False


def _report_length(report: Report, node: s.FromNow, value: c.Constant) -> None:
    bare = value.type.kind in (Kind.NUMBER, Kind.COUNT) and not value.name
    number = spelled(value)
    report.error(
        "PK151",
        f"`{node.direction}` stands behind a length of time",
        node.length.span,
        expected=f"a duration such as `30 days {node.direction}`",
        got=f"`{number}` without a unit" if bare else a_value(value.type),
        help=f"write the unit, such as days in `{number} days {node.direction}`, or hours" if bare else "",
    )


def in_arithmetic(place: Place, left: c.Operand, right: c.Operand) -> bool:
    """Report whether one side of a sum is counted from the check, which takes no arithmetic."""
    found = next((item for item in (left, right) if isinstance(item, c.FromNow)), None)
    if found is None:
        return False
    place.report.error(
        "PK152",
        f"`{found.name}` cannot be added to, taken from or multiplied",
        found.span,
        expected="one length, such as `33 days ago`",
        help="add the lengths up and write one",
    )
    return True


def fitted(place: Place, left: c.Operand, node: c.FromNow) -> c.FromNow | None:
    """Return it as a date or an instant, as the other side is; None when that is neither, which is reported."""
    kind = left.type.kind
    if kind is Kind.DATE and not _whole_days(place, node):
        place.report.error(
            "PK154",
            f"`{node.name}` has hours, and a date has none",
            node.span,
            expected="whole days",
            got=f"`{spelled(node.length)}`",
            help=f"write `{_days(node, 0)} {node.direction}` or `{_days(node, 1)} {node.direction}`",
        )
        return None
    place.scope.counts_days = place.scope.counts_days or kind is Kind.DATE
    if kind in (Kind.DATE, Kind.INSTANT):
        return replace(node, type=Type(kind))
    place.report.error(
        "PK153",
        f"`{node.name}` is a date or an instant, and the other side is {a_value(left.type)}",
        node.span,
        expected=a_value(left.type),
        got=f"`{node.name}`",
        help=f"a length of time is `{node.words}`, without `{node.direction}`: `<=` is at most so long, `>=` at least"
        if kind is Kind.DURATION
        else "",
    )
    return None


def _whole_days(place: Place, node: c.FromNow) -> bool:
    days = Fraction(_seconds(node)) / _DAY
    return days.denominator == 1 or node.length.name in place.scope.stand_ins


def _days(node: c.FromNow, more: int) -> str:
    days = int(Fraction(_seconds(node)) / _DAY) + more
    return f"{days} day{'' if days == 1 else 's'}"


def _seconds(node: c.FromNow) -> Exact:
    value = node.length.value
    assert isinstance(value, int | Decimal | Fraction)
    return value


def offset(node: c.FromNow) -> Exact:
    """Return the seconds after now; below zero for what is before."""
    seconds = _seconds(node)
    return seconds if node.direction == "from now" else subtract(0, seconds)


def nothing_read(left: c.Operand, right: c.Operand) -> bool:
    """Return whether a comparison reads nothing but what time it is."""
    sides = (left, right)
    return all(isinstance(side, c.Constant | c.FromNow) for side in sides) and any(
        isinstance(side, c.FromNow) for side in sides
    )


def report_two(place: Place, node: s.Compare | s.Between) -> None:
    """Report a comparison in which nothing but the check's own time is read."""
    place.report.error(
        "PK212",
        "both sides stand in the text, so no evidence and no call has a say in it",
        node.span,
        expected="a fact or a field of evidence on one side",
    )


def order(low: c.Operand, high: c.Operand) -> int | None:
    """Return -1, 0 or 1 as two moments counted from the check follow each other; None where one is something else."""
    if isinstance(low, c.FromNow) and isinstance(high, c.FromNow):
        return compare(offset(low), offset(high))
    return None
