"""Checked policies and call records for property tests: small vocabularies, so that values meet thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import strategies as st

from policykit.language import checked as c
from policykit.source import SourceFile
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import (
    COUNT,
    DATE,
    DURATION,
    INSTANT,
    LIST_OF_TEXT,
    MONEY,
    NUMBER,
    PERCENT,
    POINTS,
    TEXT,
    TIME,
    YES_NO,
    Kind,
    Money,
    Phase,
    Type,
    choice,
    money,
)

TYPES: dict[str, Type] = {
    "call.team": TEXT,
    "call.tool": TEXT,
    "call.text": TEXT,
    "call.kind": choice("pay", "query", "none"),
    "call.flag": YES_NO,
    "call.score": NUMBER,
    "call.level": Type(Kind.NUMBER, low=Decimal("-5.5"), high=100),
    "call.calls": COUNT,
    "call.confidence": PERCENT,
    "call.drift": POINTS,
    "call.amount": money("EUR"),
    "call.other": money("EUR"),
    "call.cost": MONEY,
    "call.latency": DURATION,
    "call.hour": TIME,
    "call.day": DATE,
    "call.at": INSTANT,
    "call.time": INSTANT,
    "call.tags": LIST_OF_TEXT,
}
NUMBERS = [
    0,
    1,
    2,
    -1,
    Decimal("0.3"),
    Decimal("0.1"),
    Decimal("0.8"),
    5,
    100,
    Decimal("-5.5"),
    Decimal("1e-45"),
    10**23,
]
THIRDS = [Fraction(1, 3), Decimal("0.30000000000000004"), Decimal("0.1") + Decimal("1e-30"), 2**53, 2**53 + 1]
TEXTS = ["pay", "query", "none", "a", "b", "büro", ""]
REGEXES = [r"[0-9]{3}", r"^a", r"secret|token", r"b$"]


class Word(StrEnum):
    """A subclass of `str`, which means its text."""

    PAY = "pay"


class Hostile:
    """An object that raises whatever is done with it."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __hash__(self) -> int:
        raise RuntimeError("no")

    def __lt__(self, other: object) -> bool:
        raise RuntimeError("no")

    __gt__ = __le__ = __ge__ = __lt__

    def __bool__(self) -> bool:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        return "Hostile()"


