"""Laws of reading call records."""

import math

import pytest

from policykit.engine.compile import compile_policy
from policykit.errors import FactsError
from tests.engine_rules import TYPES, WINDOW, rule, spent
from tests.strategies import policy_of

POLICY = compile_policy(policy_of((rule("R-1", spent(5)),), (), TYPES))


def problems(record):
    with pytest.raises(FactsError) as raised:
        POLICY.facts(record)
    return raised.value.diagnostics


def test_nested_and_dotted_fields_are_the_same():
    assert POLICY.facts({"call": {"team": "a", "cost": 5}}) == POLICY.facts({"call.team": "a", "call.cost": 5})


def test_windows_are_given_under_their_keys_and_nothing_is_missing_when_it_is_none():
    assert POLICY.facts({WINDOW.key: "6 EUR", "call": {"team": None}}) == {WINDOW.key: "6 EUR"}


def test_all_mistakes_are_named_in_one_run():
    found = problems({"call": {"modle": "x", "cost": "5 USD", "calls": 1.5}, "cal.team": "a"})
    assert [(d.code, d.place) for d in found] == [
        ("PK459", "call.modle"),
        ("PK457", "call.cost"),
        ("PK457", "call.calls"),
        ("PK459", "cal.team"),
    ]
    assert found[0].help == "did you mean `call.model`?"


@pytest.mark.parametrize(
    "value", [True, math.nan, math.inf, pytest.param(10**5000, id="huge"), "five", [5], {"x": 1}, b"5", "5 USD"]
)
def test_what_a_type_does_not_allow_is_refused(value):
    assert problems({"call.cost": value})[0].code in ("PK457", "PK459")


@pytest.mark.parametrize("record", [None, [], "text", 5, b"{}"])
def test_a_record_is_an_object(record):
    assert problems(record)[0].code == "PK452"


def test_a_million_fields_are_refused_in_bounded_time():
    found = problems({f"x{k}": 1 for k in range(1_000_000)})
    assert found[-1].code == "PK453"
    assert len(found) <= 21


def test_deep_nesting_is_refused():
    record: dict[str, object] = {"x": 1}
    for _ in range(100_000):
        record = {"call": record}
    assert problems(record)[-1].code == "PK453"


def test_a_field_given_twice_is_refused():
    assert problems({"call": {"team": "a"}, "call.team": "b"})[0].code == "PK458"


def test_names_that_are_no_text_are_refused():
    assert problems({1: "a"})[0].code == "PK454"


def test_an_empty_group_of_a_fact_that_is_not_declared_is_refused():
    assert problems({"cal": {}})[0].code == "PK459"
