"""The compiled policy, the exact path and the oracle give the same decision for every policy and record."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.engine.compile import compile_policy
from policykit.language import checked as c
from tests import oracle
from tests.engine_rules import rule
from tests.strategies import TYPES, literals, policies, policy_of, records

MANY = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(
    policy=policies, records=st.lists(records(), min_size=1, max_size=4), phase=st.sampled_from(["request", "response"])
)
def test_compiled_rules_decide_as_the_oracle_does(policy, records, phase):
    compiled = compile_policy(policy)
    for facts in records:
        decision = compiled.decide(facts, phase)
        exact = compiled._runtime(phase).decided_exactly(facts) if phase in compiled.phases else decision
        assert decision == exact
        got = {
            "effect": decision.effect.value,
            "matched": list(decision.matched),
            "unknown": list(decision.unknown),
            "obligations": [(o.kind.value, o.clauses) for o in decision.obligations],
        }
        assert got == oracle.decide(policy, facts, phase)


NUMERIC = sorted(
    name
    for name, type_ in TYPES.items()
    if type_.is_numeric and name not in ("call.cost", "call.day", "call.at", "call.time")
)


@st.composite
def at_thresholds(draw):
    """Two comparisons joined, and a record whose values lie at their limits, or are missing."""
    parts, facts = [], {}
    for name in draw(st.lists(st.sampled_from(NUMERIC), min_size=1, max_size=2, unique=True)):
        type_ = TYPES[name]
        limit = draw(literals(type_))
        relation = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
        parts.append(c.Compare(relation, c.FactRead(name, type_), c.Constant(limit, type_)))
        raw = draw(st.sampled_from([limit, limit, None, 0, 0.0, -0.0, True]))
        as_float = draw(st.booleans()) and raw not in (None, True)
        facts[name] = float(raw) if as_float else raw
    when = parts[0] if len(parts) == 1 else draw(st.sampled_from([c.And, c.Or]))(tuple(parts))
    if draw(st.booleans()):
        when = c.Not(when)
    return when, facts


@settings(max_examples=500, deadline=None)
@given(case=at_thresholds())
def test_at_a_threshold_compiled_rules_decide_as_the_oracle_does(case):
    when, facts = case
    policy = policy_of((rule("R-1", when),))
    decision = compile_policy(policy).decide(facts)
    expected = oracle.decide(policy, facts, "request")
    assert (list(decision.matched), list(decision.unknown)) == (expected["matched"], expected["unknown"])


@settings(max_examples=250, deadline=None)
@given(
    regexes=st.lists(st.sampled_from(["[0-9]{3}", "secret", "^a", "b$"]), min_size=1, max_size=3, unique=True),
    texts=st.lists(st.sampled_from(["a", "token", "é"]), max_size=2, unique=True),
    mode=st.sampled_from(["any", "all"]),
    negated=st.booleans(),
    parts=st.lists(st.sampled_from(["a", "b", "123", "secret", "token", "é", " "]), max_size=5),
)
def test_any_and_all_patterns_are_found_as_the_oracle_finds_them(regexes, texts, mode, negated, parts):
    patterns = [c.Pattern(f"/{r}/", regexes=(r,)) for r in regexes] + [c.Pattern(f'"{t}"', text=t) for t in texts]
    check = c.ContainsPattern(c.FactRead("call.text", TYPES["call.text"]), mode, tuple(patterns))
    policy = policy_of((rule("R-1", c.Not(check) if negated else check),))
    facts = {"call.text": "".join(parts)}
    decision = compile_policy(policy).decide(facts)
    expected = oracle.decide(policy, facts, "request")
    assert (list(decision.matched), list(decision.unknown)) == (expected["matched"], expected["unknown"])