class Twin(str):
    """Equal to every text, and hashed like one of them."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("pay")


# --- literals and conditions --------------------------------------------------------------------------------------


def literals(type_: Type) -> st.SearchStrategy[Any]:
    """Canonical values of a type that a policy may state."""
    match type_.kind:
        case Kind.TEXT:
            return st.sampled_from(TEXTS)
        case Kind.CHOICE:
            return st.sampled_from(type_.choices)
        case Kind.YES_NO:
            return st.booleans()
        case Kind.COUNT:
            return st.sampled_from([0, 1, 2, 3, 100, 2**53, 2**60])
        case Kind.TIME:
            return st.sampled_from([0, 3600, 21600, 86399])
        case Kind.DATE:
            return st.sampled_from([date(2027, 3, 31).toordinal(), date(2026, 1, 1).toordinal()])
        case Kind.INSTANT:
            return st.sampled_from([0, 1_800_000_000, Decimal("1800000000.5")])
        case Kind.PERCENT:
            return st.sampled_from([0, 1, Decimal("0.3"), Decimal("0.1"), Decimal("0.8"), Fraction(1, 3)])
        case _:
            return st.sampled_from([*NUMBERS, *THIRDS])


def _constant(type_: Type, value: Any) -> c.Constant:
    return c.Constant(value, money("EUR") if type_ == MONEY else type_)


def from_now(type_: Type) -> st.SearchStrategy[c.FromNow]:
    """A date or an instant counted from `call.time`."""
    lengths = st.sampled_from([0, 86_400, 90 * 86_400]).map(lambda seconds: c.Constant(seconds, Type(Kind.DURATION)))
    zones = st.sampled_from(["UTC", "Pacific/Kiritimati"])
    return st.builds(c.FromNow, lengths, st.sampled_from(["ago", "from now"]), st.just(type_), zones)


@st.composite
def comparisons(draw: st.DrawFn, names: list[str]) -> c.Check:
    """A fact against a literal, another fact, or a computed number."""
    name = draw(st.sampled_from(names))
    type_ = TYPES[name]
    read = c.FactRead(name, type_)
    relations = ["<", "<=", ">", ">=", "==", "!="] if type_.is_numeric else ["==", "!="]
    relation = draw(st.sampled_from(relations))
    same = [other for other in TYPES if TYPES[other].kind is type_.kind and type_.is_numeric]
    right: c.Operand
    if same and draw(st.integers(0, 3)) == 0:
        right = c.FactRead(other := draw(st.sampled_from(same)), TYPES[other])
        if draw(st.integers(0, 2)) == 0:
            factor = c.Constant(draw(literals(NUMBER)), NUMBER)
            right = c.Compute("*", right, factor, right.type)
    else:
        right = _constant(type_, draw(literals(type_)))
    if type_.kind in (Kind.DATE, Kind.INSTANT) and draw(st.integers(0, 2)) == 0:
        right = draw(from_now(type_))
    sides: tuple[c.Operand, c.Operand] = (right, read) if draw(st.integers(0, 3)) == 0 else (read, right)
    return c.Compare(relation, *sides)


@st.composite
def atoms(draw: st.DrawFn) -> c.Check:
    """Any condition without `and`, `or`, `not`."""
    scalar = [name for name, type_ in TYPES.items() if type_.kind is not Kind.LIST]
    form = draw(st.sampled_from(["compare", "compare", "member", "pattern", "item", "affix", "supplied"]))
    if form == "compare":
        return draw(comparisons(scalar))
    if form == "member":
        name = draw(st.sampled_from([n for n in scalar if n != "call.cost"]))
        options = draw(st.lists(literals(TYPES[name]), min_size=1, max_size=4, unique=True))
        return c.Member(c.FactRead(name, TYPES[name]), tuple(options), draw(st.booleans()))
    mode = draw(st.sampled_from(["any", "all"]))
    if form == "pattern":
        texts = st.sampled_from(["a", "secret", "é", "a.b", "(", "ｓecret"]).map(lambda t: c.Pattern(f'"{t}"', text=t))
        regexes = st.sampled_from(REGEXES).map(lambda r: c.Pattern(f"/{r}/", regexes=(r,)))
        patterns = draw(st.lists(st.one_of(regexes, regexes, texts), min_size=1, max_size=3, unique=True))
        return c.ContainsPattern(c.FactRead("call.text", TEXT), mode, tuple(patterns))
    if form == "item":
        items = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True))
        return c.ContainsItem(c.FactRead("call.tags", LIST_OF_TEXT), mode, tuple(items))
    if form == "affix":
        name = draw(st.sampled_from(["call.text", "call.team"]))
        text = draw(st.sampled_from(["a", "pa", "y", "ü"]))
        return c.Affix(c.FactRead(name, TEXT), draw(st.sampled_from(["starts", "ends"])), text)
    name = draw(st.sampled_from(list(TYPES)))
    return c.Supplied(c.FactRead(name, TYPES[name]), draw(st.booleans()))


def _joined(children: st.SearchStrategy[c.Check]) -> st.SearchStrategy[c.Check]:
    def flat(kind: type[c.And | c.Or], items: list[c.Check]) -> c.Check:
        parts = [part for item in items for part in (item.items if isinstance(item, kind) else (item,))]
        return kind(tuple(parts))

    several = st.lists(children, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda items: flat(c.And, items)),
        several.map(lambda items: flat(c.Or, items)),
        children.map(c.Not),
    )


conditions = st.recursive(atoms(), _joined, max_leaves=6)

EFFECTS = [
    c.Effect("deny", message="the kind {call.kind} costs {call.amount}"),
    c.Effect("deny"),
    c.Effect("ask", roles=("risk",), seconds=60, otherwise=c.Effect("deny")),
    c.Effect("pause", roles=("risk",)),
    c.Effect("use", fallbacks=("queue",)),
    c.Effect("pseudonymise", patterns=(c.Pattern("/[0-9]{3}/", regexes=("[0-9]{3}",)),)),
    c.Effect("redact"),
    c.Effect("warn", message="look at {call.team}"),
]


@st.composite
def rules(draw: st.DrawFn, number: int, keyed: tuple[str, ...] = ()) -> c.Rule:
    """A rule; `keyed` names text facts that its condition tests first."""
    tests: list[c.Check] = []
    for name in keyed:
        read = c.FactRead(name, TYPES[name])
        if draw(st.booleans()):
            tests.append(c.Compare("==", read, c.Constant(draw(literals(TYPES[name])), TYPES[name])))
        else:
            options = draw(st.lists(literals(TYPES[name]), min_size=1, max_size=2, unique=True))
            tests.append(c.Member(read, tuple(options)))
    more = draw(st.one_of(st.none(), conditions))
    if more is not None:
        tests += more.items if isinstance(more, c.And) else (more,)
    when = None if not tests else tests[0] if len(tests) == 1 else c.And(tuple(tests))
    then = (draw(st.sampled_from(EFFECTS)),)
    unknown = draw(st.one_of(st.just(then), st.sampled_from([*EFFECTS, c.Effect("allow")]).map(lambda e: (e,))))
    phases = draw(st.sampled_from([frozenset({Phase.REQUEST}), frozenset({Phase.REQUEST, Phase.RESPONSE})]))
    return c.Rule(
        id=f"R-{number}",
        title="",
        because="",
        section="",
        owners=(),
        phases=phases,
        when=when,
        then=then,
        unknown=unknown,
    )


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[c.Rule, ...]:
    """Rules that stand alone, and sometimes so many keyed ones that they are indexed."""
    found = [draw(rules(number)) for number in range(draw(st.integers(1, 4)))]
    if draw(st.integers(0, 2)) == 0:
        keys = draw(
            st.sampled_from([("call.team",), ("call.team", "call.tool"), ("call.kind", "call.team"), ("call.kind",)])
        )
        found += [draw(rules(100 + number, keys)) for number in range(draw(st.integers(8, 10)))]
    return tuple(found)


def policy_of(
    rules: tuple[c.Rule, ...], stops: tuple[c.Stop, ...] = (), types: Mapping[str, Type] = TYPES
) -> c.CheckedPolicy:
    """Return a checked policy around some rules."""
    facts = {name: Field(name, type_, words=name) for name, type_ in types.items()}
    return c.CheckedPolicy(
        name="generated",
        version="1.0.0",
        title="",
        timezone="UTC",
        kind="policy",
        language=1,
        parties={},
        roles={},
        gates={},
        evidence={},
        facts=facts,
        detectors={},
        tools={},
        fallbacks={},
        sections={},
        packs=(),
        requirements=(),
        scorecards=(),
        rules=rules,
        rollouts=(),
        stops=stops,
        waivers=(),
        sign_offs=(),
        tests=(),
        digest="sha256:" + "0" * 64,
        source=SourceFile("<generated>", ""),
    )


policies = rule_sets().map(policy_of)

# --- call records -------------------------------------------------------------------------------------------------

FLOATS = [
    0.1 + 0.2,
    0.3,
    1e23,
    1e-50,
    1e-45,
    5e-324,
    1e70,
    math.nan,
    math.inf,
    -math.inf,
    -0.0,
    0.8,
    2.0**53,
    2.0**53 + 2,
]
ODD = [
    True,
    False,
    10**40,
    10**70,
    10**5000,
    -(10**23),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("1e-45"),
]
STRANGE = [
    Hostile(),
    object(),
    {},
    {"amount": 1, "currency": "EUR"},
    [],
    ["a", "pay"],
    ("b",),
    [["a"]],
    b"pay",
    Twin("zzz"),
]
WRITTEN = [
    "95%",
    "80%",
    "30%",
    "500.01 EUR",
    "1 EUR",
    "1 USD",
    "250 ms",
    "06:00",
    "2027-03-31",
    "2027-01-15T08:00:00Z",
    "yes",
]
BROKEN = ["\ud800", "a\udfff", "pay\ud83d"]


def _usual(type_: Type) -> st.SearchStrategy[Any]:
    match type_.kind:
        case Kind.TEXT | Kind.CHOICE:
            return st.sampled_from([*TEXTS, "a 123", "my secret b", "é", Word.PAY])
        case Kind.YES_NO:
            return st.booleans()
        case Kind.LIST:
            return st.lists(st.sampled_from(TEXTS), max_size=3)
        case Kind.COUNT | Kind.TIME:
            return st.sampled_from([0, 1, 2, 3, 100, 3600, 21600, 2**53 + 1])
        case Kind.DATE:
            return st.sampled_from(["2027-03-31", "2026-01-01", date(2027, 3, 31), date(2027, 4, 1)])
        case Kind.INSTANT:
            return st.sampled_from(["2027-01-15T08:00:00Z", "2027-01-15T08:00:00.5Z", "1970-01-01T00:00:00Z"])
        case Kind.MONEY if type_.currency is None:
            return st.sampled_from([Money(1, "EUR"), Money(5, "USD"), "100 EUR", {"amount": "0.3", "currency": "EUR"}])
        case _:
            return st.sampled_from([0, 1, 2, 5, 100, 0.1, 0.3, 0.8, -5.5, 0.5, timedelta(seconds=2), *NUMBERS, *THIRDS])


@cache
def raw_values(type_: Type) -> st.SearchStrategy[Any]:
    """What a caller may hand in for a fact: mostly sensible values, and everything else."""
    any_float = st.one_of(st.floats(), st.floats(-2, 2), st.integers(-5, 101))
    odd = st.one_of(
        st.sampled_from(FLOATS),
        st.sampled_from(ODD),
        st.integers(0, len(STRANGE) - 1).map(STRANGE.__getitem__),  # hypothesis would hash them
        st.sampled_from(WRITTEN),
        st.sampled_from(BROKEN),
        any_float,
        st.decimals(),
        st.none(),
    )
    usual = _usual(type_)
    return st.one_of(usual, usual, usual, any_float if type_.is_numeric else usual, odd)


@st.composite
def records(draw: st.DrawFn, types: Mapping[str, Type] = TYPES) -> dict[str, object]:
    """The facts of one call; some are missing."""
    names = draw(st.sets(st.sampled_from(list(types)), max_size=4))
    return {name: draw(raw_values(type_)) for name, type_ in types.items() if name not in names}
