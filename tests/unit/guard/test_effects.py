"""Each effect in each phase, through a decorated function."""

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import Answer, Fallback, GuardOptions, Mode
from tests.unit.guard.guards import CARD, MAIL, ListTrail, SetClock, guard_of

PII = 'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card, pii.email\n then {effect}\n'
WORD = 'rule WORD-1 "x"\n on {phase}\n when call.text contains any of "stop"\n then {effect}\n'


def chat(guard, answer=lambda prompt: f"you said: {prompt}", **options):
    seen = []

    @guard.call({"call.text": "prompt"}, **options)
    def function(prompt):
        seen.append(prompt)
        return answer(prompt)

    return function, seen


def test_a_denied_request_is_never_made():
    function, seen = chat(guard_of(WORD.format(phase="request", effect='deny "no"')))
    with pytest.raises(PolicyViolation, match="no") as caught:
        function("stop it")
    assert seen == []
    assert caught.value.reason == "deny"
    assert caught.value.clauses == ("WORD-1",)
    assert caught.value.decision.effect == "deny"
    assert function("go on") == "you said: go on"


def test_a_denied_response_is_not_handed_out():
    function, seen = chat(guard_of(WORD.format(phase="response", effect="deny")), lambda _: "please stop")
    with pytest.raises(PolicyViolation):
        function("x")
    assert seen == ["x"]


def test_what_is_declared_for_a_refusal_is_returned_instead():
    function, _ = chat(guard_of(WORD.format(phase="request", effect="deny")), on_deny=lambda v: f"refused: {v.reason}")
    assert function("stop") == "refused: deny"


def test_a_redacted_request_reaches_the_function_without_the_value():
    function, seen = chat(guard_of(PII.format(phase="request", effect="redact")))
    function(f"my card is {CARD}.")
    assert seen == ["my card is [pii.card redacted]."]


def test_a_redacted_response_reaches_the_caller_without_the_value():
    function, _ = chat(guard_of(PII.format(phase="response", effect="redact")), lambda _: f"write to {MAIL}")
    assert function("x") == "write to [pii.email redacted]"


def test_a_pseudonym_is_put_back_in_what_returns_to_the_caller():
    function, seen = chat(guard_of(PII.format(phase="request", effect="pseudonymise")))
    assert function(f"write to {MAIL} and {MAIL}") == f"you said: write to {MAIL} and {MAIL}"
    assert MAIL not in seen[0]
    first, second = seen[0].split(" and ")
    assert first.endswith(second), "one value has one token"


def test_pseudonyms_of_two_sessions_differ_and_of_one_agree():
    guard = guard_of(PII.format(phase="request", effect="pseudonymise"))
    function, seen = chat(guard)
    for session in ("a", "b", "a"):
        with guard.context(session=session):
            function(MAIL)
    assert seen[0] == seen[2] != seen[1]


def test_redaction_goes_before_pseudonyms_where_both_find_the_same():
    rules = PII.format(phase="request", effect="pseudonymise") + (
        'rule CARD-1 "x"\n on request\n when call.text contains any of pii.card\n then redact\n'
    )
    function, seen = chat(guard_of(rules))
    function(f"{CARD} {MAIL}")
    assert seen[0].startswith("[pii.card redacted] [pii.email-")


def test_obligations_add_up_and_the_strictest_prevails():
    rules = PII.format(phase="request", effect="redact") + WORD.format(phase="request", effect="deny")
    function, seen = chat(guard_of(rules))
    with pytest.raises(PolicyViolation):
        function(f"stop {MAIL}")
    function(MAIL)
    assert seen == ["[pii.email redacted]"]


def test_a_fallback_answers_instead_and_passes_the_rules_itself():
    rules = 'rule MODEL-1 "x"\n on request\n when call.model is not "good"\n then use second\n'
    guard = guard_of(rules, fallbacks={"second": Fallback(lambda prompt, model: "second", {"call.model": "good"})})

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def function(prompt, model):
        return "first"

    assert function("x", "good") == "first"
    assert function("x", "bad") == "second"


def test_a_fallback_that_is_itself_refused_is_refused():
    rules = 'rule MODEL-1 "x"\n on request\n when call.model is "bad"\n then use second\n'
    rules += 'rule MODEL-2 "x"\n on request\n when call.model is "worse"\n then deny "worse"\n'
    guard = guard_of(rules, fallbacks={"second": Fallback(lambda prompt, model: "second", {"call.model": "worse"})})

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def function(prompt, model):
        return "first"

    with pytest.raises(PolicyViolation, match="worse"):
        function("x", "bad")


def test_on_failure_the_fallbacks_are_tried_in_their_order():
    def broken(prompt):
        raise OSError("also down")

    rules = 'rule DOWN-1 "x"\n on failure\n then use second, otherwise queue\n'
    function, _ = chat(guard_of(rules, fallbacks={"second": broken}), lambda _: 1 / 0)
    assert function("x") == "from the queue"


