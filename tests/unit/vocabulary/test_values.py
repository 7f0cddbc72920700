"""What comes in, case by case; the laws stand in tests/properties/test_values.py."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction

import pytest

from policykit.source.visible import CUT
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
from policykit.vocabulary.values import ValueProblem, add, coerce, compare, exact, multiply, quoted, render

EUR = money("EUR")
PAY = choice("pay", "query")


class Level(IntEnum):
    HIGH = 3


class Action(StrEnum):
    PAY = "pay"


READ = [
    (PERCENT, "95%", Decimal("0.95")),
    (PERCENT, "95 %", Decimal("0.95")),
    (PERCENT, 0.95, Decimal("0.95")),
    (PERCENT, 1, 1),
    (PERCENT, Fraction(46, 50), Decimal("0.92")),
    (PERCENT, Fraction(2, 3), Fraction(2, 3)),
    (POINTS, "1 percentage point", Decimal("0.01")),
    (POINTS, "-2.5 percentage points", Decimal("-0.025")),
    (NUMBER, "1_000.50", Decimal("1000.5")),
    (NUMBER, 1e3, 1000),
    (NUMBER, Decimal("1E+3"), 1000),
    (NUMBER, Level.HIGH, 3),
    (COUNT, 500.0, 500),
    (COUNT, "500", 500),
    (EUR, "500.01 EUR", Decimal("500.01")),
    (EUR, 500.01, Decimal("500.01")),
    (EUR, {"amount": "500.01", "currency": "EUR"}, Decimal("500.01")),
    (EUR, Money(7, "EUR"), 7),
    (MONEY, "0.04 USD", Money(Decimal("0.04"), "USD")),
    (MONEY, {"amount": 0.1, "currency": "USD"}, Money(Decimal("0.1"), "USD")),
    (DURATION, "250 ms", Decimal("0.25")),
    (DURATION, "30 days", 2_592_000),
    (DURATION, "1 week", 604_800),
    (DURATION, "15 minutes 1 second", 901),
    (DURATION, timedelta(milliseconds=1500), Decimal("1.5")),
    (DURATION, 0.25, Decimal("0.25")),
    (TIME, "06:00", 21_600),
    (TIME, time(6, 0, 30), 21_630),
    (DATE, "2027-03-31", date(2027, 3, 31).toordinal()),
    (DATE, date(2027, 3, 31), date(2027, 3, 31).toordinal()),
    (INSTANT, "1970-01-01T00:00:00Z", 0),
    (INSTANT, "1970-01-01T02:00+02:00", 0),
    (INSTANT, "1970-01-01T00:00:00.000000001Z", Decimal("1E-9")),
    (INSTANT, datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC), Decimal("0.5")),
    (TEXT, Action.PAY, "pay"),
    (PAY, Action.PAY, "pay"),
    (YES_NO, True, True),
    (YES_NO, "no", False),
    (LIST_OF_TEXT, ["a", "b"], ("a", "b")),
    (LIST_OF_TEXT, (), ()),
]


@pytest.mark.parametrize(("type_", "raw", "value"), READ)
def test_a_value_is_read_as_the_language_reads_it(type_, raw, value):
    got = coerce(type_, raw)
    assert got == value
    assert type(got) is type(value)


REFUSED = [
    (PERCENT, 95, "a percent such as 95% or 0.95, between 0% and 100%", "`95`"),
    (PERCENT, "95", "a percent such as 95% or 0.95, between 0% and 100%", "`95`, text without a unit"),
    (PERCENT, "101%", "a percent such as 95% or 0.95, between 0% and 100%", "`101%`"),
    (PERCENT, True, "a percent such as 95% or 0.95, between 0% and 100%", "yes"),
    (PERCENT, None, "a percent such as 95% or 0.95, between 0% and 100%", "nothing"),
    (POINTS, "1%", "percentage points such as 1 percentage point", "`1%`"),
    (NUMBER, float("nan"), "a number such as 12.5", "`NaN`"),
    (NUMBER, float("-inf"), "a number such as 12.5", "infinity"),
    (NUMBER, 10**100_000, "a number such as 12.5", "a number beyond 60 digits"),
    (NUMBER, Decimal("1e-61"), "a number such as 12.5", "a number beyond 60 digits"),
    (NUMBER, "12 EUR", "a number such as 12.5", "`12 EUR`"),
    (NUMBER, "1e3", "a number such as 12.5", "`1e3`"),
    (Type(Kind.NUMBER, low=0, high=2), 2.5, "a number such as 12.5, between 0 and 2", "`2.5`"),
    (COUNT, 1.5, "a count such as 500, a whole number from 0", "`1.5`"),
    (COUNT, -1, "a count such as 500, a whole number from 0", "`-1`"),
    (EUR, "500 USD", "an amount in EUR such as 500.01 EUR", "`500 USD`"),
    (EUR, "500", "an amount in EUR such as 500.01 EUR", "`500`, text without a unit"),
    (EUR, "500 eur", "an amount in EUR such as 500.01 EUR", "`500 eur`"),
    (MONEY, 5, "an amount with its currency such as 500.01 EUR", "`5`"),
    (MONEY, "5 XXX", "an amount with its currency such as 500.01 EUR", "`5 XXX`"),
    (MONEY, {"amount": 5}, "an amount with its currency such as 500.01 EUR", "an object with named fields"),
    (DURATION, "-1 seconds", "a duration such as 250 ms or 30 days, at least 0 seconds", "`-1 seconds`"),
    (DURATION, "1 second 1 minute", "a duration such as 250 ms or 30 days, at least 0 seconds", "`1 second 1 minute`"),
    (DURATION, "1 month", "a duration such as 250 ms or 30 days, at least 0 seconds", "`1 month`"),
    (TIME, "24:00", "a time of day such as 06:00 or 06:00:30", "`24:00`"),
    (TIME, time(1, tzinfo=UTC), "a time of day such as 06:00 or 06:00:30", "`01:00:00+00:00`"),
    (TIME, 0.5, "a time of day such as 06:00 or 06:00:30", "`0.5`"),
    (DATE, "2027-02-30", "a date such as 2027-03-31, from 1900 to 9999", "`2027-02-30`"),
    (DATE, 740_071, "a date such as 2027-03-31, from 1900 to 9999", "`740071`"),
    (DATE, datetime(2027, 1, 1, tzinfo=UTC), "a date such as 2027-03-31", "`2027-01-01T00:00:00+00:00`"),
    (INSTANT, 1_798_761_600, "an instant with `Z` or its offset", "`1798761600`"),
    (INSTANT, "2027-03-31T06:00:00", "an instant with `Z` or its offset", "`2027-03-31T06:00:00`"),
    (INSTANT, datetime(2027, 1, 1), "an instant with `Z` or its offset", "which has no offset"),  # noqa: DTZ001
    (INSTANT, "2016-12-31T23:59:60Z", "an instant with `Z` or its offset", "`2016-12-31T23:59:60Z`"),
    (INSTANT, "1969-12-31T23:59:59Z", "from 1970 to 9999", "`1969-12-31T23:59:59Z`"),
    (TEXT, 5, "text", "`5`"),
    (TEXT, b"pay", "text", "something else"),
    (TEXT, "\ud800", "text", "text that is not valid Unicode"),
    (PAY, "Pay", 'one of "pay", "query"', "`Pay`"),
    (YES_NO, 1, "yes or no", "`1`"),
    (YES_NO, "true", "yes or no", "`true`"),
    (LIST_OF_TEXT, "a", "a list, each item text", "`a`"),
    (LIST_OF_TEXT, ["a", 1], "text as item 2", "`1`"),
    (LIST_OF_TEXT, {"a"}, "a list, each item text", "something else"),
    (LIST_OF_TEXT, ["a"] * 100_001, "at most 100,000 items", "100,001"),
]


@pytest.mark.parametrize(("type_", "raw", "expected", "got"), REFUSED, ids=range(len(REFUSED)))
def test_what_has_no_meaning_is_refused_with_what_would_have(type_, raw, expected, got):
    with pytest.raises(ValueProblem) as refused:
        coerce(type_, raw)
    assert expected in refused.value.expected
    assert got in refused.value.got


SHOWN = [
    (PERCENT, Decimal("0.92"), "92%"),
    (PERCENT, 1, "100%"),
    (PERCENT, Decimal("0.005"), "0.5%"),
    (PERCENT, Fraction(2, 3), "66.66…% (2/3)"),
    (PERCENT, Fraction(919_999, 999_999), "91.99…% (919999/999999)"),
    (POINTS, Decimal("0.01"), "1 percentage point"),
    (POINTS, Decimal("-0.025"), "-2.5 percentage points"),
    (NUMBER, Decimal("1E+2"), "100"),
    (NUMBER, Fraction(-2, 3), "-0.66… (-2/3)"),
    (EUR, Decimal("500.01"), "500.01 EUR"),
    (EUR, Fraction(1, 3), "0.33… EUR (1/3)"),
    (MONEY, Money(Decimal("0.04"), "USD"), "0.04 USD"),
    (DURATION, 0, "0 seconds"),
    (DURATION, Decimal("0.25"), "250 ms"),
    (DURATION, 901, "15 minutes 1 second"),
    (DURATION, 2_592_000, "30 days"),
    (DURATION, 90_061, "1 day 1 hour 1 minute 1 second"),
    (Type(Kind.DURATION), -90, "-90 seconds"),
    (TIME, 21_600, "06:00"),
    (TIME, 21_630, "06:00:30"),
    (DATE, date(2027, 3, 31).toordinal(), "2027-03-31"),
    (INSTANT, Decimal("0.25"), "1970-01-01T00:00:00.25Z"),
    (TEXT, 'say "hi"\n', '"say \\"hi\\"\\n"'),
    (YES_NO, True, "yes"),
    (LIST_OF_TEXT, ("a", "b"), '["a", "b"]'),
]


@pytest.mark.parametrize(("type_", "value", "text"), SHOWN, ids=range(len(SHOWN)))
def test_a_value_is_shown_as_people_read_it(type_, value, text):
    assert render(type_, value) == text


@pytest.mark.parametrize("raw", [True, False, None, "1", [1]])
def test_only_numbers_are_exact_numbers(raw):
    with pytest.raises(ValueProblem):
        exact(raw)


def test_a_ratio_just_below_a_threshold_never_reads_as_if_it_had_reached_it():
    just_below = Fraction(91_999_999, 100_000_001)
    assert compare(just_below, Decimal("0.92")) < 0
    assert render(PERCENT, just_below).startswith("91.99…%")


def test_digits_before_the_cut_that_belong_to_another_fraction_are_refused():
    assert coerce(PERCENT, "66.66…% (2/3)") == Fraction(2, 3)
    with pytest.raises(ValueProblem):
        coerce(PERCENT, "67.66…% (2/3)")


def test_a_result_beyond_100_digits_is_refused_and_one_of_100_is_not():
    assert multiply(10**50 + 1, 10**49 + 1) == (10**50 + 1) * (10**49 + 1)
    with pytest.raises(ValueProblem, match="100 digits"):
        multiply(10**50 + 1, 10**51 + 1)
    with pytest.raises(ValueProblem):
        add(10**60, exact(Decimal("1e-60")))


def test_results_cannot_grow_without_bound_however_few_digits_they_have():
    def squared(number, times):
        for _ in range(times):
            number = multiply(number, number)
        return number

    assert squared(10**60, 3) == Decimal("1e480")
    with pytest.raises(ValueProblem, match="100 digits"):
        squared(10**60, 50)


def test_the_context_of_the_caller_does_not_change_a_value():
    code = (
        "import decimal; decimal.getcontext().prec = 3\n"
        "from policykit.vocabulary.values import *; from policykit.vocabulary.types import *\n"
        "value = coerce(PERCENT, '12.3456789%')\n"
        "print(render(PERCENT, value), add(value, 1), render(DURATION, coerce(DURATION, 123456.789)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "12.3456789% 1.123456789 1 day 10 hours 17 minutes 36.789 seconds"


def test_values_are_read_without_pydantic():
    code = (
        "import policykit.vocabulary.values, sys; print([m for m in ('pydantic', 'lark', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_quoted_text_is_one_line_whatever_it_holds():
    assert "\n" not in quoted("a\r\n\tb\\")


def test_a_number_that_was_cut_says_so_in_its_message():
    """Half of a secret is not recognised: who keeps a message looks for the mark and drops what was cut."""
    with pytest.raises(ValueProblem) as caught:
        coerce(Type(Kind.PERCENT, low=0, high=1), Fraction(int("4" * 61), 10**20))
    assert caught.value.got.endswith(f"{CUT}`")
