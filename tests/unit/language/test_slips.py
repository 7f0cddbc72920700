"""A slip gets one message, and its help, followed literally, gives what was meant."""

from __future__ import annotations

import re

import pytest

from policykit.language.format import format_tree
from policykit.language.parse import slips
from policykit.source import Span
from tests.fuzz_words import read

RULE = 'rule A-1 "a"\n  on request\n  when {}\n  then deny\n'
NEED = 'requirement A-1 "a"\n  because "it is so"\n  before launch\n  check a.b > 5\n'


def followed(text: str) -> str:
    """Return a text with what is underlined replaced by what the help says to write."""
    (found,) = read(text).diagnostics
    meant = re.findall(r"`([^`]+)`", found.help)[-1]
    span: Span = found.span
    return text[: span.start] + meant + text[span.end :]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a.b equals 5", "a.b is 5"), ("a.b = 5", "a.b is 5"), ("a.b => 5", "a.b >= 5"), ("a.b \u2265 5", "a.b >= 5"),
        ("a.b \u2264 5", "a.b <= 5"), ("a.b \u2260 5", "a.b is not 5"), ("a.b \u00d7 2 > 5", "a.b * 2 > 5"),
        ("a.b > 5 \u2013 3", "a.b > 5 - 3"), ("a.b <> 5", "a.b is not 5"),
        ("avg of call.cost today > 5", "mean of call.cost today > 5"),
        ("average of call.cost today > 5", "mean of call.cost today > 5"),
        ('a.b is "a" or "b"', 'a.b in ["a", "b"]'), ('a.b is not "a" or "b"', 'a.b not in ["a", "b"]'),
        ("a.b > \u00a30.35", "a.b > 0.35 GBP"), ("a.b > GBP 0.35", "a.b > 0.35 GBP"), ("a.b > $5", "a.b > 5 USD"),
        ("a.b > 5\u20ac", "a.b > 5 EUR"), ("a.b > 0,35 GBP", "a.b > 0.35 GBP"), ("a.b > 99,9%", "a.b > 99.9%"),
        ("a.b > 6,000", "a.b > 6_000"), ("a.b > 6'000", "a.b > 6_000"), ("a.b > 6 000", "a.b > 6_000"),
        ("a.b > 6k", "a.b > 6_000"), ("a.b > 1.000.000", "a.b > 1_000_000"), ("a.b > 5 sec", "a.b > 5 seconds"),
        ("a.b is \u201cx\u201d", 'a.b is "x"'), ("a.b is \u201ex\u201c", 'a.b is "x"'),
        ("a.b is \u00abx\u00bb", 'a.b is "x"'), ("a.b is 'x'", 'a.b is "x"'), ("a.b > 6 p.m.", "a.b > 18:00"),
        ("a.b > 5 and/or c.d > 5", "a.b > 5 or c.d > 5"),
    ],
)  # fmt: skip
def test_a_slip_in_a_condition(written, meant):
    mended = followed(RULE.format(written))
    assert format_tree(read(mended).tree) == format_tree(read(RULE.format(meant)).tree)
    assert read(mended).diagnostics == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("because", "reason"), ("because", "since"), ("check", "criterion"), ("requirement", "require"),
        ('"a"', "a title without quotes"), ("A-1", "A\u20131"), ("launch", "Launch"), ("A-1", "a-1"),
    ],
)  # fmt: skip
def test_a_slip_in_a_clause(old, new):
    mended = followed(NEED.replace(old, new, 1))
    meant = NEED.replace(old, '"a title without quotes"') if "title" in new else NEED
    assert read(mended).tree.statements == read(meant).tree.statements
    assert read(mended).diagnostics == ()


def test_only_the_blank_that_is_none_is_underlined():
    (found,) = read(RULE.format("a.b is\u00a05")).diagnostics
    assert (found.code, found.span.end - found.span.start) == ("PK032", 1)


def test_both_readings_of_a_mixed_condition_can_be_copied():
    (found,) = read(RULE.format("a.b > 5 and c.d > 6 or e.f > 7")).diagnostics
    readings = re.findall(r"`(.+?)`", found.help)
    assert readings == ["(a.b > 5 and c.d > 6) or e.f > 7", "a.b > 5 and (c.d > 6 or e.f > 7)"]
    assert all(read(RULE.format(reading)).diagnostics == () for reading in readings)


def test_no_slip_is_a_keyword_where_its_replacement_stands():
    assert all(word not in options for word, options in slips.SLIPS.items())
