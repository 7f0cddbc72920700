"""Laws of canonical values: coercion is total, text and value are two forms of one thing, arithmetic never rounds."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policykit.vocabulary.rendering import as_json
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
    Type,
    choice,
    money,
)
from policykit.vocabulary.units import CURRENCIES
from policykit.vocabulary.values import ValueProblem, add, coerce, compare, exact, multiply, render, subtract

TYPES = [
    *(TEXT, YES_NO, NUMBER, COUNT, PERCENT, POINTS, MONEY, DURATION, TIME, DATE, INSTANT, LIST_OF_TEXT),
    *(choice("pay", "query"), money("EUR"), Type(Kind.LIST, element=PERCENT), Type(Kind.NUMBER, low=-3, high=7)),
    *(Type(Kind.PERCENT), Type(Kind.DURATION), Type(Kind.LIST, element=LIST_OF_TEXT)),
]
types = st.sampled_from(TYPES)
currencies = st.sampled_from(sorted(CURRENCIES))


@st.composite
def decimals_within_the_limits(draw):
    digits = draw(st.integers(-(10**60) + 1, 10**60 - 1))
    places = draw(st.integers(0, 60))
    return Decimal(digits).scaleb(-places) if digits else Decimal(0)


exact_numbers = st.one_of(
    st.integers(-(10**60), 10**60),
    st.decimals(-(10**20), 10**20, places=9),
    st.fractions(max_denominator=10**9),
    decimals_within_the_limits(),
)


class Explosive:
    """Raises from everything that Python might call."""

    def boom(self, *_):
        raise RuntimeError("boom")

    __eq__ = __hash__ = __len__ = __iter__ = __str__ = __bool__ = __int__ = __float__ = __index__ = boom
    __class__ = property(boom)

    def __repr__(self):
        return "Explosive()"


class LyingList(list):
    def __iter__(self):
        yield from ["x"] * 200_000

    def __len__(self):
        return 10**9


class LyingInt(int):
    def __str__(self):
        return "7"

    def __add__(self, other):
        return "seven"

    def bit_length(self):
        return 1


class OddText(str):
    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__

    def encode(self, *_):
        raise RuntimeError("boom")


ODD = [
    *(Explosive(), LyingList(["a"]), LyingInt(10**5_000), LyingInt(3), OddText("pay"), OddText("ü")),
    *(None, object(), int, ..., NotImplemented, b"95%", bytearray(b"x"), 3 + 4j, range(3), {1}, frozenset({"a"})),
    *(10**100_000, -(10**100_000), 1e308, -0.0, math.nan, math.inf, -math.inf, 5e-324),
    *(Decimal("1e999999"), Decimal("1e-999999"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("-0")),
    *(Fraction(1, 10**5_000), Fraction(10**5_000, 3), timedelta.max, timedelta.min, date.max, datetime.max),  # noqa: DTZ901 - naive on purpose
    *("9" * 100_000, "9" * 100_000 + "%", "\ud800", "0.1 EUR", "1e5", "½", "٣", "1_000", "__1", "", " ", "\0"),
    *(Money(1, "EUR"), Money(Explosive(), "EUR"), Money(1, "ABC"), {"amount": 1, "currency": "EUR"}),
    *({"amount": Explosive(), "currency": "EUR"}, {Explosive.boom: 1, "amount": 2}, ["a"] * 100_001, [[]] * 3),
    *(time(1, tzinfo=UTC), time(23, 59, 59, 5), datetime(2027, 1, 1, tzinfo=timezone(timedelta(seconds=1)))),
    *("66.66…% (2/3)", "66.67…% (2/3)", "…% (1/0)", "0.66… (2/3)", "0.66… EUR (2/3)", "… (" + "9" * 99 + "/1)"),
]
anything = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    st.decimals() | st.fractions() | st.dates() | st.times() | st.datetimes(timezones=st.none() | st.timezones()),
    st.timedeltas() | st.complex_numbers(),
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner, max_size=4), max_leaves=8),
    st.dictionaries(st.sampled_from(["amount", "currency", "x"]), st.text() | st.floats() | currencies),
    st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})? ?(%|ms|EUR|USD|days?|percentage points?)", fullmatch=True),
)


def is_canonical(type_, value):
    if type_.kind in (Kind.TEXT, Kind.CHOICE):
        return type(value) is str
    if type_.kind is Kind.YES_NO:
        return type(value) is bool
    if type_.kind is Kind.LIST:
        return type(value) is tuple and all(is_canonical(type_.element, item) for item in value)
    if type_.kind is Kind.MONEY and type_.currency is None:
        return type(value) is Money and value.currency in CURRENCIES and is_canonical(NUMBER, value.amount)
    if type_.kind in (Kind.COUNT, Kind.TIME, Kind.DATE):
        return type(value) is int
    return type(value) in (int, Decimal, Fraction)


PYTHON_WORDS = re.compile(r"\b(int|str|float|NoneType|Decimal|Fraction|tuple|dict|\w+Error|object at)\b")


def assert_canonical_or_refused(type_, raw):
    try:
        value = coerce(type_, raw)
    except ValueProblem as refused:
        problem = refused
    else:
        assert is_canonical(type_, value)
        return
    assert problem.expected
    assert problem.got
    assert problem.got.isprintable()
    assert len(problem.got) < 200
    if not issubclass(type(raw), str | list | dict):  # what these hold may well be such a word
        assert PYTHON_WORDS.search(f"{problem.expected} {problem.got}") is None


@example(YES_NO, "\xa0")
@example(YES_NO, "\u2028")
@given(types, anything)
def test_any_object_of_python_gives_a_canonical_value_or_a_problem_in_policy_words(type_, raw):
    assert_canonical_or_refused(type_, raw)


@pytest.mark.parametrize("place", range(len(ODD)))
def test_odd_objects_too_alone_and_inside_of_lists(place):
    for type_ in TYPES:
        assert_canonical_or_refused(type_, ODD[place])
        assert_canonical_or_refused(Type(Kind.LIST, element=type_), [ODD[place]])
        assert_canonical_or_refused(type_, {"amount": ODD[place], "currency": ODD[place]})


@pytest.mark.parametrize("type_", TYPES, ids=str)
@given(raw=anything)
def test_what_is_rendered_is_read_back_as_the_same_value(type_, raw):
    try:
        value = coerce(type_, raw)
    except ValueProblem:
        return
    assert coerce(type_, as_json(type_, value)) == value
    if type_.kind not in (Kind.TEXT, Kind.CHOICE, Kind.LIST):  # these are written in quotes, as the language has them
        assert coerce(type_, render(type_, value)) == value


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.PERCENT, Kind.POINTS, Kind.DURATION])
@given(number=exact_numbers)
def test_every_exact_number_survives_its_text_in_every_unit(kind, number):
    try:
        value = coerce(Type(kind), number)
    except ValueProblem:
        return
    assert value == number or compare(value, number) == 0
    shown = render(Type(kind), value)
    try:
        assert compare(coerce(Type(kind), shown), value) == 0
    except ValueProblem:
        # only where the unit moves the number over the limits: 10**60 as a ratio is 10**62 percent
        assert abs(Fraction(value)) >= 10**58 or abs(Fraction(value)) < Fraction(1, 10**56)


@given(exact_numbers, currencies)
def test_money_survives_its_text_with_and_without_a_currency_of_its_own(number, currency):
    amount = exact(number)
    assert coerce(MONEY, render(MONEY, Money(amount, currency))) == Money(amount, currency)
    assert coerce(money(currency), render(money(currency), amount)) == amount


def test_a_list_is_what_it_holds_and_not_what_its_class_says():
    assert coerce(LIST_OF_TEXT, LyingList(["a"])) == ("a",)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_means_its_shortest_decimal_text(number):
    try:
        assert exact(number) == Decimal(repr(number))
    except ValueProblem:
        assert abs(number) >= 1e61 or 0 < abs(number) < 1e-60


@example(0.1)
@given(st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.1]))
def test_a_tenth_is_a_tenth(number):
    assert Fraction(exact(number)) == Fraction(round(number * 10), 10)


@given(exact_numbers)
def test_exact_numbers_have_one_form_and_it_is_stable(number):
    once = exact(number)
    assert exact(once) == once
    assert type(exact(once)) is type(once)
    if isinstance(once, Decimal):
        assert once != once.to_integral_value()
        assert not str(once).endswith("0") or "E" in str(once)


OPERATIONS = {
    "add": (add, lambda a, b: a + b),
    "subtract": (subtract, lambda a, b: a - b),
    "multiply": (multiply, lambda a, b: a * b),
}


def significant_digits(number):
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return max(len(str(abs(number.numerator))), len(str(number.denominator)))
    scale = 10 ** max(number.denominator.bit_length(), 1)
    return len(str(abs(number.numerator * scale // number.denominator)).strip("0"))


@pytest.mark.parametrize("name", OPERATIONS)
@given(left=exact_numbers, right=exact_numbers)
def test_arithmetic_agrees_with_fractions_and_never_rounds(name, left, right):
    ours, literal = OPERATIONS[name]
    wanted = literal(Fraction(left), Fraction(right))
    try:
        result = ours(exact(left), exact(right))
    except ValueProblem:
        assert significant_digits(wanted) > 100
    else:
        assert Fraction(result) == wanted


@given(exact_numbers, exact_numbers)
def test_comparison_agrees_with_fractions_across_all_forms(left, right):
    a, b = Fraction(left), Fraction(right)
    assert compare(exact(left), exact(right)) == (a > b) - (a < b)
    assert compare(exact(left), exact(right)) == -compare(exact(right), exact(left))
    assert compare(exact(left), exact(left)) == 0


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_is_the_same_in_every_zone(moment):
    value = coerce(INSTANT, moment)
    assert coerce(INSTANT, moment.astimezone(UTC)) == value
    assert coerce(INSTANT, moment.astimezone(UTC).isoformat()) == value
    assert Fraction(value) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1) * Fraction(
        1, 1_000_000
    ) or Fraction(value) == Fraction((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 10**6)


@given(st.dates(date(1900, 1, 1)))
def test_a_date_is_its_ordinal(day):
    assert coerce(DATE, day) == coerce(DATE, day.isoformat()) == day.toordinal()


@given(st.timedeltas(timedelta(0)))
def test_a_duration_is_its_exact_seconds(span):
    value = coerce(DURATION, span)
    assert Fraction(value) == Fraction(span // timedelta(microseconds=1), 10**6)
    assert coerce(DURATION, render(DURATION, value)) == value
