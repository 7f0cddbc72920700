"""Bounds hold in every place that takes an expression, so that no later pass can exhaust the stack."""

from __future__ import annotations

from decimal import Decimal

import pytest

from policykit.language import syntax as s
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.language.parse.depth import MAX_DEPTH
from policykit.source import SourceFile

SUM = " + ".join(["1"] * 3_000)
PLACES = [
    "let a = {}",
    "parameter a : count = {}",
    "parameter a : number between 0 and {}",
    'fact a : number between {} and 9 "w"',
    "include base with a = {}",
    'requirement A-1 "t" check a > {}',
    'requirement A-1 "t" check a is 1 applies when a > {}',
    'scorecard S-1 "t" measure a.b baseline {} target at least 1%',
    'scorecard S-1 "t" measure a.b baseline 1% target at least {}',
    'rule R-1 "t" when a in [{}] then deny',
    'rule R-1 "t" when sum of a.b where (x.y > {}) today > 1 then deny',
    'stop S-1 "t" when a > {} then pause all calls resume by a',
    "tighten base/A-1 check a > {}",
    'replace base/A-1 check a > {} because "x" approved by a',
    'test "t" given a is {} expect allow',
]


@pytest.mark.parametrize("place", PLACES)
def test_a_sum_without_end_is_an_error_wherever_it_stands(place):
    parsed = parse(SourceFile("<text>", place.format(SUM)))
    assert [d.code for d in parsed.diagnostics] == ["PK023"]
    assert parsed.tree.statements == ()


@pytest.mark.parametrize("place", PLACES)
def test_a_sum_within_the_bound_is_read_and_formatted(place):
    parsed = parse(SourceFile("<text>", place.format(" + ".join(["1"] * (MAX_DEPTH - 8)))))
    assert parsed.diagnostics == ()
    assert format_tree(parsed.tree)


def test_a_negative_number_keeps_all_its_digits():
    digits = "1234567890" * 6
    (statement,) = parse(SourceFile("<text>", f"let a = -{digits}")).tree.statements
    assert isinstance(statement, s.Let)
    assert isinstance(statement.value, s.Number)
    assert str(statement.value.value) == str(Decimal(f"-{digits}"))
