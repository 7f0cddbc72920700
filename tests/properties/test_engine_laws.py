"""Laws that hold for every policy and every call."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from policykit.engine.codegen.numbers import LARGEST, SMALLEST, plain_number
from policykit.engine.compile import compile_policy
from policykit.engine.decision import EffectKind
from policykit.engine.evaluate import Facts, evaluate
from policykit.engine.kleene import pushed_down
from policykit.engine.scope import Scope
from policykit.engine.truth import truth
from policykit.vocabulary.exact import ValueProblem, compare, exact
from tests.strategies import TYPES, conditions, policies, policy_of, records, rule_sets

SOME = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def decided(rules, facts):
    decision = compile_policy(policy_of(tuple(rules))).decide(facts)
    return (
        decision.effect,
        set(decision.matched),
        set(decision.unknown),
        {(o.kind, o.clauses) for o in decision.obligations},
    )


@SOME
@given(rules=rule_sets(), facts=records(), shuffled=st.randoms())
def test_the_order_of_rules_does_not_matter(rules, facts, shuffled):
    other = list(rules)
    shuffled.shuffle(other)
    assert decided(rules, facts) == decided(other, facts)


@SOME
@given(rules=rule_sets(), facts=records(), left_out=st.randoms())
def test_a_further_rule_never_makes_the_effect_less_strict(rules, facts, left_out):
    fewer = [rule for rule in rules if left_out.random() < 0.7] or rules[:1]
    assert decided(fewer, facts)[0].strictness <= decided(rules, facts)[0].strictness


@SOME
@given(rules=rule_sets(), facts=records(), left_out=st.sets(st.sampled_from(sorted(TYPES)), max_size=6))
def test_a_missing_fact_never_makes_the_effect_less_strict_where_unknown_acts_as_true(rules, facts, left_out):
    """Only for rules that say no weaker `unknown`, and do not ask whether something is supplied."""
    strict = [r for r in rules if r.unknown == r.then and "Supplied(" not in repr(r.when)]
    if not strict:
        return
    fewer = {name: value for name, value in facts.items() if name not in left_out}
    assert decided(strict, facts)[0].strictness <= decided(strict, fewer)[0].strictness


@SOME
@given(policy=policies, facts=records())
def test_deciding_is_deterministic_and_changes_no_fact(policy, facts):
    before = dict(facts)
    decide = compile_policy(policy).decider()
    first, second = decide(facts), decide(facts)
    assert first.to_dict() == second.to_dict()
    assert list(facts) == list(before)
    assert all(facts[name] is before[name] for name in facts)


@SOME
@given(
    policy=policies, facts=st.dictionaries(st.text(max_size=5) | st.sampled_from(sorted(TYPES)), st.from_type(object))
)
def test_deciding_is_total(policy, facts):
    decision = compile_policy(policy).decide(facts)
    assert decision.effect in set(EffectKind)
    decision.to_dict()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(check=conditions, facts=records())
def test_traces_and_pushed_down_conditions_have_the_same_truth(check, facts):
    scope = Scope(Facts(facts))
    expected = truth(check, scope)
    assert evaluate(check, Facts(facts)).truth is expected
    assert truth(pushed_down(check), scope) is expected
    assert truth(pushed_down(check, negate=True), scope) is (None if expected is None else not expected)


def _decimals():
    digits = st.integers(-(10**17), 10**17)
    return st.builds(lambda d, e: Decimal(d).scaleb(e), digits, st.integers(-22, 5))


@settings(max_examples=3_000, deadline=None)
@given(
    value=st.one_of(st.floats(), st.integers(-(2**54), 2**54), st.floats(-10, 10)),
    limit=st.one_of(_decimals(), st.floats(-10, 10)),
)
@example(value=0.1 + 0.2, limit=Decimal("0.3"))
@example(value=1e23, limit=10**23)
@example(value=2**53 + 1, limit=Decimal(2**53))
@example(value=0.1, limit=Decimal("0.1000000000000000055511151231257827021181583404541015625"))
def test_python_compares_plain_numbers_as_exact_arithmetic_does(value, limit):
    try:
        number, literal = exact(value), exact(limit)
    except ValueProblem:
        return
    plain = plain_number(literal)
    if plain is None or not -LARGEST <= value <= LARGEST or 0 < abs(value) < SMALLEST:
        return
    assert (value < plain) - (value > plain) == -compare(number, literal)
    assert Fraction(literal) == Fraction(plain) or isinstance(plain, float)
