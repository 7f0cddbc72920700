"""Facts are bound by signature; what does not fit is found when the function is decorated."""

import asyncio
import inspect

import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import TEXTS, Argument, GuardOptions, Mode
from tests.unit.guard.guards import CARD, MAIL, guard_of

TEXT = 'rule WORD-1 "x"\n on request\n when call.text contains any of "stop"\n then deny\n'
REDACT = 'rule PII-1 "x"\n on request\n when call.text contains any of pii.email\n then redact\n'
TEAM = 'rule TEAM-1 "x"\n on request\n when call.team is "claims"\n then deny\n'


def codes(caught):
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def test_the_signature_the_kind_and_the_name_of_a_function_stay():
    guard = guard_of(TEXT)

    async def answer(prompt: str, *, limit: int = 3) -> str:
        """Say something."""
        return prompt * limit

    guarded = guard.call({"call.text": "prompt"})(answer)
    assert inspect.signature(guarded) == inspect.signature(answer)
    assert inspect.iscoroutinefunction(guarded)
    assert (guarded.__name__, guarded.__doc__) == ("answer", "Say something.")
    assert asyncio.run(guarded("ab", limit=2)) == "abab"


@pytest.mark.parametrize(
    "call", [lambda f: f("stop", "m"), lambda f: f(prompt="stop", model="m"), lambda f: f("stop", model="m")]
)
def test_an_argument_is_found_however_it_is_passed(call):
    guard = guard_of(TEXT)

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def function(prompt, model="m"):
        return "fine"

    with pytest.raises(PolicyViolation):
        call(function)


def test_a_default_is_an_argument():
    @guard_of(TEXT).call({"call.text": "prompt"})
    def function(prompt="stop"):
        return "fine"

    with pytest.raises(PolicyViolation):
        function()


def test_a_call_that_python_refuses_is_refused_as_python_does():
    @guard_of(TEXT).call({"call.text": "prompt"})
    def function(prompt, model):
        raise AssertionError("never called")

    for arguments in ((), ("a",), ("a", "b", "c")):
        with pytest.raises(TypeError):
            function(*arguments)


def test_methods_are_guarded_and_class_methods_from_inside():
    guard = guard_of(REDACT)

    class Assistant:
        @guard.call({"call.text": "prompt"})
        def answer(self, prompt):
            return (self, prompt)

        @classmethod
        @guard.call({"call.text": "prompt"})
        def of_class(cls, prompt):
            return (cls, prompt)

    one = Assistant()
    assert one.answer(MAIL) == (one, "[pii.email redacted]")
    assert Assistant.of_class(prompt=MAIL) == (Assistant, "[pii.email redacted]")


@pytest.mark.parametrize("wrong", [classmethod(lambda cls: 1), staticmethod(lambda: 1), int, 7])
def test_what_is_no_function_is_refused(wrong):
    with pytest.raises(GuardError) as caught:
        guard_of(TEXT).call({"call.text": "prompt"})(wrong)
    assert codes(caught) == ["PK346"]


def test_a_parameter_that_the_function_does_not_have_is_refused_with_the_nearest():
    with pytest.raises(GuardError) as caught:
        guard_of(TEXT).call({"call.text": "promt"})(lambda prompt: prompt)
    assert codes(caught) == ["PK340"]
    assert "prompt" in caught.value.diagnostics[0].help


def test_a_fact_that_nobody_supplies_is_found_when_the_function_is_decorated():
    with pytest.raises(GuardError) as caught:
        guard_of(TEXT + TEAM).call({"call.text": "prompt"})(lambda prompt: prompt)
    assert codes(caught) == ["PK341"]
    assert "call.team" in str(caught.value)
    assert "TEAM-1" in str(caught.value)


def test_a_fact_may_come_from_the_context_be_fixed_or_be_known_to_be_unknown():
    function = lambda prompt: prompt  # noqa: E731
    from_context = guard_of(TEAM, context_facts=["call.team"])
    guarded = from_context.call({"call.text": "prompt"})(function)
    with from_context.context(team="sales"):
        assert guarded("x") == "x"
    with from_context.context(team="claims"), pytest.raises(PolicyViolation):
        guarded("x")
    with pytest.raises(PolicyViolation):
        guarded("x")  # missing is unknown, and unknown acts
    fixed = guard_of(TEAM).call({"call.text": "prompt"}, fixed={"call.team": "sales"})(function)
    assert fixed("x") == "x"
    unknown = guard_of(TEAM).call({"call.text": "prompt"}, unknown=["call.team"])(function)
    with pytest.raises(PolicyViolation):
        unknown("x")


