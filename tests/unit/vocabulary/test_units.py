"""Units, currencies and moments."""

from decimal import Decimal

import pytest

from policykit.vocabulary.types import Kind
from policykit.vocabulary.units import CURRENCIES, UNITS, literal, moment
from policykit.vocabulary.values import ValueProblem, coerce, render


@pytest.mark.parametrize(
    ("value", "unit", "kind", "canonical"),
    [
        ("500", "", Kind.NUMBER, 500),
        ("92", "%", Kind.PERCENT, Decimal("0.92")),
        ("150", "%", Kind.PERCENT, Decimal("1.5")),
        ("1", "percentage point", Kind.POINTS, Decimal("0.01")),
        ("3", "percentage  points", Kind.POINTS, Decimal("0.03")),
        ("250", "ms", Kind.DURATION, Decimal("0.25")),
        ("1", "second", Kind.DURATION, 1),
        ("2", "minutes", Kind.DURATION, 120),
        ("2", "hours", Kind.DURATION, 7_200),
        ("30", "days", Kind.DURATION, 2_592_000),
        ("2", "weeks", Kind.DURATION, 1_209_600),
        ("0.04", "USD", Kind.MONEY, Decimal("0.04")),
    ],
)
def test_a_literal_has_the_type_of_its_unit_and_the_canonical_scale(value, unit, kind, canonical):
    type_, got = literal(Decimal(value), unit)
    assert type_.kind is kind
    assert got == canonical
    assert type(got) is type(canonical)


@pytest.mark.parametrize("unit", ["XXX", "XTS", "ABC", "eur", "month", "percent", "", "points"])
def test_an_unknown_unit_is_refused_with_those_that_are_known(unit):
    if unit == "":
        assert literal(Decimal(1), unit)[1] == 1
        return
    with pytest.raises(ValueProblem) as refused:
        literal(Decimal(1), unit)
    assert "EUR" in refused.value.expected
    assert f"`{unit}`" in refused.value.got


def test_a_literal_beyond_the_limits_is_refused():
    with pytest.raises(ValueProblem):
        literal(Decimal("9" * 61), "")
    with pytest.raises(ValueProblem):
        literal(Decimal("1e60"), "weeks")


def test_every_unit_that_is_read_is_written_and_read_again():
    for unit in [*UNITS, "EUR"]:
        type_, value = literal(Decimal("1.5"), unit)
        assert coerce(type_, render(type_, value)) == value


def test_the_currencies_are_codes_of_iso_4217_without_those_that_no_contract_can_mean():
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert {"EUR", "USD", "GBP", "JPY", "CHF", "INR", "XCG", "ZWG", "SLE", "XAF", "XDR"} <= CURRENCIES
    assert not {"XXX", "XTS", "DEM", "HRK", "BGN", "ANG", "SLL", "ZWL", "BTC"} & CURRENCIES
    assert 170 < len(CURRENCIES) < 185


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "2027-02-29"),
        (Kind.DATE, "2027-13-01"),
        (Kind.DATE, "1899-12-31"),
        (Kind.DATE, "2027-3-1"),
        (Kind.DATE, "２０２７-03-31"),
        (Kind.TIME, "24:00"),
        (Kind.TIME, "23:59:60"),
        (Kind.TIME, "6:00"),
        (Kind.INSTANT, "2027-03-31T06:00:00"),
        (Kind.INSTANT, "2027-03-31T06:00:00+24:00"),
        (Kind.INSTANT, "2027-03-31 06:00:00Z"),
        (Kind.INSTANT, "2027-03-31T06:00:60Z"),
        (Kind.INSTANT, "1970-01-01T00:00:00+01:00"),
        (Kind.INSTANT, "9999-12-31T23:59:59-01:00"),
        (Kind.INSTANT, "2027-03-31T06:00:00.0000000001Z"),
    ],
)
def test_a_moment_that_is_none_is_refused(kind, text):
    with pytest.raises(ValueProblem) as refused:
        moment(kind, text)
    assert text in refused.value.got


def test_a_moment_may_be_named_by_the_word_for_its_kind():
    assert moment("date", "2028-02-29") == moment(Kind.DATE, "2028-02-29")
    assert moment("time of day", "06:00")[1] == 21_600
    assert moment("instant", "1970-01-01T00:00:00Z")[1] == 0
