"""Facts on record: exact, in the phases that have them, never texts, never a record that cannot be written."""

import json
from contextlib import suppress

import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import GuardOptions, facts_to_record
from policykit.trail.format.layout import MAX_RECORD_BYTES
from tests.unit.guard.guards import ListTrail, guard_of, policy_of

RULES = """
fact refund.amount : money EUR "the amount to be refunded"
rule COUNT-1 "x"
  on request
  when count of calls today per call.team > 100
  then deny
rule MODEL-1 "x"
  on request, response
  when call.model is "bad" and refund.amount > 10 EUR
  then deny
rule SLOW-1 "x"
  on response
  when call.latency > 2 seconds
  then warn
"""


def recorded(names, facts, phase="request", rules=RULES):
    trail = ListTrail()
    guard = guard_of(rules, trail=trail, options=GuardOptions(recorded_facts=names))
    with suppress(PolicyViolation):
        guard.check({"call.team": None, "call.model": None, "refund.amount": None, **facts}, phase=phase)
    guard.close()
    (members,) = trail.of_type("decision")
    return json.loads("{" + members + "}")


def test_values_stand_as_the_language_writes_them_and_what_was_missing_is_null():
    names = ["call.team", "refund.amount", "call.model", "count of calls today per call.team"]
    found = recorded(names, {"refund.amount": 0.1 + 0.2, "call.team": "claims"})
    assert found["facts"] == {
        "call.model": None,
        "call.team": "claims",
        "count of calls today per call.team": 1,
        "refund.amount": "0.30000000000000004 EUR",
    }
    assert "facts_left_out" not in found


def test_without_the_option_a_record_is_as_it_was():
    assert recorded((), {"call.team": "claims"}).keys().isdisjoint({"facts", "facts_left_out"})


def test_a_fact_that_no_rule_reads_is_supplied_and_recorded():
    assert recorded(["call.day_of_week"], {})["facts"]["call.day_of_week"].endswith("day")


def test_a_fact_or_window_that_the_phase_does_not_have_is_left_out_silently():
    names = ["call.latency", "count of calls today per call.team", "call.model"]
    assert recorded(names, {"call.team": "claims"})["facts"].keys() == {
        "call.model",
        "count of calls today per call.team",
    }
    assert recorded(names, {"call.latency": 1}, "response")["facts"] == {"call.latency": "1 second", "call.model": None}


def test_what_could_not_be_understood_is_said_to_be_so():
    found = recorded(["refund.amount", "call.team"], {"refund.amount": "12 USD", "call.team": object()})
    assert found["facts_left_out"] == {"refund.amount": "not understood", "call.team": "not understood"}
    assert "facts" not in found


def test_a_caller_cannot_make_a_record_that_is_too_long():
    names = ["call.team", "call.model", "call.tools", "retrieval.sources", "call.purpose", "call.step"]
    facts = dict.fromkeys(names, "€" * 1300) | {
        "call.tools": ["x" * 100] * 1_000,
        "retrieval.sources": ["\x00"] * 700,
    }
    found = recorded(names, facts | {"call.step": 7})
    assert found["facts_left_out"] == {"call.tools": "too long", "retrieval.sources": "too long"}
    assert found["facts"]["call.step"] == 7
    assert len(json.dumps(found, ensure_ascii=False).encode()) < MAX_RECORD_BYTES


def test_a_list_is_recorded_as_it_was_when_it_was_decided_on():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail, options=GuardOptions(recorded_facts=["call.tools"]))
    tools = ["a"]
    guard.check({"call.team": "t", "call.model": "m", "refund.amount": 1, "call.tools": tools})
    tools.append("b")
    guard.close()
    assert '"facts":{"call.tools":["a"]}' in trail.of_type("decision")[0]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["call.text"], "PK955"),
        (["call.prompt"], "PK955"),
        (["call.instructions"], "PK955"),
        (["call.error"], "PK955"),
        (["call.modle"], "PK956"),
        (["count of calls today"], "PK956"),
        (["call.outcome"], "PK957"),
        ([f"fact{number}.x" for number in range(2_000)], "PK957"),
        ("call.model", "PK956"),
    ],
)
def test_what_cannot_be_recorded_is_refused_when_the_guard_is_loaded(names, code):
    with pytest.raises(GuardError) as refused:
        guard_of(RULES, trail=ListTrail(), options=GuardOptions(recorded_facts=names))
    assert code in {each.code for each in refused.value.diagnostics}


def test_everything_that_rules_read_can_be_asked_for_but_for_texts():
    rules = RULES + 'rule W-1 "x"\n  on request\n  when call.text contains any of "x"\n  then deny\n'
    assert facts_to_record(policy_of(rules)) == (
        "call.latency",
        "call.model",
        "count of calls today per call.team",
        "refund.amount",
    )
