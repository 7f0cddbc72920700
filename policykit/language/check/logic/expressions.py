"""Expressions: each name resolved, each part given its type."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal as OneOf

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.literals import constant
from policykit.language.check.logic import relative
from policykit.language.check.logic.names import resolve
from policykit.language.check.logic.windows import window
from policykit.language.check.scope import ListValue, Place, Reads
from policykit.language.check.wording import a_value, in_points
from policykit.language.relations import COMPUTE
from policykit.vocabulary.exact import ValueProblem
from policykit.vocabulary.types import TEXT, Kind, Money, Type

_K = Kind
_NUMBER = (_K.NUMBER, _K.COUNT)
_SUMS: dict[tuple[str, Kind, Kind], Kind] = {
    **{(op, a, b): _K.NUMBER for op in "+-" for a in _NUMBER for b in _NUMBER},
    ("-", _K.PERCENT, _K.PERCENT): _K.POINTS,
    **{(op, _K.PERCENT, _K.POINTS): _K.PERCENT for op in "+-"},
    ("+", _K.POINTS, _K.PERCENT): _K.PERCENT,
    **{(op, kind, kind): kind for op in "+-" for kind in (_K.POINTS, _K.MONEY, _K.DURATION)},
    **{(op, _K.INSTANT, _K.DURATION): _K.INSTANT for op in "+-"},
    ("+", _K.DURATION, _K.INSTANT): _K.INSTANT,
    ("-", _K.INSTANT, _K.INSTANT): _K.DURATION,
}
_PRODUCTS: dict[tuple[Kind, Kind], Kind] = {
    **{(a, b): _K.NUMBER for a in _NUMBER for b in _NUMBER},
    **{(kind, n): kind for kind in (_K.MONEY, _K.DURATION, _K.PERCENT, _K.POINTS) for n in _NUMBER},
    (_K.MONEY, _K.PERCENT): _K.MONEY,
}


def operand(place: Place, node: s.Expression) -> c.Operand | ListValue | None:
    """Return an expression with its type; None when something in it is wrong, which is reported."""
    if isinstance(node, s.Ref):
        return resolve(place, node)
    if isinstance(node, s.Arithmetic):
        return _arithmetic(place, node)
    if isinstance(node, s.Window):
        return window(place, node)
    if isinstance(node, s.ListOf):
        return _list(place, node)
    if isinstance(node, s.FromNow):
        return relative.from_now(place, node)
    return constant(place.report, node)


def single(place: Place, node: s.Expression) -> c.Operand | None:
    """Return an expression that is one value, not a list."""
    found = operand(place, node)
    if isinstance(found, ListValue):
        place.report.error(
            "PK208",
            "a list stands where one value is expected",
            node.span,
            expected="one value",
            got="a list",
            help="`x in [...]` asks whether a value is in a list",
        )
        return None
    return found


def fixed(place: Place, node: s.Expression, what: str) -> c.Constant | None:
    """Return an expression whose value stands in the text: a literal, a `let` or a parameter."""
    found = single(replace(place, reads=Reads.NOTHING, what=what), node)
    if found is None or isinstance(found, c.Constant):
        return found
    place.report.error(
        "PK218", f"{what} must be a value that stands in the text", node.span, expected="a literal or a `let`"
    )
    return None


def _list(place: Place, node: s.ListOf) -> ListValue | None:
    items: list[c.Constant | None] = []
    for item in node.items:
        if isinstance(item, s.Text):  # by far the most frequent, and a list may be long
            items.append(c.Constant(item.value, TEXT, span=item.span))
            continue
        value = fixed(place, item, "an item of a list")
        if value is not None and value.name in place.scope.parameters:
            place.report.error(
                "PK218",
                f"the parameter `{value.name}` cannot be one item of a list",
                item.span,
                expected="a literal or a `let`",
                help="make the whole list a parameter: `parameter NAME : list of text`",
            )
            value = None
        items.append(value)
    known = tuple(item for item in items if item is not None)
    return ListValue(known, span=node.span) if len(known) == len(items) else None


def _arithmetic(place: Place, node: s.Arithmetic) -> c.Operand | None:
    left, right = single(place, node.left), single(place, node.right)
    if left is None or right is None or relative.in_arithmetic(place, left, right):
        return None
    type_ = _result_type(place, node, left.type, right.type)
    if type_ is None:
        return None
    if _foldable(place, left) and _foldable(place, right):
        assert isinstance(left, c.Constant)
        assert isinstance(right, c.Constant)
        return _fold(place, node, left, right, type_)
    return c.Compute(node.operator, left, right, type_, node.span)


def _foldable(place: Place, value: c.Operand) -> bool:
    """Return whether a value is known for good; a parameter stays visible, so that a pack's digest can name it."""
    return (
        isinstance(value, c.Constant)
        and value.name not in place.scope.parameters
        and not isinstance(value.value, str | bool | tuple | Money)
    )


def _fold(place: Place, node: s.Arithmetic, left: c.Constant, right: c.Constant, type_: Type) -> c.Constant | None:
    try:
        value = COMPUTE[node.operator](left.value, right.value)  # type: ignore[arg-type]
    except ValueProblem as problem:
        place.report.error(
            "PK214", "this number is too long to be kept exactly", node.span, expected=problem.expected, got=problem.got
        )
        return None
    return c.Constant(value, type_, span=node.span)


def _result_type(place: Place, node: s.Arithmetic, left: Type, right: Type) -> Type | None:
    if node.operator == "*":
        kind = _PRODUCTS.get((left.kind, right.kind)) or _PRODUCTS.get((right.kind, left.kind))
    else:
        kind = _SUMS.get((node.operator, left.kind, right.kind))
    if kind is None:
        _report_operands(place, node, left, right)
        return None
    if kind is not Kind.MONEY:
        return Type(kind)
    if left.kind is right.kind and left.currency and right.currency and left.currency != right.currency:
        place.report.error(
            "PK203",
            f"amounts in {left.currency} and {right.currency} cannot be put together",
            node.span,
            expected=f"two amounts in {left.currency}, as currencies are never converted",
        )
        return None
    return Type(kind, currency=left.currency or right.currency)


_VERBS: dict[OneOf["+", "-", "*"], str] = {"+": "added to", "-": "taken from", "*": "multiplied by"}


def _report_operands(place: Place, node: s.Arithmetic, left: Type, right: Type) -> None:
    operator = node.operator
    first, second = (right, left) if operator in "+-" else (left, right)
    help_ = ""
    if operator != "*" and Kind.PERCENT in (left.kind, right.kind):
        help_ = f"a change of a percent is in percentage points: {_change(place, node, left)}"
    elif operator == "*":
        help_ = "money and durations may be multiplied by a number, money also by a percent"
    place.report.error(
        "PK209", f"{a_value(first)} cannot be {_VERBS[operator]} {a_value(second)}", node.span, help=help_
    )


def _change(place: Place, node: s.Arithmetic, left: Type) -> str:
    """Return a sum of a percent and points: the one that is meant, where a percent is added to another."""
    right = node.right
    value = constant(place.report, right) if isinstance(right, s.Number) else None
    if left.kind is not Kind.PERCENT or value is None or value.type.kind is not Kind.PERCENT:
        return "`golden.accuracy - 1 percentage point`"
    return f"write `{place.report.source.quote(node.left.span)} {node.operator} {in_points(value)}`"
