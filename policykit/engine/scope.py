"""Where a condition finds its values: the facts of a call, evidence, the element that a quantifier ranges over.

Facts come from outside and are read as docs/adr/0003 says; evidence and elements are canonical values already, which is
checked again here, because a value of the wrong shape would otherwise decide something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from types import MappingProxyType
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from policykit.language import checked as c
from policykit.vocabulary.exact import ValueProblem, add, compare, subtract
from policykit.vocabulary.types import INSTANT, TEXTUAL, Exact, Kind, Money, Type, Value
from policykit.vocabulary.values import coerce

MISSING = "missing"
"""The problem of a value that nobody supplied."""


class Reading(NamedTuple):
    """What reading one name gave: a value, or the reason why there is none."""

    value: Value | None
    problem: str = ""
    """Empty, `missing`, or `not understood: ...` with the expected and the got."""
    expected: str = ""
    got: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether nobody supplied the value; one that cannot be understood is not missing."""
        return self.problem == MISSING


_MISSING = Reading(None, MISSING)


class EvidenceValues(Protocol):
    """One evidence as plain values; absent names are missing."""

    @property
    def fields(self) -> Mapping[str, Value]:
        """Return the fields."""

    @property
    def elements(self) -> Mapping[str, Sequence[Mapping[str, Value]]]:
        """Return the elements by their singular word."""

    def slices(self, by: str) -> Mapping[str, Mapping[str, Value]]:
        """Return the fields of each group of a label."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that conditions can read: raw facts (and windows, under their keys), and evidence by its declared name."""

    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    evidence: Mapping[str, EvidenceValues] = field(default_factory=lambda: MappingProxyType({}))
    outcomes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What is said of clauses: `passes`, `fails`, `is unknown`, or nothing of these (waived, not yet due)."""
    now: datetime | None = None
    """The instant of a check, from which dates are counted; None takes that of the call."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Facts, and the fields of the element at hand."""

    facts: Facts
    element: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    def says(self, check: c.ClauseSays) -> bool | None:
        """Return whether this is said of a clause; that it is unknown is itself never unknown."""
        outcome = self.facts.outcomes.get(check.clause, "is unknown")
        if outcome == "is unknown" and check.verb != "is unknown":
            return None
        return outcome == check.verb

    def read(self, read: c.Read | c.FromNow) -> Reading:
        """Return the canonical value of a read, or why there is none."""
        match read:
            case c.EvidenceRead():
                evidence = self.facts.evidence.get(read.evidence)
                return _MISSING if evidence is None else known(evidence.fields.get(read.field), read.type)
            case c.ElementRead():
                return known(self.element.get(read.name), read.type)
            case c.FromNow():
                return _from_now(read, self._now())
            case _:
                if read.name == "call.time" and self.facts.now is not None:
                    return self._now()
                return understood(fact(self.facts.facts, read.name), read.type)

    def _now(self) -> Reading:
        return understood(self.facts.now or fact(self.facts.facts, "call.time"), INSTANT)


def _from_now(node: c.FromNow, now: Reading) -> Reading:
    """Return the day or instant, so far before or after now; days are those of the policy's time zone."""
    seconds, length = now.value, node.length.value
    if seconds is None:
        return now
    assert isinstance(seconds, int | Decimal | Fraction)
    assert isinstance(length, int | Decimal | Fraction)
    move = add if node.direction == "from now" else subtract
    try:
        if node.type.kind is Kind.INSTANT:
            return Reading(move(seconds, length))
        local = datetime.fromtimestamp(floor(seconds), UTC).astimezone(ZoneInfo(node.zone))
    except (ValueProblem, OverflowError, ValueError, OSError):
        return _MISSING
    return Reading(move(local.date().toordinal(), int(length) // 86_400))


def fact(facts: Mapping[str, object], name: str) -> object:
    """Return a raw fact, or None where it is absent; a mapping that fails counts as one without the fact."""
    try:
        return facts.get(name)
    except Exception:  # noqa: BLE001 - deciding is total: whatever a foreign mapping raises, the fact is not known
        return None


def understood(raw: object, type_: Type) -> Reading:
    """Return a raw value as a canonical one of its type; None is missing."""
    if raw is None:
        return _MISSING
    try:
        return Reading(coerce(type_, raw))
    except ValueProblem as problem:
        text = f"not understood: expected {problem.expected}, got {problem.got}"
        return Reading(None, text, problem.expected, problem.got)


def known(value: Value | None, type_: Type) -> Reading:
    """Return a canonical value, or the reason why it is not one of its type."""
    if value is None:
        return _MISSING
    return Reading(value) if _is_canonical(value, type_) else Reading(None, f"not understood: expected {type_}")


def _is_canonical(value: object, type_: Type) -> bool:
    if type_.kind is Kind.LIST:
        element = type_.element
        return isinstance(value, tuple) and element is not None and all(_is_canonical(item, element) for item in value)
    if type_.kind in TEXTUAL:
        return isinstance(value, str) and (type_.kind is Kind.TEXT or value in type_.choices)
    if type_.kind is Kind.YES_NO:
        return isinstance(value, bool)
    if type_.kind is Kind.MONEY and type_.currency is None:
        return isinstance(value, Money) and _in_range(value.amount, type_)
    return _in_range(value, type_)


def _in_range(value: object, type_: Type) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        return False
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    if type_.kind is Kind.COUNT and value != int(value):
        return False
    return _not_below(value, type_.low) and (type_.high is None or _not_below(type_.high, value))


def _not_below(value: Exact, low: Exact | None) -> bool:
    return low is None or compare(value, low) >= 0