def test_without_a_failure_rule_the_error_of_the_function_is_the_error_of_the_call():
    function, _ = chat(guard_of(WORD.format(phase="request", effect="deny")), lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        function("x")


def test_a_warning_lets_the_call_go_on_and_is_recorded():
    trail = ListTrail()
    guard = guard_of(WORD.format(phase="request", effect='warn "careful"'), trail=trail)
    function, _ = chat(guard)
    assert function("stop") == "you said: stop"
    guard.flush()
    assert '"effects":["warn"]' in trail.of_type("decision")[0]


def test_a_pause_refuses_this_call_and_all_later_ones_until_a_role_resumes_them():
    trail = ListTrail()
    guard = guard_of(
        'section s "S"\n owner boss\n' + WORD.format(phase="request", effect="pause all calls"), trail=trail
    )
    function, seen = chat(guard)
    for prompt in ("stop", "harmless"):
        with pytest.raises(PolicyViolation, match="paused"):
            function(prompt)
    with pytest.raises(Exception, match="may not resume"):
        guard.resume("WORD-1", role="duty", by="Bo", reason="checked")
    guard.resume("WORD-1", role="boss", by="Ann", reason="checked")
    assert function("harmless") == "you said: harmless"
    assert seen == ["harmless"]
    guard.flush()
    assert len(trail.of_type("stop_tripped")) == len(trail.of_type("stop_resumed")) == 1


ASK = WORD.format(phase="request", effect="ask duty, answer within 1 hour, otherwise {otherwise}")


@pytest.mark.parametrize(("granted", "outcome"), [(True, "you said: stop"), (False, None)])
def test_a_person_decides_about_the_call(granted, outcome):
    trail = ListTrail()
    asked = []

    def approver(request):
        asked.append(request)
        return Answer("Ann", "duty", granted)

    guard = guard_of(ASK.format(otherwise="deny"), approvers={"duty": approver}, trail=trail)
    function, _ = chat(guard)
    if outcome is None:
        with pytest.raises(PolicyViolation) as caught:
            function("stop")
        assert caught.value.reason == "ask"
    else:
        assert function("stop") == outcome
    assert "stop" not in str(asked[0].facts), "the person is shown no text"
    guard.flush()
    assert f'"granted":{str(granted).lower()}' in trail.of_type("approval")[0]


@pytest.mark.parametrize(("otherwise", "outcome"), [("allow", "you said: stop"), ("use queue", "from the queue")])
def test_without_an_answer_in_time_the_rule_says_what_happens(otherwise, outcome):
    clock = SetClock()
    guard = guard_of(
        ASK.format(otherwise=otherwise),
        approvers={"duty": lambda _: clock.move(3601)},
        clock=clock,
    )
    function, _ = chat(guard)
    assert function("stop") == outcome


def test_an_approval_serves_one_call_and_no_other():
    answers = [Answer("Ann", "duty", True), Answer("Ann", "duty", False), Answer("Ann", "duty", False)]
    guard = guard_of(ASK.format(otherwise="deny"), approvers={"duty": lambda _: answers.pop(0)})
    function, _ = chat(guard)
    function("stop")
    for prompt in ("stop", "stop now"):
        with pytest.raises(PolicyViolation):
            function(prompt)
    assert answers == []


def test_one_clause_can_be_in_shadow_while_the_others_are_enforced():
    rules = PII.format(phase="request", effect="redact") + WORD.format(phase="request", effect="deny")
    guard = guard_of(rules, options=GuardOptions(clause_modes={"WORD-1": Mode.SHADOW}))
    function, seen = chat(guard)
    function(f"stop {MAIL}")
    assert seen == ["stop [pii.email redacted]"]


@pytest.mark.parametrize("effect", ["deny", "redact"])
@pytest.mark.parametrize("phase", ["tool input", "tool output"])
def test_tools_are_guarded_on_the_way_in_and_out(effect, phase):
    guard = guard_of(PII.format(phase=phase, effect=effect))
    seen = []

    @guard.tool("ledger", {"call.text": "query"})
    def look_up(query):
        seen.append(query)
        return MAIL if phase == "tool output" else "found"

    query = MAIL if phase == "tool input" else "x"
    if effect == "deny":
        with pytest.raises(PolicyViolation) as caught:
            look_up(query)
        assert caught.value.phase == phase
    else:
        result = look_up(query)
        assert "[pii.email redacted]" in (result if phase == "tool output" else seen[0])


@pytest.mark.parametrize("phase", ["request", "response"])
@pytest.mark.parametrize("other", [False, True])
def test_a_message_quotes_nothing_that_a_detector_of_the_policy_finds(phase, other):
    """Neither where the quoting rule finds it, nor where another one does."""
    rules = PII.format(phase=phase, effect='deny "found in {call.text}"')
    if other:
        rules = WORD.format(phase=phase, effect='deny "found in {call.text}"')
        rules += PII.format(phase="request, response", effect="warn")
    function, _ = chat(guard_of(rules), lambda _: f"stop: {CARD} of {MAIL}, please")
    with pytest.raises(PolicyViolation) as caught:
        function(f"stop: {CARD} of {MAIL}, please" if phase == "request" else "go on")
    assert str(caught.value) == "found in stop: [pii.card redacted] of [pii.email redacted], please"


def test_who_is_asked_reads_no_card_number_either():
    asked = []

    def duty(request):
        asked.append(request.message)
        return Answer("Ann", "duty", False)

    rules = PII.format(phase="request", effect="ask duty, answer within 10 minutes, otherwise deny")
    function, _ = chat(guard_of(rules, approvers={"duty": duty}))
    with pytest.raises(PolicyViolation):
        function(f"pay {CARD}")
    assert CARD not in "".join(asked)


@pytest.mark.parametrize("text", [f"{MAIL} pays with {CARD}", f"{CARD} is of {MAIL}", f"{CARD} {MAIL} {CARD}"])
def test_what_is_redacted_elsewhere_makes_no_pseudonym_a_redaction(text):
    rules = 'rule A-1 "x"\n on request\n when call.text contains any of pii.card\n then redact\n'
    rules += 'rule B-1 "x"\n on request\n when call.text contains any of pii.email\n then pseudonymise\n'
    function, seen = chat(guard_of(rules))
    assert function(text) == "you said: " + text.replace(CARD, "[pii.card redacted]")
    assert MAIL not in seen[0]
    assert "pii.email redacted" not in seen[0]
