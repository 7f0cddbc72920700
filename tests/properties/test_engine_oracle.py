"""The compiled policy, the exact path and the oracle give the same decision for every policy and every record."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.engine.compile import compile_policy
from policykit.language import checked as c
from tests import oracle
from tests.strategies import policies, records

MANY = settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def answer(policy: c.CheckedPolicy, facts: dict[str, object], phase: str) -> dict[str, object]:
    decision = compile_policy(policy).decide(facts, phase)
    return {
        "effect": decision.effect.value,
        "matched": list(decision.matched),
        "unknown": list(decision.unknown),
        "obligations": [(o.kind.value, o.clauses) for o in decision.obligations],
    }


@MANY
@given(
    policy=policies, records=st.lists(records(), min_size=1, max_size=4), phase=st.sampled_from(["request", "response"])
)
def test_compiled_rules_decide_as_the_oracle_does(policy, records, phase):
    compiled = compile_policy(policy)
    for facts in records:
        decision = compiled.decide(facts, phase)
        got = {
            "effect": decision.effect.value,
            "matched": list(decision.matched),
            "unknown": list(decision.unknown),
            "obligations": [(o.kind.value, o.clauses) for o in decision.obligations],
        }
        assert got == oracle.decide(policy, facts, phase)
