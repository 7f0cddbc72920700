"""Laws of the engine's helps: what they say to do is done to the letter."""

import json

import pytest

from policykit.engine.load import load
from policykit.engine.policy_tests import run_tests
from policykit.errors import FactsError
from tests.helps import told
from tests.unit.cli.conftest import POLICY, policy, policykit

__all__ = ["policy", "policykit"]


def help_of(make):
    with pytest.raises(FactsError) as raised:
        make()
    return raised.value.diagnostics[0].help


def test_a_phase_that_is_misspelt_is_written_as_the_help_says(policy):
    rules = load(policy)
    (phase,) = told(help_of(lambda: rules.decide({}, phase="reqest")), "engine/policy.py: did you mean `{}`?")
    assert rules.decide({}, phase=phase).effect


def test_a_field_that_is_misspelt_is_written_as_the_help_says(policy):
    rules = load(policy)
    help_ = help_of(lambda: rules.facts({"call": {"modle": "a-1"}}))
    (name,) = told(help_, "engine/record.py: did you mean `{}`?")
    assert rules.facts({name: "a-1"}) == {"call.model": "a-1"}


FAILING = 'test "too strict"\n  on     request\n  given  call.model is "a-1"\n  expect MODEL-1 denies\n'


@pytest.mark.parametrize(
    ("old", "new"), [('not in ["a-1", "b-2"]', 'not in ["b-2"]'), ('call.model is "a-1"', 'call.model is "c-3"')]
)
def test_the_clause_or_the_test_is_corrected(policy, old, new):
    policy.write_text(POLICY + FAILING)
    (result,) = run_tests(load(policy))
    form = "engine/policy_tests.py: correct the clause, or the test: it runs `on {}` with the facts that `given` sets"
    assert told(result.failures[0].help, form) == ("request",)
    policy.write_text(policy.read_text().replace(old, new))
    (result,) = run_tests(load(policy))
    assert result.failures == ()


def test_a_record_is_read_once_it_leaves_out_what_no_rule_reads(policykit, policy, tmp_path):
    calls = tmp_path / "calls.jsonl"
    record = {"call.model": "a-1", "call.text": "x" * (20 << 20)}
    calls.write_text(json.dumps(record) + "\n" + json.dumps({"call.model": "z"}) + "\n")
    ran = policykit("decide", policy, calls)
    help_ = " ".join(ran.err.split("= help: ")[1].split("\n\n")[0].split())
    told(help_, "engine/call_records.py: leave out of it what no rule reads; what follows it was not read")
    del record["call.text"]
    calls.write_text(json.dumps(record) + "\n" + json.dumps({"call.model": "z"}) + "\n")
    ran = policykit("decide", policy, calls)
    assert (ran.err, "2 calls" in ran.out) == ("", True)
