"""What a policy decides, written down as literally as docs/adr/0002 and 0003 say it, and as slowly.

Shares nothing with `policykit.engine` but the classes of the checked policy and of the answer. All numbers are fractions.
Only texts and objects that stand for a value (`"95%"`, `{"amount": ...}`) are read with the vocabulary's `coerce`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from policykit.language import checked as c
from policykit.source.folding import fold
from policykit.vocabulary.types import Kind, Money, Type
from policykit.vocabulary.values import ValueProblem, coerce

UNKNOWN = None
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STRICTEST_FIRST = ["deny", "ask", "pause", "use", "pseudonymise", "redact", "warn", "allow"]


class Nothing:
    """Why there is no value."""

    def __init__(self, missing: bool) -> None:
        self.missing = missing


def value_of(raw: object, type_: Type) -> Any:
    """A text, a bool, a tuple, (number, currency), or Nothing."""
    if raw is None:
        return Nothing(missing=True)
    wrong = Nothing(missing=False)
    kind = type_.kind
    if kind in (Kind.TEXT, Kind.CHOICE):
        if not isinstance(raw, str) or any("\ud800" <= char <= "\udfff" for char in str.__str__(raw)):
            return wrong
        text = str.__str__(raw)
        return text if kind is Kind.TEXT or text in type_.choices else wrong
    if kind is Kind.YES_NO:
        if raw is True or raw is False:
            return raw
        return {"yes": True, "no": False}.get(raw, wrong) if type(raw) is str else wrong
    if kind is Kind.LIST:
        if type(raw) not in (list, tuple):
            return wrong
        items = [value_of(item, type_.element) for item in raw]
        return wrong if any(isinstance(item, Nothing) for item in items) else tuple(items)
    number = _number(raw)
    if number is None:
        return _written(raw, type_)
    if kind in (Kind.DATE, Kind.INSTANT) or (kind is Kind.MONEY and type_.currency is None):
        return wrong
    return _checked(number, type_)


def _number(raw: object) -> Fraction | Nothing | None:
    """A bare number; None for what is no number of Python."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | Fraction):
        return None
    if isinstance(raw, Fraction):
        return raw if max(abs(raw.numerator), raw.denominator) < 2**203 else Nothing(missing=False)
    if isinstance(raw, int):
        if raw.bit_length() > 10_000:
            return Nothing(missing=False)
        decimal = Decimal(raw)
    else:
        decimal = Decimal(repr(raw)) if isinstance(raw, float) else raw
    if not decimal.is_finite():
        return Nothing(missing=False)
    digits = "".join(map(str, decimal.as_tuple().digits)).strip("0")
    if digits and (len(digits) > 60 or abs(decimal.adjusted()) > 60):
        return Nothing(missing=False)
    return Fraction(decimal)


def _written(raw: object, type_: Type) -> Any:
    try:
        value = coerce(type_, raw)
    except ValueProblem:
        return Nothing(missing=False)
    if isinstance(value, Money):
        return Fraction(value.amount), value.currency
    return Fraction(value), type_.currency


def _checked(number: Fraction | Nothing, type_: Type) -> Any:
    if isinstance(number, Nothing):
        return number
    outside = (type_.low is not None and number < Fraction(type_.low)) or (
        type_.high is not None and number > Fraction(type_.high)
    )
    if outside or (type_.kind in (Kind.COUNT, Kind.TIME) and number.denominator != 1):
        return Nothing(missing=False)
    return number, type_.currency


def _literal(value: object, type_: Type) -> Any:
    if isinstance(value, Money):
        return Fraction(value.amount), value.currency
    if isinstance(value, str | bool):
        return value
    return Fraction(value), type_.currency


def holds(check: c.Check | None, facts: Mapping[str, object]) -> bool | None:
    """True, False or unknown."""
    if check is None:
        return True
    if isinstance(check, c.Not):
        inner = holds(check.item, facts)
        return UNKNOWN if inner is UNKNOWN else not inner
    if isinstance(check, c.And):
        return _and([holds(item, facts) for item in check.items])
    if isinstance(check, c.Or):
        return _or([holds(item, facts) for item in check.items])
    if isinstance(check, c.Supplied):
        value = value_of(facts.get(check.value.name), check.value.type)
        if check.negated:
            return isinstance(value, Nothing) and value.missing
        return not isinstance(value, Nothing)
    if isinstance(check, c.Compare):
        return _compare(check.relation, _operand(check.left, facts), _operand(check.right, facts))
    value = _operand(check.value, facts)
    if isinstance(value, Nothing):
        return UNKNOWN
    if isinstance(check, c.Member):
        found = _or([_compare("==", value, _literal(o, check.value.type)) for o in check.options])
        if check.negated:
            return UNKNOWN if found is UNKNOWN else not found
        return found
    if isinstance(check, c.ContainsItem):
        there = [item in value for item in check.items]
        return all(there) if check.mode == "all" else any(there)
    if isinstance(check, c.ContainsPattern):
        there = [_occurs(pattern, value) for pattern in check.patterns]
        return all(there) if check.mode == "all" else any(there)
    assert isinstance(check, c.Affix)
    return (
        value[: len(check.text)] == check.text if check.where == "starts" else value[-len(check.text) :] == check.text
    )


