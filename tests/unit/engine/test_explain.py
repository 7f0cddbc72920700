"""Laws of explanations."""

import json

from hypothesis import HealthCheck, given, settings

from policykit.engine.compile import compile_policy
from policykit.language import checked as c
from tests.engine_rules import fact, over, policy, rule
from tests.strategies import policies, records


def explain(when, facts):
    return policy(rule("R-1", when)).explain(facts).rules[0]


def test_a_rule_that_matched_says_what_would_have_to_change():
    found = explain(over(5), {"call.cost": 5.01})
    assert found.outcome == "matched"
    assert [change.text for change in found.changes] == ["call.cost would have to be at most 5 EUR (it is 5.01 EUR)"]
    assert found.changes[0].outcome == "did not match"


def test_a_rule_that_did_not_match_says_what_would_make_it():
    found = explain(over(5), {"call.cost": 1})
    assert [change.text for change in found.changes] == ["call.cost would have to be more than 5 EUR (it is 1 EUR)"]


def test_a_missing_fact_is_shown_with_both_ways_out():
    found = explain(over(5), {})
    assert found.outcome == "unknown"
    assert [change.outcome for change in found.changes] == ["matched", "did not match"]
    assert all("it is missing" in change.text for change in found.changes)


def test_a_change_that_alone_changes_nothing_is_not_named():
    both = c.And((over(5), c.Supplied(fact("call.team"))))
    assert explain(both, {"call.cost": 1}).changes == ()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=policies, facts=records())
def test_explanations_agree_with_decisions_and_are_json(policy, facts):
    compiled = compile_policy(policy)
    explanation = compiled.explain(facts)
    matched = {rule.clause.id for rule in explanation.rules if rule.outcome == "matched"}
    unknown = {rule.clause.id for rule in explanation.rules if rule.outcome == "unknown"}
    decision = compiled.decide(facts)
    assert (matched, unknown) == (set(decision.matched), set(decision.unknown))
    json.dumps(explanation.to_dict())
