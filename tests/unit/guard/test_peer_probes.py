"""What was found to pass silently in other tools (probes of the research, sections 2b and 2), asked of this one."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from policykit.errors import GuardError, PolicyError, PolicyViolation
from policykit.guard import Answer, Argument, Guard, GuardOptions, Mode, OnError
from policykit.guard.options import Arguments
from tests.unit.guard.guards import ListTrail, guard_of, policy_of

DENY = 'rule R-1 "x"\n on {phase}\n when {when}\n then {effect}\n'


def rule(when, effect='deny "no"', phase="request"):
    return DENY.format(when=when, effect=effect, phase=phase)


def refuses(act):
    try:
        act()
    except PolicyViolation:
        return True
    return False


# --- what a rule says is what happens, or the file is refused ------------------------------------------------------------


@pytest.mark.parametrize(
    "rules",
    [
        rule('call.operaton is "drop"'),
        rule('call.operation is "drop" trailing'),
        rule('call.operation is "drop" and'),
        rule("call.operation is 'drop'"),
        rule('call.operation = "drop"'),
        rule('call.operation is "drop"', phase="pre_output"),
        rule('call.operation is "drop"', effect="blok"),
        rule('call.operation is "drop"', effect="redact"),
        rule("call.cost > 10"),
        rule("call.text contains any of pii.ssnn"),
        rule("call.text matches /(a+/"),
        rule(r"call.text matches /(a)\1/"),
        rule('call.operation is "drop"') + "applies_to: prompt\n",
        rule('call.operation is "drop"') + rule('call.operation is "chat"'),
        'rulez R-1 "x"\n on request\n when call.text contains any of "a"\n then deny\n',
        'rule R-1 "x"\n on request\n when call.text contains any of "a"\n',
        'rule R-1 "x"\n on request\n whenn call.text contains any of "a"\n then deny\n',
    ],
)
def test_a_file_with_a_word_that_is_not_understood_is_refused_as_a_whole(rules):
    with pytest.raises(PolicyError) as caught:
        policy_of(rules)
    assert all(each.is_error for each in caught.value.diagnostics)


@pytest.mark.parametrize(
    ("when", "text", "acts"),
    [
        ('not call.text contains any of "safe"', "unsafe? no", False),
        ('not call.text contains any of "safe"', "danger", True),
        ('(call.text contains any of "a b") or call.text is "x"', "x", True),
        ('call.text is "this or that"', "this or that", True),
        ('call.text is "this or that"', "this", False),
        ('call.text contains any of "überweisung", "禁止"', "bitte überweisung", True),
        ('call.text contains any of "überweisung", "禁止"', "これは禁止です", True),
    ],
)
def test_negation_brackets_words_in_texts_and_scripts_mean_what_they_say(when, text, acts):
    guard = guard_of(rule(when))
    function = guard.call({"call.text": "prompt"})(lambda prompt: "done")
    assert refuses(lambda: function(text)) is acts
    assert refuses(lambda: function(prompt=text)) is acts
    assert refuses(lambda: guard.check({"call.text": text})) is acts


@pytest.mark.parametrize("effect", ['warn "careful"', "pause calls to ledger"])
def test_what_does_not_refuse_does_not_refuse(effect):
    function = guard_of(rule('call.text is "x"', effect)).call({"call.text": "prompt"})(lambda prompt: "done")
    assert function("x") == "done"


@pytest.mark.parametrize(
    "condition", ["call.temperature > 1", "not call.temperature <= 1", "call.temperature is not 1"]
)
@pytest.mark.parametrize("value", [None, "warm", float("nan"), float("inf"), object(), b"1", [1]])
def test_a_fact_that_is_missing_or_no_number_is_unknown_and_the_rule_acts_behind_not_as_well(condition, value):
    guard = guard_of(rule(condition))
    function = guard.call({"call.text": "prompt", "call.temperature": "heat"})(lambda prompt, heat=None: "done")
    assert refuses(lambda: function("x", value))
    assert refuses(lambda: function("x"))


def test_a_response_rule_sees_what_every_kind_of_function_returns():
    guard = guard_of(rule("call.text contains any of pii.us_ssn", phase="response"))
    bind, ssn = guard.call({}), "his number is 536-90-4399."

    @bind
    def generator():
        yield from ssn

    @bind
    async def async_generator():
        for char in ssn:
            yield char

    async def gathered():
        return [piece async for piece in async_generator()]

    async def coroutine():
        return ssn

    got = []
    assert refuses(bind(lambda: ssn))
    assert refuses(lambda: asyncio.run(bind(coroutine)()))
    assert refuses(lambda: got.extend(generator()))
    assert "536" not in "".join(got)
    assert refuses(lambda: asyncio.run(gathered()))


def test_a_refused_generator_of_a_tool_gives_no_text_of_the_refusal():
    guard = guard_of(rule('call.text is "x"', phase="tool input"))

    @guard.tool("ledger", {"call.text": "query"})
    def rows(query):
        yield "row"

    with pytest.raises(PolicyViolation):
        list(rows("x"))
    assert list(rows("y")) == ["row"]


# --- people, callbacks and options --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["approved", "blcok", True, {}, {"granted": True}, object()])
def test_an_answer_that_is_not_understood_grants_nothing(answer):
    rules = rule('call.text is "x"', "ask duty, answer within 1 hour, otherwise deny")
    function = guard_of(rules, approvers={"duty": lambda _: answer}).call({"call.text": "prompt"})(
        lambda prompt: "done"
    )
    assert refuses(lambda: function("x"))


def test_a_callback_that_raises_grants_nothing():
    rules = rule('call.text is "x"', "ask duty, answer within 1 hour, otherwise allow")
    function = guard_of(rules, approvers={"duty": lambda _: 1 / 0}).call({"call.text": "prompt"})(lambda prompt: "done")
    assert refuses(lambda: function("x"))


def test_an_answer_in_a_role_that_was_not_asked_grants_nothing():
    rules = rule('call.text is "x"', "ask duty, answer within 1 second, otherwise deny")
    approvers = {"duty": lambda _: Answer("Ann", "boss", True)}
    function = guard_of(rules, approvers=approvers).call({"call.text": "prompt"})(lambda prompt: "done")
    assert refuses(lambda: function("x"))


@pytest.mark.parametrize(
    "settings",
    [
        {"fallbacks": {"quueue": print}},
        {"approvers": {"dutty": print}},
        {"tell": {"dutty": print}},
        {"context_facts": ["call.teem"]},
        {"options": GuardOptions(clause_modes={"R-2": Mode.SHADOW})},
        {"secret": b"short"},
    ],
)
def test_a_name_that_the_policy_does_not_have_is_refused_in_every_setting(settings):
    with pytest.raises(GuardError):
        guard_of(rule('call.text is "x"'), **settings)


@pytest.mark.parametrize("given", [None, 5, [5], [["call.team"]]])
def test_recorded_facts_are_a_list_of_names(given):
    with pytest.raises(GuardError, match="`recorded_facts` cannot be that") as caught:
        GuardOptions(recorded_facts=given)
    assert caught.value.diagnostics[0].code == "PK351"


def test_a_setting_that_does_not_exist_is_refused():
    policy = policy_of(rule('call.text is "x"'))
    with pytest.raises(GuardError, match="there is no setting `on_eror`") as caught:
        Guard.of(policy, on_eror="allow", stores=None)
    assert caught.value.diagnostics[0].code == "PK351"


VALUES = {
    "mode": "shadow",
    "clause_modes": {"R-1": "shadow"},
    "on_error": "allow",
    "kill_switch": "/nowhere/stop",
    "durable": True,
    "recorded_facts": ("call.team",),
    "stage": "launch",
}


@pytest.mark.parametrize("field", dataclasses.fields(GuardOptions), ids=lambda field: field.name)
def test_an_option_that_is_given_as_a_setting_is_said_to_be_one_and_the_help_is_right_to_the_letter(field):
    policy = policy_of(rule('call.text is "x"'))
    value = VALUES.get(field.name, field.default)
    with pytest.raises(GuardError, match=f"`{field.name}` is an option of `GuardOptions`") as caught:
        Guard.of(policy, **{field.name: value})
    (found,) = caught.value.diagnostics
    assert found.code == "PK351"
    written = found.help.removeprefix("write `").removesuffix("`")
    options = eval(f"dict({written})", {"GuardOptions": GuardOptions})["options"]
    assert options == GuardOptions(**{field.name: list(value) if isinstance(value, tuple) else value})


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"arguments": Arguments.KEYED}, "arguments='keyed'"),
        ({"mode": Mode.SHADOW}, "mode='shadow'"),
        ({"clause_modes": {"R-1": Mode.SHADOW, "R-2": "enforce"}}, "clause_modes={'R-1': 'shadow', 'R-2': 'enforce'}"),
        ({"recorded_facts": ("call.team", "call.model")}, "recorded_facts=['call.team', 'call.model']"),
        ({"recorded_facts": [object()]}, "recorded_facts=..."),
        ({"kill_switch": Path("/stop")}, "kill_switch=..."),
        ({"approval_poll_s": float("inf")}, "approval_poll_s=..."),
        ({"stage": "a\x1b[31m"}, "stage='a\\x1b[31m'"),
    ],
)
def test_what_the_help_repeats_of_a_setting_is_source_text_or_dots(given, written):
    with pytest.raises(GuardError) as caught:
        Guard.of(policy_of(rule('call.text is "x"')), **given)
    assert caught.value.diagnostics[0].help == f"write `options=GuardOptions({written})`"


def test_options_that_are_given_as_settings_are_written_together_and_long_values_are_left_out():
    policy = policy_of(rule('call.text is "x"'))
    with pytest.raises(GuardError) as caught:
        Guard.of(policy, durable=True, recorded_facts=["call.team"] * 50, queue_recods=1, options=GuardOptions())
    first, second, third = caught.value.diagnostics
    assert first.help == second.help
    assert "`options=GuardOptions(durable=True, recorded_facts=...)`, with your other options" in first.help
    assert third.help == "did you mean `queue_records`?"


@pytest.mark.parametrize("field", [each.name for each in dataclasses.fields(GuardOptions)])
def test_every_option_is_read_by_the_guard(field):
    """An option that nothing reads would be a promise that nobody keeps."""
    import pathlib

    import policykit.guard

    folder = pathlib.Path(policykit.guard.__file__).parent
    readers = [path for path in folder.rglob("*.py") if f"options.{field}" in path.read_text(encoding="utf-8")]
    assert readers, f"`{field}` does nothing"


@pytest.mark.parametrize("wrong", ["shadoww", "off", "", None, 1, True])
@pytest.mark.parametrize("options", [{"mode": 0}, {"clause_modes": {"R-1": 0}}, {"on_error": 0}])
def test_a_mode_that_is_none_of_the_modes_is_refused(options, wrong):
    ((name, value),) = options.items()
    with pytest.raises(GuardError, match=name):
        GuardOptions(**{name: {"R-1": wrong} if isinstance(value, dict) else wrong})


@pytest.mark.parametrize("wrong", ["shadow", {"mode": "shadow"}, Mode.SHADOW, "", {}])
def test_options_that_are_none_are_refused(wrong):
    with pytest.raises(GuardError, match="`options` cannot be that"):
        guard_of(rule('call.text is "x"'), options=wrong)


@pytest.mark.parametrize("wrong", [None, "R-1", ["R-1"]])
def test_modes_without_their_clauses_are_refused(wrong):
    with pytest.raises(GuardError, match="clause_modes"):
        GuardOptions(clause_modes=wrong)


def test_a_mode_may_be_said_in_its_word():
    options = GuardOptions(mode="shadow", clause_modes={"R-1": "enforce"}, on_error="allow")
    assert options == GuardOptions(mode=Mode.SHADOW, clause_modes={"R-1": Mode.ENFORCE}, on_error=OnError.ALLOW)
    function = guard_of(rule('call.text is "x"'), options=GuardOptions(mode="shadow")).call({"call.text": "prompt"})
    assert function(lambda prompt: "done")("x") == "done"


@pytest.mark.parametrize("name", ["approval_poll_s", "max_held_chars", "queue_records"])
@pytest.mark.parametrize("wrong", [0, -1, "5", None, True, float("nan"), float("inf")])
def test_a_size_or_time_that_cannot_be_meant_is_refused(name, wrong):
    with pytest.raises(GuardError, match=name):
        GuardOptions(**{name: wrong})


# --- binding ------------------------------------------------------------------------------------------------------------


def test_a_fact_is_the_parameter_that_was_named_however_it_is_passed():
    guard = guard_of(rule('call.model is "bad"'))

    @guard.call({"call.text": "body", "call.model": "action"})
    def send(to, body, *, action="bad"):
        return "sent"

    assert refuses(lambda: send("ann", "hello"))
    assert refuses(lambda: send(to="ann", body="hello", action="bad"))
    assert send("bad", "bad", action="good") == "sent"


@pytest.mark.parametrize("text", ["überweisung", "ｕ\u0308berweisung", "u\u0308berweisung", "über\u200bweisung"])
def test_the_text_is_looked_at_as_it_is_and_not_as_some_serialisation_of_it(text):
    guard = guard_of(rule('call.text contains any of "überweisung"'))
    function = guard.call({"call.text": Argument("messages")})(lambda messages: "done")
    assert refuses(lambda: function(text))
    assert refuses(lambda: guard.check({"call.text": text}))


# --- the record ---------------------------------------------------------------------------------------------------------


def test_every_call_is_on_record_whatever_became_of_it():
    trail = ListTrail()
    guard = guard_of(rule('call.text is "x"'), trail=trail)

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        if prompt == "fail":
            raise OSError
        return "done"

    for prompt in ("x", "y", "fail"):
        try:
            function(prompt)
        except (PolicyViolation, OSError):
            continue
    guard.flush()
    phases = [line.split('"phase":"')[1].split('"')[0] for line in trail.of_type("decision")]
    assert phases == ["request", "request", "response", "request", "failure"]


def test_what_is_not_checked_is_never_on_record_as_redacted():
    """The record says what was done: where nothing was changed it names no such effect."""
    trail = ListTrail()
    guard = guard_of(
        rule("call.text contains any of pii.card", "redact", "response"),
        trail=trail,
        options=GuardOptions(mode=Mode.SHADOW),
    )
    assert "4111" in guard.call({})(lambda: "card 4111 1111 1111 1111")()
    guard.flush()
    assert not any('"redact"' in line for line in trail.of_type("decision"))
