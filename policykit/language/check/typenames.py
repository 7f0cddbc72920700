"""Types as a declaration writes them: `money EUR`, `percent between 0% and 300%`, `one of "a", "b"`."""

from __future__ import annotations

from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.expressions import fixed
from policykit.language.check.literals import fit
from policykit.language.check.scope import Place, Reads, Scope
from policykit.language.check.wording import a_value, spelled
from policykit.vocabulary import types as t
from policykit.vocabulary.currencies import currency_meant
from policykit.vocabulary.exact import compare
from policykit.vocabulary.types import Exact, Kind, Money, Type
from policykit.vocabulary.units import CURRENCIES

MAX_CHOICES = 256
"""Texts of one choice; more of them are data and no vocabulary."""

_TYPES = {
    "text": t.TEXT,
    "number": t.NUMBER,
    "count": t.COUNT,
    "percent": t.PERCENT,
    "percentage points": t.POINTS,
    "money": t.MONEY,
    "duration": t.DURATION,
    "date": t.DATE,
    "instant": t.INSTANT,
    "time of day": t.TIME,
    "yes or no": t.YES_NO,
}
_WORDS = (*_TYPES, "one of", "list of")
_HABITS = {
    "string": "text", "str": "text", "int": "count", "integer": "count", "float": "number", "decimal": "number",
    "bool": "yes or no", "boolean": "yes or no", "enum": "one of", "array": "list of", "datetime": "instant",
    "timestamp": "instant", "percentage": "percent", "time": "time of day", "currency": "money",
    "amount": "money", "price": "money", "texts": "text", "list": "list of",
}  # fmt: skip
"""What other languages call these types."""


def type_of(scope: Scope, node: s.TypeName) -> Type | None:
    """Return the type that is written, or None after reporting why there is no such type."""
    if node.word == "one of":
        return _choice(scope, node)
    if node.word == "list of":
        return _list(scope, node)
    base = _TYPES.get(node.word)
    if base is None:
        habit = _HABITS.get(node.word)
        scope.report.error(
            "PK112",
            f"unknown type `{node.word}`",
            node.span,
            expected=f"one of {', '.join(f'`{word}`' for word in _WORDS)}",
            help=f"did you mean `{habit}`?" if habit else scope.report.suggest(node.word, _WORDS),
        )
        return None
    if node.currency:
        if node.currency not in CURRENCIES:
            scope.report.error(
                "PK204",
                f"unknown currency `{node.currency}`",
                node.span,
                expected="a currency code of ISO 4217 such as `EUR` or `USD`",
                help=currency_meant(node.currency),
            )
            return None
        base = replace(base, currency=node.currency)
    return _bounded(scope, node, base) if node.low is not None and node.high is not None else base


def _choice(scope: Scope, node: s.TypeName) -> Type | None:
    texts = [choice.value for choice in node.choices]
    if len(texts) > MAX_CHOICES:
        scope.report.error(
            "PK244", "too many choices", node.span, expected=f"at most {MAX_CHOICES}", got=str(len(texts))
        )
        return None
    for choice in node.choices:
        if not choice.value.strip():
            scope.report.error("PK111", "a choice is blank", choice.span, expected="a text")
    if len(set(texts)) < len(texts):
        repeated = next(text for text in texts if texts.count(text) > 1)
        scope.report.error("PK244", f'the choice "{repeated}" stands twice', node.span, expected="each choice once")
    if len(set(texts)) < 2:
        scope.report.error("PK244", "a choice of one is no choice", node.span, expected="at least two texts")
        return None
    if node.low is not None:
        _report_bounds(scope, node, "texts have no order")
        return None
    return t.choice(*dict.fromkeys(texts))


def _list(scope: Scope, node: s.TypeName) -> Type | None:
    assert node.element is not None
    if node.element.word == "list of":
        scope.report.error("PK244", "a list cannot hold lists", node.span, expected="`list of text` or the like")
        return None
    if node.low is not None:
        _report_bounds(scope, node, "a list has no order")
        return None
    element = type_of(scope, node.element)
    return None if element is None else Type(Kind.LIST, element=element)


def _bounded(scope: Scope, node: s.TypeName, base: Type) -> Type | None:
    if not base.is_numeric:
        _report_bounds(scope, node, f"{a_value(base)} has no order")
        return None
    if base.kind is Kind.MONEY and base.currency is None:
        _report_bounds(scope, node, "a range of money needs a currency, such as `money EUR between 0 EUR and 100 EUR`")
        return None
    low, high = _bound(scope, node.low, base), _bound(scope, node.high, base)
    if low is None or high is None:
        return None
    if compare(low, high) >= 0:
        scope.report.error(
            "PK216",
            f"no value lies between {spelled(c.Constant(low, base))} and {spelled(c.Constant(high, base))}",
            node.span,
            expected="the smaller bound first",
        )
        return None
    if base.kind in (Kind.COUNT, Kind.DURATION, Kind.TIME) and base.low is not None and compare(low, base.low) < 0:
        scope.report.error(
            "PK216",
            f"{a_value(base)} is never below {spelled(c.Constant(base.low, base))}",
            node.span,
            expected="0 or more",
        )
        return None
    return replace(base, low=low, high=high)


def _bound(scope: Scope, node: s.Expression | None, base: Type) -> Exact | None:
    assert node is not None
    value = fixed(Place(scope, "a type", Reads.NOTHING), node, "a bound")
    fitted = None if value is None else fit(scope.report, value, base, "the bound")
    if fitted is None or isinstance(fitted.value, str | bool | tuple | Money):
        return None
    return fitted.value


def _report_bounds(scope: Scope, node: s.TypeName, why: str) -> None:
    scope.report.error("PK216", f"`between` makes no sense here: {why}", node.span)
