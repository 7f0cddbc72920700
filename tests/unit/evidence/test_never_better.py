"""The helper of the law `assert_never_better` must itself be able to fail."""

from __future__ import annotations

from decimal import Decimal

import pytest

from policykit.vocabulary.types import Money
from tests.unit.evidence.never_better import HIGHER, LOWER, TRUE, improvements, undirected


@pytest.mark.parametrize("kind", ["evaluation", "ownership", "prices", "red_team", "spend", "test_run"])
def test_every_field_with_a_magnitude_has_a_direction(kind):
    assert undirected(kind) == set()


def test_no_field_has_two_directions():
    assert not (HIGHER | LOWER) & TRUE
    assert not HIGHER & LOWER


@pytest.mark.parametrize(
    ("whole", "broken", "better"),
    [
        ({"accuracy": 1}, {"accuracy": 1}, False),
        ({"accuracy": Decimal("0.9")}, {"accuracy": Decimal("0.91")}, True),
        ({"accuracy": 1}, {}, False),
        ({}, {"cost": Money(Decimal(1), "USD")}, True),
        ({"cost": Money(Decimal(2), "USD")}, {"cost": Money(Decimal(1), "USD")}, True),
        ({"cost": Money(Decimal(1), "USD")}, {"cost": Money(Decimal(2), "USD")}, False),
        ({"errors": 1}, {"errors": 2}, False),
        ({"complete": False}, {"complete": True}, True),
        ({"complete": True}, {"complete": False}, False),
        ({"categories": ("a",)}, {"categories": ("a", "b")}, True),
        ({"model": "a"}, {"model": "b"}, False),
    ],
)
def test_an_improvement_is_seen_and_nothing_else(whole, broken, better):
    assert bool(improvements(whole, broken)) is better