def test_a_text_that_cannot_be_changed_is_found_where_a_rule_would_change_it():
    with pytest.raises(GuardError) as caught:
        guard_of(REDACT).call({"call.text": Argument("body", read=lambda body: body["text"])})(lambda body: body)
    assert codes(caught) == ["PK345"]


def test_texts_inside_of_a_larger_argument_are_changed_in_a_copy():
    @guard_of(REDACT).call({"call.text": Argument("messages", TEXTS)}, returns={})
    def function(messages):
        return messages

    messages = [{"role": "user", "content": f"to {MAIL}"}, {"role": "user", "content": ["and", (MAIL, 3)]}]
    assert function(messages) == [
        {"role": "user", "content": "to [pii.email redacted]"},
        {"role": "user", "content": ["and", ("[pii.email redacted]", 3)]},
    ]
    assert messages[0]["content"] == f"to {MAIL}"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"approvers": {"dutty": print}}, "PK344"),
        ({"context_facts": ["call.teem"]}, "PK342"),
        ({"options": GuardOptions(clause_modes={"TEAM-2": Mode.SHADOW})}, "PK349"),
        ({"fallbacks": {"quueue": print}}, "PK343"),
        ({"secret": b"short"}, "PK353"),
    ],
)
def test_names_that_the_policy_does_not_have_are_refused_when_the_guard_is_made(settings, code):
    with pytest.raises(GuardError) as caught:
        guard_of(TEAM, **settings)
    assert codes(caught) == [code]


def test_a_misspelt_fact_in_the_context_is_refused():
    with pytest.raises(GuardError) as caught:
        guard_of(TEAM).context(teem="claims")
    assert codes(caught) == ["PK342"]


def test_a_synchronous_function_cannot_have_an_asynchronous_fallback():
    async def queue(prompt):
        return "x"

    guard = guard_of('rule DOWN-1 "x"\n on failure\n then use queue\n', fallbacks={"queue": queue})
    with pytest.raises(GuardError) as caught:
        guard.call({"call.text": "prompt"})(lambda prompt: prompt)
    assert codes(caught) == ["PK347"]


def test_contexts_nest_and_tasks_do_not_see_each_others():
    guard = guard_of(TEAM, context_facts=["call.team"])

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        return prompt

    async def one(team, outcomes):
        with guard.context(team="x"), guard.context(team=team):
            await asyncio.sleep(0)
            try:
                outcomes[team] = await function("fine")
            except PolicyViolation:
                outcomes[team] = "refused"

    async def both():
        outcomes = {}
        await asyncio.gather(one("claims", outcomes), one("sales", outcomes))
        return outcomes

    assert asyncio.run(both()) == {"claims": "refused", "sales": "fine"}


def test_check_decides_as_a_decorated_function_does():
    guard = guard_of(TEXT + REDACT)
    assert guard.check({"call.text": f"to {MAIL}"}).text == "to [pii.email redacted]"
    with pytest.raises(PolicyViolation):
        guard.check({"call.text": "stop"})
    assert asyncio.run(guard.check_async({"call.text": "fine"})).decision.effect == "allow"
    with pytest.raises(GuardError) as caught:
        guard.check({"call.text": "x"}, phase="requst")
    assert codes(caught) == ["PK356"]


@pytest.mark.parametrize("text", ["ｓｔｏｐ", "s\u200btop", "sto\u00adp"])
def test_no_disguise_hides_a_text_from_the_decorator_or_from_check(text):
    guard = guard_of(TEXT)
    with pytest.raises(PolicyViolation):
        guard.call({"call.text": "prompt"})(lambda prompt: prompt)(text)
    with pytest.raises(PolicyViolation):
        guard.check({"call.text": text})


class Member:
    """The lens of one member of a dictionary."""

    def __init__(self, name):
        self.name = name

    def read(self, value):
        return (value[self.name],)

    def write(self, value, texts):
        return {**value, self.name: texts[0]}


def test_two_facts_in_one_parameter_are_both_changed_whatever_the_call_looks_like():
    rules = 'rule A-1 "x"\n on request\n when call.text contains any of pii.card\n then redact\n'
    rules += 'rule B-1 "x"\n on request\n when call.instructions contains any of pii.email\n then redact\n'
    bind = guard_of(rules).call(
        {"call.text": Argument("body", Member("user")), "call.instructions": Argument("body", Member("system"))}
    )
    body = {"user": CARD, "system": MAIL}
    expected = {"user": "[pii.card redacted]", "system": "[pii.email redacted]"}
    assert bind(lambda body: f"{body}")(body) == str(expected)
    assert bind(lambda body: f"{body}")(body=body) == str(expected)
    assert bind(lambda *_, body: f"{body}")(body=body) == str(expected)
    assert bind(lambda body, model="x": str(body) + model)(body) == f"{expected}x"
    assert body == {"user": CARD, "system": MAIL}
