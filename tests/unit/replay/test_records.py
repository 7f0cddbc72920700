"""What a decision record tells of its call, and what it does not."""

from decimal import Decimal

import pytest

from policykit.encoding.digest import digest_of_bytes
from policykit.replay.model import UNREADABLE, State
from policykit.replay.records import RecordReader
from policykit.trail.entries.decisions import DecisionRecord, ModelRef, PolicyRef, decision
from policykit.trail.entries.names import recorded_person
from policykit.trail.format.record import NO_PREVIOUS, Record, RecordType, encode_record, parse_record
from policykit.trail.vault import Vault

POLICY = PolicyRef("p", "1", digest_of_bytes(b"p"))


def stored(record):
    return parse_record(encode_record(record, 7, NO_PREVIOUS, "2026-11-21T09:00:00.000000Z", 1, "b"))


def call_of(reader=None, **members):
    given = {
        "decision_id": "d1",
        "phase": "request",
        "outcome": "allow",
        "policy": POLICY,
        "clauses": {"A-1": "not true"},
    }
    return (reader or RecordReader(None, frozenset())).call(stored(decision(DecisionRecord(**given | members))))


def test_what_every_record_holds_is_on_record():
    call = call_of(
        model=ModelRef("acme", "a-1"), input_tokens=12, output_tokens=None, cost_usd=Decimal("0.0400"), principal="u-1"
    )
    assert call.facts == {
        "call.model": "a-1",
        "call.provider": "acme",
        "principal.id": "u-1",
        "call.input_tokens": 12,
        "call.cost": {"amount": Decimal("0.0400"), "currency": "USD"},
    }


def test_a_name_that_is_recorded_as_its_digest_or_not_given_is_not_on_record():
    person = recorded_person("u" * 201)
    call = call_of(model=ModelRef("", "tell me a story"), principal=person, input_tokens=None, output_tokens=0)
    assert call.facts == {}
    assert call_of(model=ModelRef("", "m" * 200), principal="u" * 200).facts == {
        "call.model": "m" * 200,
        "principal.id": "u" * 200,
    }


def test_recorded_facts_prevail_and_missing_is_known_to_be_missing():
    call = call_of(
        model=ModelRef("", "a"),
        facts={"call.model": "b", "call.team": None},
        facts_left_out={"call.tools": "not understood", "call.purpose": "too long"},
    )
    assert call.facts == {"call.model": "b", "call.team": None, "call.tools": UNREADABLE}
    assert not call.is_complete


def test_outcomes_of_clauses_are_read_with_their_enforcement():
    clauses = {"A-1": "true, shadow", "B-1": "unknown", "C-1": "not true, shadow", "D-1": "not in this phase"}
    before = call_of(clauses=clauses).before
    assert dict(before.states) == {
        "A-1": State.TRUE, "B-1": State.UNKNOWN, "C-1": State.NOT_TRUE, "D-1": State.NOT_IN_PHASE,
    }  # fmt: skip
    assert before.shadowed == {"A-1", "C-1"}
    assert before.rules == ("p", "1", POLICY.digest)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"outcome": "deny", "reason": "kill-switch"}, "kill-switch"),
        ({"outcome": "deny", "reason": "stop", "stop": "STOP-1"}, "stop"),
        ({"outcome": "deny", "error": "error:store"}, "error:store"),
        ({"outcome": "none", "ended": "raised", "error_type": "OSError"}, "the call raised"),
        ({"outcome": "none", "ended": "closed"}, "the call was left early"),
    ],
)
def test_a_record_without_a_decision_is_not_replayable(members, why):
    call = call_of(clauses={"A-1": "not evaluated"}, **members)
    assert call.not_replayable == f"nothing was decided: {why}"
    assert call.before is None


def test_a_rollout_repeats_a_decision_whose_effects_are_on_record_or_one_that_allowed():
    reader = RecordReader(None, frozenset())
    assert call_of(reader, decision_id="d1", outcome="redact", effects=["redact"]).before.effect == "redact"
    again = call_of(reader, decision_id="d1", outcome="use", effects=["rollout CANARY-1: others"])
    assert again.not_replayable == "a rollout of a decision that is on record"
    alone = call_of(reader, decision_id="d2", outcome="use", effects=["rollout CANARY-1: others"])
    assert alone.before.effect == "allow"


@pytest.mark.parametrize("effect", ["redact", "pseudonymise"])
def test_a_text_that_was_changed_before_it_was_kept_is_not_taken_from_the_vault(tmp_path, effect):
    vault = Vault(tmp_path)
    kept = {"call.text": vault.put("call.text", b"hello")}
    reader = RecordReader(vault, frozenset({"call.text"}))
    assert call_of(reader, commitments=kept).facts == {"call.text": "hello"}
    assert call_of(reader, commitments=kept).hidden == {"call.text"}
    assert call_of(reader, commitments=kept, outcome=effect, effects=[effect]).facts == {}


def test_only_texts_that_rules_read_and_that_are_kept_under_their_name_come_from_the_vault(tmp_path):
    vault = Vault(tmp_path)
    kept = {"call.text": vault.put("call.prompt", b"other"), "call.prompt": vault.put("call.prompt", b"\xff")}
    assert call_of(RecordReader(vault, frozenset({"call.text"})), commitments=kept).facts == {}
    problem = call_of(RecordReader(vault, frozenset({"call.prompt"})), commitments=kept).problems[0]
    assert (problem.code, problem.place) == ("PK961", "record 7")


@pytest.mark.parametrize(
    "members",
    [
        '"outcome":"allow"',
        '"decision_id":"d","phase":"reqest","outcome":"allow","clauses":{},"policy":{"name":"","version":"","digest":""}',
        '"decision_id":"d","phase":"request","outcome":"maybe","clauses":{},"policy":{"name":"","version":"","digest":""}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{"A":"pass"},"policy":{"name":"","version":"","digest":""}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{"A":[]},"policy":{"name":"","version":"","digest":""}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":[],"policy":{"name":"","version":"","digest":""}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":7',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":{"name":7}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":{"name":"","version":"","digest":""},"facts":[]',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":{"name":"","version":"","digest":""},"effects":{}',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":{"name":"","version":"","digest":""},"cost_usd":"x"',
        '"decision_id":"d","phase":"request","outcome":"allow","clauses":{},"policy":{"name":"","version":"","digest":""},"cost_usd":"NaN"',
    ],
)
def test_a_record_that_is_no_decision_of_a_guard_is_a_problem_with_its_number(members):
    call = RecordReader(None, frozenset()).call(stored(Record(RecordType.DECISION, members)))
    assert [(problem.code, problem.place) for problem in call.problems] == [("PK961", "record 7")]
