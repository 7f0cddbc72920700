"""Comparisons: which types may meet, and which comparisons could never change their answer."""

from __future__ import annotations

from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import numbers
from policykit.language.check.literals import fit
from policykit.language.check.logic import closed, presence, relative
from policykit.language.check.logic.expressions import single
from policykit.language.check.scope import Place
from policykit.language.check.wording import a_value, in_points, spelled
from policykit.language.relations import MIRRORED
from policykit.source import Span
from policykit.vocabulary.exact import compare as order_of
from policykit.vocabulary.types import TEXTUAL, Exact, Kind, Money, Type

_RELATION: dict[str, c.Relation] = {"is": "==", "is not": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_PLAIN = frozenset({Kind.NUMBER, Kind.COUNT})


def compare(place: Place, node: s.Compare) -> c.Compare | None:
    """Return a comparison, a constant always on the right; None when it is wrong, which is reported."""
    left = single(place, node.left)
    if presence.is_presence(place, node, left):
        return None
    numbers.warn_exactly(place, node, left)
    right = single(replace(place, wanted=type_of(place, node.left, left)), node.right)
    if left is None or right is None:
        return None
    relation = _RELATION[node.operator]
    if relative.nothing_read(left, right):
        relative.report_two(place, node)
        return None
    if isinstance(left, c.Constant | c.FromNow) and not isinstance(right, c.Constant):
        left, right, relation = right, left, MIRRORED[relation]
    return checked_comparison(place, relation, left, right, node.span)


def type_of(place: Place, node: s.Expression, value: c.Operand | None) -> Type | None:
    """Return the type of one side; also of a fact that may not be read here, which still tells what was meant."""
    if value is not None:
        return value.type
    fact = place.scope.fact(node.name) if isinstance(node, s.Ref) else None
    return fact.type if fact is not None else None


def between(place: Place, node: s.Between) -> c.And | None:
    """Return `x between a and b` as two comparisons."""
    value, low, high = (single(place, part) for part in (node.value, node.low, node.high))
    if value is None or low is None or high is None:
        return None
    if isinstance(value, c.Constant):
        report_constant(place, node.span)
        return None
    if isinstance(value, c.FromNow):
        relative.report_two(place, node)
        return None
    at_least = checked_comparison(place, ">=", value, low, node.span)
    at_most = checked_comparison(place, "<=", value, high, node.span)
    if at_least is None or at_most is None or not _has_room(place, at_least.right, at_most.right, node):
        return None
    return c.And((at_least, at_most), node.span)


def _has_room(place: Place, low: c.Operand, high: c.Operand, node: s.Between) -> bool:
    a, b = number(low), number(high)
    counted = relative.order(low, high)
    if counted is not None and counted <= 0:
        return True
    if counted is None and (a is None or b is None or order_of(a, b) <= 0):
        return True
    quote = place.report.source.quote
    value, first, second = (" ".join(quote(part.span).split()) for part in (node.value, node.low, node.high))
    over_midnight = low.type.kind is Kind.TIME
    place.report.error(
        "PK210",
        "`between` does not run over midnight, so this can never be true"
        if over_midnight
        else "nothing lies between these bounds, so this can never be true",
        node.span,
        expected="the lower bound first",
        help=f"over midnight, write `({value} >= {first} or {value} < {second})`"
        if over_midnight
        else f"`{second}` is lower than `{first}`: correct the bound that is wrong, and keep the lower one first",
    )
    return False


def checked_comparison(
    place: Place, relation: c.Relation, left: c.Operand, right: c.Operand, span: Span
) -> c.Compare | None:
    """Return a comparison of two operands whose types may meet."""
    if isinstance(left, c.Constant):
        if not isinstance(right, c.Constant) or fit(place.report, right, left.type, describe(left)) is not None:
            report_constant(place, span)
        return None
    if not _comparable(place, relation, left, span):
        return None
    if isinstance(right, c.FromNow):
        dated = relative.fitted(place, left, right)
        return None if dated is None else c.Compare(relation, left, dated, span)
    if not isinstance(right, c.Constant):
        return c.Compare(relation, left, right, span) if _meet(place, relation, left, right, span) else None
    if right.name in place.scope.stand_ins and right.type.kind in TEXTUAL and left.type.kind in TEXTUAL:
        return c.Compare(relation, left, right, span)
    fitted = fit(place.report, right, left.type, describe(left))
    if fitted is None or not in_range(place, relation, left, fitted, span):
        return None
    if not closed.check_equal(place, left, fitted):
        return None
    return c.Compare(relation, left, fitted, span)


def describe(value: c.Operand) -> str:
    """Return what a message calls an operand."""
    if isinstance(value, c.Compute):
        return "the result"
    if isinstance(value, c.WindowRead):
        return f"`{value.function} of {value.of.name if value.of else 'calls'} ...`"
    return f"`{value.name or spelled(value)}`" if isinstance(value, c.Constant) else f"`{value.name}`"


def report_constant(place: Place, span: Span) -> None:
    """Report a condition that reads nothing."""
    place.report.error(
        "PK212",
        "this condition reads nothing, so its answer never changes",
        span,
        expected="a fact or a field of evidence on one side",
    )


def _comparable(place: Place, relation: c.Relation, left: c.Operand, span: Span) -> bool:
    type_ = left.type
    if type_.kind is Kind.LIST:
        place.report.error(
            "PK208",
            f"{describe(left)} is {a_value(type_)} and cannot be compared as a whole",
            span,
            help=_list_help(left),
        )
        return False
    if relation not in ("==", "!=") and not type_.is_numeric:
        place.report.error(
            "PK206",
            f"{describe(left)} is {a_value(type_)} and has no order",
            span,
            expected="`is`, `is not` or `in`",
            got=f"`{relation}`",
        )
        return False
    return True


def _list_help(value: c.Operand) -> str:
    """Return what to write instead of comparing a list; `call.tools` is most often taken for the tool in use."""
    if isinstance(value, c.FactRead) and value.name == "call.tools":
        return (
            "`call.tools` are the tools on offer to the model; the tool that it uses is `tool.name`, "
            "known on tool input and tool output"
        )
    return f"ask what it holds: `{describe(value).strip('`')} contains any of ...`"


def _meet(place: Place, relation: c.Relation, left: c.Operand, right: c.Operand, span: Span) -> bool:
    a, b = left.type, right.type
    if a.kind in TEXTUAL and b.kind in TEXTUAL:
        place.report.error(
            "PK207",
            f"{describe(left)} and {describe(right)} are two texts that are only known at runtime",
            span,
            expected="a text that stands in the policy on one side",
            help="a policy whose texts are compared with each other cannot be analysed; let the application state "
            "the outcome as a fact of type `yes or no`",
        )
        return False
    if not _comparable(place, relation, right, span):
        return False
    if a.kind is Kind.MONEY and b.kind is Kind.MONEY and a.currency and b.currency and a.currency != b.currency:
        place.report.error(
            "PK203",
            f"{describe(left)} is in {a.currency} and {describe(right)} in {b.currency}",
            span,
            expected="two amounts in one currency, as currencies are never converted",
        )
        return False
    if a.kind is b.kind or {a.kind, b.kind} <= _PLAIN:
        return True
    lost = _change(left) or _change(right) if {a.kind, b.kind} == {Kind.PERCENT, Kind.POINTS} else None
    place.report.error(
        "PK200",
        f"{describe(left)} is {a_value(a)} and {describe(right)} is {a_value(b)}",
        lost.span if lost is not None else span,
        expected=f"two values of one type, such as two of {a.kind.value}",
        help=f"write `{in_points(lost)}`, and the difference is a percent" if lost else "",
    )
    return False


def _change(value: c.Operand) -> c.Constant | None:
    """Return the percent that is added to a percent or taken from it, where points are meant."""
    if not isinstance(value, c.Compute) or value.operator == "*" or not isinstance(value.right, c.Constant):
        return None
    written = value.right.type.kind is Kind.PERCENT and not value.right.name
    return value.right if written and value.left.type.kind is Kind.PERCENT else None


def number(value: c.Operand) -> Exact | None:
    """Return the number of a constant, or None for everything else."""
    if not isinstance(value, c.Constant) or isinstance(value.value, str | bool | tuple | Money):
        return None
    return value.value


def in_range(place: Place, relation: c.Relation, left: c.Operand, right: c.Constant, span: Span) -> bool:
    """Return whether a comparison with a constant can be true and can be false, as far as the range of the type tells.

    One that is never true or never false because of a value beyond the range is an error: somebody meant another value.
    """
    type_, value = left.type, number(right)
    if value is None or isinstance(left, c.Compute) or right.name in place.scope.stand_ins:
        return True
    if type_.kind is Kind.COUNT and relation in ("==", "!=") and not isinstance(value, int):
        _report_never(place, left, right, "is always a whole number", span)
        return False
    below = type_.low is not None and order_of(value, type_.low) < 0
    above = type_.high is not None and order_of(value, type_.high) > 0
    if below or above:
        _report_never(place, left, right, f"lies {_range(type_)}", span)
        return False
    at_low = type_.low is not None and order_of(value, type_.low) == 0
    at_high = type_.high is not None and order_of(value, type_.high) == 0
    if (at_low and relation == "<") or (at_high and relation == ">"):
        _report_never(place, left, right, f"lies {_range(type_)}", span)
        return False
    if (at_low and relation == ">=") or (at_high and relation == "<="):
        place.report.warn(
            "PK211",
            f"this is true of every {describe(left)}, which lies {_range(type_)}",
            span,
            help=f"to ask whether it is known, write `{describe(left).strip('`')} is supplied`",
        )
    return True


def _report_never(place: Place, left: c.Operand, right: c.Constant, why: str, span: Span) -> None:
    place.report.error(
        "PK210",
        f"{describe(left)} {why}, so comparing it with `{spelled(right)}` always gives the same answer",
        right.span if right.span.end else span,
        expected=f"a value that {describe(left)} can have",
        got=f"`{spelled(right)}`",
    )


def _range(type_: Type) -> str:
    ends = [spelled(c.Constant(end, type_)) if end is not None else None for end in (type_.low, type_.high)]
    if ends[0] is not None and ends[1] is not None:
        return f"between {ends[0]} and {ends[1]}"
    return f"at {ends[0]} or above" if ends[0] is not None else f"at {ends[1]} or below"
