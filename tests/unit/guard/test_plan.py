"""What is found out when a function is guarded: facts that rules need and nobody supplies, or that cannot be changed."""

import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import WHOLE, Argument
from tests.unit.guard.guards import guard_of

BACK = (
    'rule BACK-1 "x"\n on response\n when call.model is "small" and call.text contains any of "stop"\n then deny "no"\n'
)
FALLS = 'rule FALL-1 "x"\n on failure\n when call.model is "small"\n then use queue\n'


def diagnostics(call):
    with pytest.raises(GuardError) as caught:
        call()
    return [(each.code, each.message.split("`")[3]) for each in caught.value.diagnostics]


def test_facts_of_the_request_are_known_in_the_answer_too():
    @guard_of(BACK).call({"call.model": "model"}, returns={"call.text": WHOLE})
    def ask(model):
        return f"stop {model}"

    assert ask("large") == "stop large"
    with pytest.raises(PolicyViolation, match="no"):
        ask("small")


def test_and_after_a_failure():
    @guard_of(FALLS).call({"call.model": "model"})
    def ask(model):
        raise OSError(model)

    assert ask("small") == "from the queue"
    with pytest.raises(OSError, match="large"):
        ask("large")


def test_the_text_of_a_request_is_not_that_of_its_answer():
    guard = guard_of(BACK)
    assert diagnostics(lambda: guard.call({"call.model": "m", "call.text": "m"}, returns={})(lambda m: m)) == [
        ("PK341", "call.text")
    ]


def test_what_is_fixed_in_the_context_or_said_to_be_unknown_is_supplied():
    guard = guard_of(BACK, context_facts=["call.model"])
    assert guard.call({}, returns={"call.text": WHOLE})(lambda: "hello")() == "hello"
    guard = guard_of(BACK)
    assert guard.call({}, returns={"call.text": WHOLE}, fixed={"call.model": "large"})(lambda: "stop")() == "stop"
    with pytest.raises(PolicyViolation):
        guard.call({}, returns={"call.text": WHOLE}, unknown=["call.model"])(lambda: "stop")()


def test_the_message_names_the_rule_that_reads_the_fact_and_its_phase():
    with pytest.raises(GuardError) as caught:
        guard_of(BACK).call({}, returns={"call.text": WHOLE})(lambda: "x")
    (found,) = caught.value.diagnostics
    assert "BACK-1 reads in the phase `response`" in found.message


@pytest.mark.parametrize("effect", ["redact", "pseudonymise"])
def test_a_text_that_cannot_be_changed_is_found_unless_the_rule_only_watches(effect):
    from policykit.guard import GuardOptions, Mode

    rule = f'rule OUT-1 "x"\n on request\n when call.text contains any of "stop"\n then {effect}\n'
    place = {"call.text": Argument("body", read=lambda body: body["text"])}
    found = diagnostics(lambda: guard_of(rule).call(place)(lambda body: body))
    assert [code for code, _ in found] == ["PK345"]
    shadowed = guard_of(rule, options=GuardOptions(clause_modes={"OUT-1": Mode.SHADOW}))
    assert shadowed.call(place)(lambda body: body["text"])({"text": "stop"}) == "stop"