def _occurs(pattern: c.Pattern, text: str) -> bool:
    """Only for regular expressions and texts that mean the same in RE2 and `re`."""
    if pattern.text is not None:
        return fold(text).find(fold(pattern.text)) >= 0
    return any(re.search(regex, text, re.ASCII) for regex in pattern.regexes)


def _operand(item: c.Operand, facts: Mapping[str, object]) -> Any:
    if isinstance(item, c.Constant):
        return _literal(item.value, item.type)
    if isinstance(item, c.FromNow):
        return _from_now(item, value_of(facts.get("call.time"), Type(Kind.INSTANT)))
    if not isinstance(item, c.Compute):
        return value_of(facts.get(item.name), item.type)
    left, right = _operand(item.left, facts), _operand(item.right, facts)
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return Nothing(missing=False)
    (a, one), (b, other) = left, right
    if one and other and one != other:
        return Nothing(missing=False)
    result = {"+": a + b, "-": a - b, "*": a * b}[item.operator]
    return Nothing(missing=False) if _too_long(result) else (result, one or other)


def _from_now(item: c.FromNow, now: Any) -> Any:
    if isinstance(now, Nothing):
        return Nothing(missing=False)
    seconds = Fraction(item.length.value) * (1 if item.direction == "from now" else -1)
    if item.type.kind is Kind.INSTANT:
        return now[0] + seconds, None
    whole = EPOCH + timedelta(seconds=int(now[0]))
    return Fraction(whole.astimezone(ZoneInfo(item.zone)).toordinal()) + seconds / 86_400, None


def _too_long(number: Fraction) -> bool:
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return max(len(str(abs(number.numerator))), len(str(number.denominator))) > 100
    scaled = number
    while scaled.denominator != 1:
        scaled *= 10
    return len(str(abs(scaled.numerator)).strip("0")) > 100


def _compare(relation: str, left: Any, right: Any) -> bool | None:
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return UNKNOWN
    if isinstance(left, str | bool):
        return (left == right) if relation == "==" else (left != right)
    (a, one), (b, other) = left, right
    if one and other and one != other:
        return UNKNOWN
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[relation]


def _and(parts: list[bool | None]) -> bool | None:
    return False if False in parts else UNKNOWN if UNKNOWN in parts else True


def _or(parts: list[bool | None]) -> bool | None:
    return True if True in parts else UNKNOWN if UNKNOWN in parts else False


def decide(policy: c.CheckedPolicy, facts: Mapping[str, object], phase: str) -> dict[str, object]:
    """Return effect, matched, unknown and obligations (kind, clauses) as plain values."""
    matched, unknown, acting = [], [], []
    for rule in policy.rules:
        if phase not in rule.phases:
            continue
        truth = holds(rule.when, facts)
        if truth is True:
            matched.append(rule.id)
            acting += [(rule.id, effect) for effect in rule.then]
        elif truth is UNKNOWN:
            unknown.append(rule.id)
            acting += [(rule.id, effect) for effect in rule.unknown]
    kinds = {effect.kind for _, effect in acting}
    obligations: list[tuple[c.Effect, list[str]]] = []
    for clause, effect in sorted(acting, key=lambda item: item[0]):
        if effect.kind == "allow":
            continue
        same = [clauses for other, clauses in obligations if other == effect]
        if not same:
            obligations.append((effect, [clause]))
        elif clause not in same[0]:
            same[0].append(clause)
    return {
        "effect": next((kind for kind in STRICTEST_FIRST if kind in kinds), "allow"),
        "matched": sorted(matched),
        "unknown": sorted(unknown),
        "obligations": [(effect.kind, tuple(clauses)) for effect, clauses in obligations],
    }
