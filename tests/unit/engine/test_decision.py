"""Laws of decisions, from rules written by hand."""

import json

import pytest

from policykit.engine.decision import Decision, EffectKind
from policykit.errors import DecisionUsageError, FactsError, PolicyError
from policykit.language import checked as c
from policykit.vocabulary.types import Phase
from tests.engine_rules import CALLS, DENY, WINDOW, fact, over, policy, rule, spent


def test_the_strictest_effect_prevails_whatever_the_order():
    kinds = ["allow", "warn", "redact", "pseudonymise", "use", "pause", "ask", "deny"]
    for place in range(1, len(kinds)):
        rules = [rule(f"R-{k}", None, c.Effect(kind)) for k, kind in enumerate(kinds[: place + 1])]
        assert policy(*rules).decide({}).effect == kinds[place]
        assert policy(*reversed(rules)).decide({}).effect == kinds[place]


def test_obligations_add_up_in_the_order_of_clauses_and_equal_ones_are_one():
    redact, ask = c.Effect("redact"), c.Effect("ask", roles=("risk",))
    decision = policy(rule("B-1", None, redact), rule("C-1", None, ask), rule("A-1", None, redact)).decide({})
    assert [(o.kind, o.clauses) for o in decision.obligations] == [("redact", ("A-1", "B-1")), ("ask", ("C-1",))]
    assert decision.effect is EffectKind.ASK


def test_a_decision_refuses_to_be_true_or_false():
    decision = policy(rule("R-1", over(5))).decide({"call.cost": 1})
    with pytest.raises(DecisionUsageError, match="this one is `allow`"):
        bool(decision)


def test_a_decision_cannot_be_changed_or_made_by_hand():
    decision = policy(rule("R-1", over(5))).decide({"call.cost": 9})
    with pytest.raises(AttributeError):
        decision.effect = "allow"
    with pytest.raises(AttributeError):
        decision.obligations[0].kind = "allow"
    with pytest.raises(TypeError):
        Decision()


def test_nothing_acting_gives_one_shared_object():
    decide = policy(rule("R-1", over(5))).decider()
    assert decide({"call.cost": 1}) is decide({"call.cost": 2})


def test_messages_quote_the_facts_of_their_own_call():
    decide = policy(rule("R-1", over(5))).decider()
    first, second = decide({"call.cost": 9, "call.team": "a"}), decide({"call.cost": 7.5, "call.team": "b"})
    assert first.obligations[0].message == "a may not spend 9 EUR"
    assert second.obligations[0].message == "b may not spend 7.5 EUR"
    assert first != second


def test_a_quoted_fact_that_is_missing_or_unclear_says_so():
    message = policy(rule("R-1", over(5))).decide({"call.cost": "much"}).obligations[0].message
    assert message == "(missing) may not spend (not understood)"


def test_long_facts_are_cut_in_messages():
    message = policy(rule("R-1", over(5))).decide({"call.cost": 9, "call.team": "x" * 10_000}).obligations[0].message
    assert len(message) < 300


def test_unknown_facts_are_named_with_the_reason():
    decision = policy(rule("R-1", c.And((over(5), c.Supplied(fact("call.team")))))).decide({"call.team": "a"})
    assert decision.unknown == ("R-1",)
    assert [(f.name, f.reason) for f in decision.unknown_facts] == [("call.cost", "missing")]
    wrong = policy(rule("R-1", over(5))).decide({"call.cost": "5 USD"}).unknown_facts[0]
    assert wrong.reason.startswith("not understood: expected")


def test_unknown_acts_as_the_rule_says():
    lenient = policy(rule("R-1", over(5), unknown=(c.Effect("allow"),))).decide({})
    assert (lenient.effect, lenient.unknown, lenient.obligations) == ("allow", ("R-1",), ())
    softer = policy(rule("R-1", over(5), unknown=(c.Effect("warn"),))).decide({})
    assert softer.effect == "warn"


def test_a_decision_as_plain_values_is_json():
    decision = policy(rule("R-1", over(5), c.Effect("ask", roles=("risk",), seconds=3600, otherwise=DENY))).decide({})
    plain = json.loads(json.dumps(decision.to_dict()))
    assert plain["effect"] == "ask"
    assert plain["obligations"][0]["within"] == "1 hour"
    assert plain["obligations"][0]["otherwise"]["kind"] == "deny"
    assert plain["unknown_facts"] == {"call.cost": "missing"}


def test_a_policy_without_rules_cannot_decide_and_one_with_other_phases_allows():
    with pytest.raises(PolicyError, match="PK450"):
        policy().decide({})
    assert policy(rule("R-1", None, phases=(Phase.RESPONSE,))).decide({}, "request").effect == "allow"


def test_a_misspelt_phase_is_an_error():
    with pytest.raises(FactsError, match="PK451") as raised:
        policy(rule("R-1", None)).decide({}, "respnse")
    assert raised.value.diagnostics[0].help == "did you mean `response`?"


def test_the_policy_knows_what_it_reads():
    found = policy(rule("R-1", over(5)), rule("R-2", c.Supplied(fact("call.team")), phases=(Phase.FAILURE,)))
    assert found.reads("request") == {"call.cost"}
    assert found.reads(Phase.FAILURE) == {"call.team"}
    assert found.phases == ("request", "failure")
    assert found.clauses["R-1"].title == "title of R-1"


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({WINDOW.key: 9, CALLS: 200}, "matched"),
        ({WINDOW.key: 9, CALLS: 199}, "false"),
        ({WINDOW.key: 9}, "unknown"),
        ({CALLS: 200}, "unknown"),
        ({CALLS: 3}, "false"),
        ({WINDOW.key: 1}, "false"),
    ],
)
def test_with_at_least_n_calls_is_false_below_n_and_unknown_without_the_number(facts, outcome):
    decision = policy(rule("R-1", spent(5), at_least=200)).decide(facts)
    assert outcome == ("matched" if decision.matched else "unknown" if decision.unknown else "false")


def test_windows_are_named_with_the_number_of_calls_that_a_rule_asks_for():
    found = policy(rule("R-1", spent(5), at_least=200))
    assert [window.key for window in found.windows("request")] == [WINDOW.key, CALLS]
    assert found.reads("request") == frozenset()


def test_an_unknown_stop_does_not_trip_but_is_reported():
    stop = c.Stop(
        id="STOP-1",
        title="",
        because="",
        section="",
        owners=(),
        when=spent(5),
        pause=c.Effect("pause", roles=("risk",)),
        resume_by=("risk",),
    )
    found = policy(stops=(stop,))
    assert [(s.clause, s.tripped) for s in found.stops({})] == [("STOP-1", None)]
    assert found.stops({WINDOW.key: 6})[0].tripped is True
    assert found.stops({WINDOW.key: 5})[0].tripped is False
    assert found.stops({WINDOW.key: 6})[0].pause.kind == "pause"


def test_facts_may_be_any_mapping_even_one_that_fails():
    class Failing(dict):
        def get(self, *_):
            raise RuntimeError("no")

        def __getitem__(self, _):
            raise RuntimeError("no")

    decision = policy(rule("R-1", over(5))).decide(Failing({"call.cost": 1}))
    assert (decision.effect, decision.unknown) == ("deny", ("R-1",))
