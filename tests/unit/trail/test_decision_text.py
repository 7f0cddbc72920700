"""The text of a decision: written and read back, and no name in it that is not a name."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.digest import digest_of_bytes
from policykit.trail.entries import decisions as text
from policykit.trail.entries.names import is_marked, recorded_function, recorded_name, recorded_person

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.from_regex(r"[A-Za-z0-9._:/@+-]{1,200}", fullmatch=True)
BY_NAME = st.dictionaries(WORDS, WORDS, max_size=3)
DECISIONS = st.builds(
    text.DecisionRecord,
    decision_id=WORDS,
    phase=WORDS,
    outcome=WORDS,
    policy=st.builds(text.PolicyRef, WORDS, WORDS, st.just(digest_of_bytes(b"p"))),
    clauses=BY_NAME,
    function=st.none() | st.builds(text.FunctionRef, NAMES, st.just("") | WORDS),
    refused=st.booleans(),
    at=st.just("") | st.just("2026-11-27T10:00:00.000001Z"),
    model=st.none()
    | st.builds(text.ModelRef, WORDS, WORDS, WORDS, st.dictionaries(WORDS, st.integers(0, 9) | WORDS, max_size=2)),
    input_tokens=st.none() | st.integers(0, 10**6),
    output_tokens=st.none() | st.integers(0, 10**6),
    cost_usd=st.none() | st.decimals(0, 100, allow_nan=False, places=6),
    checked=st.booleans(),
    effects=st.lists(WORDS, max_size=3).map(tuple),
    instead=st.lists(WORDS, max_size=3).map(tuple),
    commitments=BY_NAME,
    facts=st.dictionaries(WORDS, st.none() | WORDS | st.integers(0, 9), max_size=3),
    facts_left_out=BY_NAME,
    **dict.fromkeys(text.TEXTS, WORDS),
)


def members_of(entry):
    return json.loads(f"{{{text.decision(entry).members}}}", parse_float=Decimal)


@given(DECISIONS)
def test_what_is_written_is_what_is_read_back(entry):
    read = text.read_decision(members_of(entry))
    if entry.model is not None and not (entry.model.provider or entry.model.name or entry.model.version):
        entry.model = read.model  # a model without any name is an empty object
    assert read == entry


@given(DECISIONS, st.data())
def test_a_member_of_another_kind_is_refused_or_ignored_and_never_raises_anything_else(entry, data):
    members = members_of(entry)
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(st.sampled_from([None, 7, "x", [], {}, [7], {"a": 7}, True]))
    with suppress(text.UnclearDecisionError):
        assert text.read_decision(members).decision_id == members["decision_id"]


@given(st.sampled_from(["true", "not true", "unknown", "not in this phase", "not evaluated"]), st.booleans())
def test_the_outcome_of_a_clause_is_read_as_it_was_written(state, shadowed):
    assert text.read_clause_outcome(text.clause_outcome(state, is_shadowed=shadowed)) == (state, shadowed)


@given(WORDS, st.booleans())
def test_a_rollout_is_told_from_every_other_effect(clause, withheld):
    assert text.is_rollout([text.rollout_effect(clause, is_withheld=withheld)])
    assert not text.is_rollout([clause.replace("rollout", "")])


@given(st.text(max_size=300))
def test_a_text_that_is_not_a_name_is_its_digest_and_stays_it(name):
    recorded = recorded_name(name)
    assert recorded_name(recorded) == recorded
    assert (recorded == name) is (not is_marked(recorded) or is_marked(name))
    if " " in name and not is_marked(name):
        assert is_marked(recorded)


@pytest.mark.parametrize(
    "name", ["gpt-5-mini", "meta-llama/Llama-3.1:8b", "Desk.pay", "us.anthropic.claude+x@2026", "a" * 200]
)
def test_what_looks_like_a_name_is_in_the_clear(name):
    assert recorded_name(name) == recorded_function(name) == name
    assert recorded_function(f"mcp {name}") == f"mcp {name}"


@pytest.mark.parametrize("name", ["a" * 201, "tell me", "né", "a\n", "mcp", ""])
def test_a_function_is_a_library_and_a_name_or_a_name(name):
    assert recorded_function(f"mcp {name}") == f"mcp {recorded_name(name)}"
    assert is_marked(recorded_function(f"other {name}"))


def test_a_person_may_be_called_anything_that_can_be_read():
    assert recorded_person("Ann O'Neill, claims") == "Ann O'Neill, claims"
    assert all(map(is_marked, map(recorded_person, ["u" * 201, "a\nb"])))
