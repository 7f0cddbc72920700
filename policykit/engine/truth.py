"""The literal meaning of one condition: docs/adr/0002 over canonical values, without any shortcut.

The compiled code asks here whenever a value is not of the plain kind that it can decide by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from policykit.engine.kleene import Truth, conjunction, disjunction, negation
from policykit.engine.patterns import occurs
from policykit.engine.scope import Scope
from policykit.language import checked as c
from policykit.language.relations import COMPUTE
from policykit.vocabulary.exact import ValueProblem, compare
from policykit.vocabulary.types import Exact, Kind, Money, Type, Value


def truth(check: c.Check, scope: Scope) -> Truth:
    """Return whether a condition holds: True, False, or None for unknown. Never raises for any value."""
    match check:
        case c.And():
            return conjunction(truth(item, scope) for item in check.items)
        case c.Or():
            return disjunction(truth(item, scope) for item in check.items)
        case c.Not():
            return negation(truth(check.item, scope))
        case c.Supplied():
            return _supplied(check, scope)
        case c.Quantified():
            return quantified(check, (truth(check.has, inner) for _, inner in elements(check, scope)))
        case c.Compare():
            left, right = operand(check.left, scope), operand(check.right, scope)
            if left is None or right is None:
                return None
            return related(check.relation, _quantity(left, check.left.type), _quantity(right, check.right.type))
        case c.ClauseSays():
            return scope.says(check)
        case _:
            value = operand(check.value, scope)
            return None if value is None else _about(check, value)


def _about(check: c.Member | c.ContainsItem | c.ContainsPattern | c.Affix, value: Value) -> Truth:
    """Return what a condition over one value says about it."""
    match check:
        case c.Member():
            found = _is_one_of(value, check.options, check.value.type)
            return negation(found) if check.negated else found
        case c.ContainsItem():
            held = value if isinstance(value, tuple) and not isinstance(value, Money) else (value,)
            element = check.value.type.element or check.value.type
            there = [_is_one_of(item, held, element) for item in check.items]
            return conjunction(there) if check.mode == "all" else disjunction(there)
        case c.ContainsPattern():
            texts = (value,) if isinstance(value, str) else value
            assert isinstance(texts, tuple)
            hits = [disjunction(occurs(pattern, str(text)) for text in texts) for pattern in check.patterns]
            return conjunction(hits) if check.mode == "all" else disjunction(hits)
        case c.Affix():
            text = str(value)
            return text.startswith(check.text) if check.where == "starts" else text.endswith(check.text)
        case _:
            assert_never(check)


def operand(item: c.Operand, scope: Scope) -> Value | None:
    """Return the canonical value of an operand, or None where it is unknown."""
    if isinstance(item, c.Constant):
        return item.value
    if not isinstance(item, c.Compute):
        return scope.read(item).value
    left, right = operand(item.left, scope), operand(item.right, scope)
    if left is None or right is None:
        return None
    return _computed(item, _quantity(left, item.left.type), _quantity(right, item.right.type))


_Quantity = tuple[Value, str | None]
"""A value and its currency; without one for all but money."""


def _quantity(value: Value, type_: Type) -> _Quantity:
    if isinstance(value, Money):
        return value.amount, value.currency
    return value, type_.currency


def _computed(item: c.Compute, left: _Quantity, right: _Quantity) -> Value | None:
    """Return the exact result; None for two currencies, or where it has too many digits."""
    (a, currency_a), (b, currency_b) = left, right
    if currency_a and currency_b and currency_a != currency_b:
        return None
    try:
        amount = COMPUTE[item.operator](_number(a), _number(b))
    except ValueProblem:
        return None
    currency = currency_a or currency_b
    if item.type.kind is Kind.MONEY and item.type.currency is None and currency:
        return Money(amount, currency)
    return amount


def _number(value: Value) -> Exact:
    assert not isinstance(value, str | tuple | bool)
    return value


def related(relation: c.Relation, left: _Quantity, right: _Quantity) -> Truth:
    """Return whether a relation holds; unknown between two currencies."""
    (a, currency_a), (b, currency_b) = left, right
    if currency_a != currency_b and currency_a and currency_b:
        return None
    if isinstance(a, str | bool | tuple) or isinstance(b, str | bool | tuple):
        return (a == b) == (relation == "==")
    order = compare(a, b)
    match relation:
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0
        case "==":
            return order == 0
        case "!=":
            return order != 0
        case _:
            assert_never(relation)


def _is_one_of(value: Value, options: tuple[Value, ...], type_: Type) -> Truth:
    if isinstance(value, str):
        return value in options
    held = _quantity(value, type_)
    return disjunction(related("==", held, _quantity(option, type_)) for option in options)


def _supplied(check: c.Supplied, scope: Scope) -> bool:
    reading = scope.read(check.value)
    return reading.is_missing if check.negated else reading.value is not None


def elements(check: c.Quantified, scope: Scope) -> Iterator[tuple[str, Scope]]:
    """Yield a label and the scope of each element that a quantifier ranges over.

    Over slices with listed groups these are the listed groups, each whether or not the evidence has it: nothing is
    known of one that is absent.
    """
    evidence = scope.facts.evidence.get(check.evidence)
    if check.by is not None:
        slices: Mapping[str, Mapping[str, Value]] = {} if evidence is None else evidence.slices(check.by)
        for group in check.groups or sorted(slices):
            yield group, Scope(scope.facts, slices.get(group, {}))
    elif evidence is not None:
        for number, element in enumerate(evidence.elements.get(check.element.singular, ()), start=1):
            yield f"{check.element.singular} {number}", Scope(scope.facts, element)


def _counted(check: c.Quantified, truths: Sequence[Truth]) -> Truth:
    """Return whether enough elements, or few enough, meet the condition, whatever the unknown ones would say."""
    surely, perhaps = truths.count(True), len(truths) - truths.count(False)
    if check.quantifier == "at least":
        return True if surely >= check.count else (False if perhaps < check.count else None)
    return True if perhaps <= check.count else (False if surely > check.count else None)


def quantified(check: c.Quantified, truths: Iterator[Truth]) -> Truth:
    """Return what a quantifier says over the truths of its elements; unknown where there is none."""
    found = tuple(truths)
    if not found:
        return None
    if check.quantifier == "every":
        return conjunction(found)
    if check.count:
        return _counted(check, found)
    some = disjunction(found)
    return negation(some) if check.quantifier == "no" else some
