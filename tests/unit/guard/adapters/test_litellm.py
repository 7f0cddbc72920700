"""LiteLLM, guarded, against a local server. It needs an environment of its own: it pins an older `openai`."""

import asyncio
import json
import os
import threading
import warnings

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
import litellm

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Answer, Fallback, GuardOptions
from tests.helps import told
from tests.unit.guard.guards import CARD, MAIL, ListTrail, guard_of
from tests.unit.guard.provider_server import (
    chunk,
    chunks,
    completion,
    failure,
    message,
    serving,
    tool_chunks,
)

pytestmark = [  # LiteLLM keeps its connections, and an event loop, until Python ends
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PII = 'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card, pii.email\n then {effect}\n'
WORD = 'rule WORD-1 "x"\n on {phase}\n when call.text contains any of "stop"\n then {effect}\n'
FAILOVER = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'
MODEL = "openai/gpt-4o-mini"


def asked(text):
    return [{"role": "user", "content": text}]


def text_of(events):
    return "".join(choice.delta.content or "" for event in events for choice in event.choices)


class Caller:
    """One way of four to use LiteLLM: the module or a router, synchronously or not."""

    def __init__(self, kind, is_async):
        self.kind, self.is_async = kind, is_async

    def wrapped(self, provider, guard):
        where = {"api_base": provider.url, "api_key": "k", "max_retries": 0}
        if self.kind == "module":
            return guard.wrap(litellm), where
        deployment = {"model_name": MODEL, "litellm_params": {"model": MODEL, **where}}
        return guard.wrap(litellm.Router(model_list=[deployment], num_retries=0, disable_cooldowns=True)), {}

    def ask(self, provider, guard, text="hello", **more):
        """Return the answer, or the events of its stream."""
        client, where = self.wrapped(provider, guard)
        if not self.is_async:
            answer = client.completion(model=MODEL, messages=asked(text), **where, **more)
            return list(answer) if more.get("stream") else answer
        return asyncio.run(self._ask(client, {"messages": asked(text), **where, **more}))

    async def _ask(self, client, request):
        answer = await client.acompletion(model=MODEL, **request)
        return [event async for event in answer] if request.get("stream") else answer


@pytest.fixture(params=["module", "async module", "router", "async router"])
def caller(request):
    words = request.param.split()
    return Caller(words[-1], "async" in words)


SYNC = Caller("module", False)


@pytest.mark.parametrize("stream", [False, True])
def test_a_denied_prompt_never_reaches_the_provider(caller, stream):
    with serving(completion()) as provider:
        guard = guard_of(WORD.format(phase="request", effect='deny "no"'))
        with pytest.raises(PolicyViolation, match="no"):
            caller.ask(provider, guard, "please stop", stream=stream)
        assert provider.requests == []


def test_an_allowed_call_is_the_librarys_own(caller):
    with serving(completion("hi")) as provider:
        answer = caller.ask(provider, guard_of(WORD.format(phase="request", effect="deny")), temperature=0.5)
        assert provider.last["messages"] == asked("hello")
        assert (provider.last["model"], provider.last["temperature"]) == ("gpt-4o-mini", 0.5)
    assert isinstance(answer, litellm.ModelResponse)
    assert answer.choices[0].message.content == "hi"


def test_arguments_can_be_passed_by_their_place():
    rules = WORD.format(phase="request", effect="deny")
    with serving(completion("hi")) as provider:
        client, where = SYNC.wrapped(provider, guard_of(rules))
        assert client.completion(MODEL, asked("hello"), 5.0, **where).choices[0].message.content == "hi"
        with pytest.raises(PolicyViolation):
            client.completion(MODEL, asked("stop"), **where)
        with pytest.raises(TypeError, match="multiple values"):
            client.completion(MODEL, asked("hello"), model=MODEL, **where)
        assert len(provider.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_both_ways_are_redacted(caller, stream):
    rules = PII.format(phase="request, response", effect="redact")
    reply = chunks("card ", CARD[:6], CARD[6:], ".") if stream else completion(f"card {CARD}.")
    with serving(reply) as provider:
        answer = caller.ask(provider, guard_of(rules), f"mine is {CARD}", stream=stream)
        assert provider.last["messages"] == asked("mine is [pii.card redacted]")
    text = text_of(answer) if stream else answer.choices[0].message.content
    assert text == "card [pii.card redacted]."
    assert "4111 " not in str(answer)


def test_what_spells_a_redacted_answer_elsewhere_goes_too():
    token = {"token": CARD, "logprob": 0.0, "bytes": None, "top_logprobs": []}
    reply = completion(f"card {CARD}.", logprobs={"content": [token], "refusal": None})
    reply.body["choices"][0]["message"]["reasoning_content"] = f"the card {CARD}"
    reply.body["citations"] = [f"a page about {CARD}"]
    with serving(reply) as provider:
        answer = SYNC.ask(provider, guard_of(PII.format(phase="response", effect="redact")), logprobs=True)
    assert answer.choices[0].message.reasoning_content == "the card [pii.card redacted]"
    assert "4111 " not in answer.model_dump_json()
    assert "4111 " not in str(answer._hidden_params)


@pytest.mark.parametrize("size", range(1, len(CARD) + 12))
def test_a_card_split_across_deltas_in_any_way_is_redacted(size):
    whole = f"your card is {CARD}, as you said."
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    with serving(chunks(*pieces)) as provider:
        guard = guard_of(PII.format(phase="response", effect="redact"))
        events = SYNC.ask(provider, guard, stream=True, stream_options={"include_usage": True})
    assert all(isinstance(event, litellm.ModelResponseStream) for event in events)
    assert text_of(events) == "your card is [pii.card redacted], as you said."
    assert not any("4111 " in str(event) + str(event._hidden_params) for event in events)
    assert events[0].choices[0].delta.role == "assistant"
    assert events[-2].choices[0].finish_reason == "stop"
    assert events[-1].usage.completion_tokens == 7


@pytest.mark.parametrize("stream", [False, True])
def test_a_pseudonym_reaches_the_provider_and_the_caller_sees_the_value(caller, stream):
    guard = guard_of(PII.format(phase="request", effect="pseudonymise"))
    token = guard.core.session.tokens.token("pii.email", MAIL)
    reply = chunks("I wrote to ", token[:5], token[5:], "!") if stream else completion(f"I wrote to {token}!")
    with serving(reply) as provider:
        answer = caller.ask(provider, guard, f"write to {MAIL}", stream=stream)
        assert provider.last["messages"] == asked(f"write to {token}")
    assert (text_of(answer) if stream else answer.choices[0].message.content) == f"I wrote to {MAIL}!"


def test_arguments_of_tools_are_checked_before_they_leave(caller):
    guard = guard_of(PII.format(phase="response", effect="redact"))
    with serving(tool_chunks("pay", '{"card": "', CARD[:7], CARD[7:], '", "n": 1}')) as provider:
        events = caller.ask(provider, guard, stream=True)
    calls = [call for event in events for choice in event.choices for call in choice.delta.tool_calls or ()]
    assert [(call.function.name, json.loads(call.function.arguments)) for call in calls] == [
        ("pay", {"card": "[pii.card redacted]", "n": 1})
    ]
    assert calls[0].id == "t1"
    call = {"id": "t1", "type": "function", "function": {"name": "pay", "arguments": json.dumps({"card": CARD})}}
    with serving(completion(None, tool_calls=[call])) as provider:
        found = caller.ask(provider, guard).choices[0].message.tool_calls[0].function
    assert json.loads(found.arguments) == {"card": "[pii.card redacted]"}


def test_a_stream_that_is_denied_gives_nothing(caller):
    seen = []
    with serving(chunks("please ", "st", "op")) as provider, pytest.raises(PolicyViolation):
        seen += caller.ask(provider, guard_of(WORD.format(phase="response", effect="deny")), stream=True)
    assert seen == []


def test_reasoning_is_checked_in_a_channel_of_its_own():
    events = [chunk({"reasoning_content": f"card {CARD[:8]}"}), chunk({"reasoning_content": CARD[8:]})]
    reply = chunks()
    reply.events = [*events, chunk({"content": "done"}), chunk({}, "stop"), (None, "[DONE]")]
    with serving(reply) as provider:
        found = SYNC.ask(provider, guard_of(PII.format(phase="response", effect="redact")), stream=True)
    deltas = [event.choices[0].delta for event in found]
    thought = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    assert (thought, text_of(found)) == ("card [pii.card redacted]", "done")


def test_what_stands_beside_the_deltas_of_a_chunk_is_searched():
    reply = chunks("hello")
    for _, event in reply.events[:-1]:
        event["citations"] = [f"a page of {CARD}"]
    with serving(reply) as provider:
        found = SYNC.ask(provider, guard_of(PII.format(phase="response", effect="redact")), stream=True)
        assert text_of(found) == "hello"
        assert "4111" not in str([event.model_dump() for event in found])
        with pytest.raises(PolicyViolation) as caught:
            SYNC.ask(provider, guard_of(PII.format(phase="response", effect="deny")), stream=True)
    assert caught.value.reason == "deny"


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_of_the_provider_goes_to_the_fallback(caller, stream):
    with serving(failure()) as provider:
        said = Fallback(lambda **_: f"card {CARD}")
        guard = guard_of(FAILOVER + PII.format(phase="response", effect="redact"), fallbacks={"queue": said})
        answer = caller.ask(provider, guard, stream=stream)
    assert (text_of(answer) if stream else answer.choices[0].message.content) == "card [pii.card redacted]"


@pytest.mark.parametrize("stream", [False, True])
def test_another_error_of_the_provider_is_the_librarys_own(caller, stream):
    with serving(failure(400)) as provider, pytest.raises(litellm.BadRequestError):
        caller.ask(provider, guard_of(FAILOVER), stream=stream)


def test_a_rule_can_send_a_call_to_a_fallback_and_to_a_person(caller):
    rules = WORD.format(phase="request", effect="use queue")
    rules += 'rule A-1 "x"\n on request\n when call.text contains any of "pay"\n then ask duty, answer within 1 minutes, otherwise deny\n'
    asked_of = []

    def decide(request):
        asked_of.append(request)
        return Answer("Ann", "duty", granted=len(asked_of) == 1)

    with serving(completion("paid")) as provider:
        guard = guard_of(rules, approvers={"duty": decide})
        assert caller.ask(provider, guard, "stop").choices[0].message.content == "from the queue"
        assert provider.requests == []
        assert caller.ask(provider, guard, "pay").choices[0].message.content == "paid"
        with pytest.raises(PolicyViolation):
            caller.ask(provider, guard, "pay more")
        assert len(provider.requests) == 1


def test_model_and_provider_are_those_that_are_asked_whatever_they_are_called():
    rules = 'rule M-1 "x"\n on request\n when call.provider is "openai" and call.model is "gpt-4o-mini"\n then deny\n'
    with serving(completion()) as provider:
        client, where = SYNC.wrapped(provider, guard_of(rules))
        for name in ("openai/gpt-4o-mini", "gpt-4o-mini"):
            with pytest.raises(PolicyViolation):
                client.completion(name, asked("hello"), **where)
        params = {"model": "openai/gpt-4o-mini", **where}
        group = {"model_name": "fast", "litellm_params": params}
        other = {"model_name": "slow", "litellm_params": {"model": "openai/gpt-4o", **where}}
        router = litellm.Router(model_list=[group, other], num_retries=0, model_group_alias={"quick": "fast"})
        guarded = guard_of(rules).wrap(router)
        for name in ("fast", "quick"):
            with pytest.raises(PolicyViolation):
                guarded.completion(name, asked("hello"))
        assert provider.requests == []
        guarded.completion("slow", asked("hello"))  # another group, whose model no rule denies
        assert len(provider.requests) == 1


def test_a_group_of_different_models_has_no_model_until_one_has_answered():
    rules = 'rule M-1 "x"\n on request\n when call.model is "gpt-5"\n then deny\n unknown warn "which?"\n'
    rules += 'rule M-2 "x"\n on response\n when call.response_model is "m-1"\n then warn "that one"\n'
    trail = ListTrail()
    with serving(completion()) as provider:
        where = {"api_base": provider.url, "api_key": "k", "max_retries": 0}
        models = ("openai/gpt-4o-mini", "openai/gpt-4o")
        groups = [{"model_name": "fast", "litellm_params": {"model": model, **where}} for model in models]
        with guard_of(rules, trail=trail) as guard:
            guard.wrap(litellm.Router(model_list=groups, num_retries=0)).completion("fast", asked("hello"))
    assert str(trail.records).count('"unknown"') >= 1
    assert str(trail.records).count('"warn"') >= 2


@pytest.mark.parametrize(
    "argument",
    [
        {"fallbacks": ["openai/gpt-5"]},
        {"context_window_fallback_dict": {MODEL: "openai/gpt-5"}},
        {"model_list": [{"model_name": MODEL, "litellm_params": {"model": "openai/gpt-5"}}]},
        {"deployment_id": "other"},
        {"prompt_id": "greeting"},
        {"initial_prompt_value": "stop"},
        {"vector_store_ids": ["a"]},
        {"text_completion": True},
        {"_skip_mcp_handler": True},
        {"tools": [{"type": "mcp", "server_url": "litellm_proxy"}]},
    ],
)
def test_arguments_that_would_send_something_else_are_refused(caller, argument):
    with serving(completion()) as provider:
        with pytest.raises(GuardError) as caught:
            caller.ask(provider, guard_of(WORD.format(phase="request", effect="deny")), **argument)
        assert provider.requests == []
    assert caught.value.diagnostics[0].code == "PK361"


def test_settings_of_the_module_that_would_send_it_elsewhere_are_refused(caller, monkeypatch):
    settings = {
        "model_fallbacks": ["openai/gpt-5"],
        "model_alias_map": {MODEL: "openai/gpt-5"},
        "vector_store_registry": object(),
    }
    with serving(completion()) as provider:
        for name, value in settings.items():
            with monkeypatch.context() as patch:
                patch.setattr(litellm, name, value)
                with pytest.raises(GuardError) as caught:
                    caller.ask(provider, guard_of(WORD.format(phase="request", effect="deny")))
            assert caught.value.diagnostics[0].code == "PK362"
        assert provider.requests == []


def test_a_router_with_fallbacks_is_refused_whenever_it_gets_them():
    group = {"model_name": "a", "litellm_params": {"model": MODEL, "api_key": "k"}}
    other = {"model_name": "b", "litellm_params": {"model": "openai/gpt-5", "api_key": "k"}}
    mirrored = {"model_name": "a", "litellm_params": {"model": MODEL, "api_key": "k", "silent_model": "b"}}
    guard = guard_of(WORD.format(phase="request", effect="deny"))
    late = litellm.Router(model_list=[group, other])
    guarded = guard.wrap(late)
    with warnings.catch_warnings():  # newer releases call this deprecated; it still changes the router
        warnings.simplefilter("ignore", DeprecationWarning)
        late.fallbacks = [{"a": ["b"]}]
    for use in (
        lambda: guard.wrap(litellm.Router(model_list=[group, other], fallbacks=[{"a": ["b"]}])),
        lambda: guard.wrap(litellm).Router(model_list=[group, other], default_fallbacks=["b"]),
        lambda: guard.wrap(litellm.Router(model_list=[group, other], context_window_fallbacks=[{"a": ["b"]}])),
        lambda: guard.wrap(litellm.Router(model_list=[group, other], content_policy_fallbacks=[{"a": ["b"]}])),
        lambda: guard.wrap(litellm.Router(model_list=[group], default_litellm_params={"fallbacks": ["b"]})),
        lambda: guard.wrap(litellm.Router(model_list=[mirrored, other])),
        lambda: guarded.completion("a", asked("hello")),
    ):
        with pytest.raises(GuardError) as caught:
            use()
        assert caught.value.diagnostics[0].code == "PK362"


@pytest.mark.parametrize("kind", ["complexity", "adaptive", "quality"])
def test_a_router_that_chooses_the_model_itself_is_refused(kind):
    tiers = dict.fromkeys(("SIMPLE", "MEDIUM", "COMPLEX", "REASONING"), "a")
    config = {"tiers": tiers} if kind == "complexity" else {"available_models": ["a"]}
    params = {
        "model": f"auto_router/{kind}_router",
        f"{kind}_router_config": config,
        f"{kind}_router_default_model": "a",
    }
    group = {"model_name": "a", "litellm_params": {"model": MODEL, "api_key": "k"}}
    router = litellm.Router(model_list=[group, {"model_name": "smart", "litellm_params": params}])
    with pytest.raises(GuardError, match=f"`{kind}_routers`") as caught:
        guard_of(WORD.format(phase="request", effect="deny")).wrap(router)
    assert caught.value.diagnostics[0].code == "PK362"


def test_calls_that_are_not_guarded_are_refused():
    guard = guard_of(WORD.format(phase="request", effect="deny"))
    router = litellm.Router(model_list=[{"model_name": "a", "litellm_params": {"model": MODEL, "api_key": "k"}}])
    for part, names in (
        (litellm, "embedding aembedding text_completion responses image_generation batch_completion moderation speech"),
        (router, "embedding atext_completion aresponses image_generation abatch_completion"),
    ):
        guarded = guard.wrap(part)
        for name in names.split():
            with pytest.raises(GuardError) as caught:
                getattr(guarded, name)
            assert caught.value.diagnostics[0].code == "PK357"
        with pytest.raises(GuardError):
            guarded.drop_params = True
        with pytest.raises(AttributeError):
            _ = guarded.no_such_thing
    assert guard.wrap(litellm).token_counter(model="gpt-4o-mini", text="hello") > 0


@pytest.mark.parametrize(
    "argument",
    [
        {"litellm_system_prompt": "stop"},
        {"prediction": {"type": "content", "content": "stop"}},
        {"a_parameter_of_tomorrow": {"deep": ["stop"]}},
        {"extra_body": {"context": "stop"}},
    ],
)
def test_whatever_else_the_model_reads_is_part_of_the_prompt(argument):
    with serving(completion()) as provider:
        guard = guard_of(WORD.format(phase="request", effect="deny"))
        with pytest.raises(PolicyViolation):
            SYNC.ask(provider, guard, **argument)
        with pytest.raises(GuardError):
            SYNC.ask(provider, guard, extra_body={"messages": asked("other")})
        assert provider.requests == []


def test_an_answer_can_be_sent_back_as_it_came():
    with serving(completion("hi")) as provider:
        client, where = SYNC.wrapped(provider, guard_of(WORD.format(phase="request", effect="deny")))
        first = client.completion(MODEL, asked("hello"), **where).choices[0].message
        client.completion(MODEL, [*asked("a"), first], **where)
    assert provider.last["messages"][1]["content"] == "hi"


def test_another_provider_is_guarded_alike(caller):
    rules = PII.format(phase="request, response", effect="redact")
    with serving(message(f"card {CARD}")) as provider:
        named = (
            'rule M-1 "x"\n on request\n when call.provider is not "anthropic"\n then deny\n unknown warn "where?"\n'
        )
        guard = guard_of(rules + named)  # at an address that is not Anthropic's nobody knows who answers
        name = "anthropic/claude-sonnet-4-5"
        where = {"api_base": provider.url, "api_key": "k"}
        if caller.kind == "module":
            client = guard.wrap(litellm)
        else:
            groups = [{"model_name": name, "litellm_params": {"model": name, **where}}]
            client, where = guard.wrap(litellm.Router(model_list=groups, num_retries=0)), {}
        if caller.is_async:
            answer = asyncio.run(client.acompletion(name, asked(f"mine is {CARD}"), **where))
        else:
            answer = client.completion(name, asked(f"mine is {CARD}"), **where)
        assert "[pii.card redacted]" in str(provider.last)
        assert "4111 " not in str(provider.last)
    assert answer.choices[0].message.content == "card [pii.card redacted]"
    assert "4111 " not in str(answer) + str(answer._hidden_params)


def test_an_early_close_ends_the_call_and_the_connection():
    gate = threading.Event()
    reply = chunks(*["some text that goes on and on. " * 40] * 200, gate=gate)
    with serving(reply) as provider:
        client, where = SYNC.wrapped(provider, guard_of(PII.format(phase="response", effect="redact")))
        with client.completion(MODEL, asked("hello"), stream=True, **where) as stream:
            next(stream)
        gate.set()
        assert stream.response.is_closed

        async def use():
            early = await client.acompletion(MODEL, asked("hello"), stream=True, **where)
            await anext(early)
            await early.close()
            return early.response.is_closed

        assert asyncio.run(use())


@pytest.mark.parametrize("text", ["ｓｔｏｐ", "st\u200bop", "STOP", "ѕtop", "stöp", "4111１111 1111 1111"])
def test_the_same_text_gives_the_same_decision_as_elsewhere(text):
    guard = guard_of(WORD.format(phase="request", effect="deny") + PII.format(phase="request", effect="deny"))
    with serving(completion()) as provider:
        client, where = SYNC.wrapped(provider, guard)
        refused = []
        for call in (
            lambda: guard.check({"call.text": text}),
            lambda: client.completion(MODEL, asked(text), **where),
            lambda: client.completion(MODEL, asked(text), stream=True, **where).close(),
        ):
            try:
                call()
                refused.append(False)
            except PolicyViolation:
                refused.append(True)
    assert len(set(refused)) == 1


# --- what of a request is searched ------------------------------------------------------------------------------------

SOUGHT = PII.format(phase="request", effect="redact")
UNTOUCHED = guard_of(SOUGHT, options=GuardOptions(unread=("files", "history", "prompts")))


def leaks(request):
    """Whether the server gets the card; refused, or not sent by the library itself, is no leak."""
    with serving(completion()) as provider:
        client, where = SYNC.wrapped(provider, UNTOUCHED)
        try:
            client.completion(**{"model": MODEL, "messages": asked("hello"), **where, **request})
        except (PolicyViolation, GuardError):
            assert provider.requests == []
        except Exception:  # noqa: BLE001 - the library refuses a value of its own type, before or after it sent it
            pass
        return "4111" in json.dumps(provider.requests)


def test_no_member_of_a_message_takes_a_card_out():
    from litellm.types.llms.openai import AllMessageValues

    from tests.unit.guard.adapters.planting import planted

    tried = list(planted(AllMessageValues, CARD))
    assert [found.path for found in tried if leaks({"messages": [*asked("hello"), found.value]})] == []
    assert len(tried) > 20


def test_no_argument_of_a_completion_takes_a_card_out():
    import inspect

    from tests.unit.guard.adapters.planting import planted

    parameters = inspect.signature(litellm.completion, eval_str=True).parameters.values()
    tried = [(each.name, found.value) for each in parameters if each.kind is not each.VAR_KEYWORD
             for found in planted(each.annotation, CARD)]  # fmt: skip
    assert [name for name, value in tried if leaks({name: value})] == []
    assert len(tried) > 15
    assert leaks({"model": f"openai/{CARD}"})  # the one that docs/guard.md names; so the server was reached


@pytest.mark.parametrize("more", [{"extra_body": {"note": CARD}}, {"extra_body": {CARD: 1}}, {"note": CARD},
                                  {"metadata": {"a": {CARD: 1}}}, {"user": CARD}], ids=range(5))  # fmt: skip
def test_nor_does_what_only_the_provider_knows(more):
    assert not leaks(more)


# --- helps that are followed ------------------------------------------------------------------------------------------


def help_of(make):
    with pytest.raises(GuardError) as caught:
        make()
    return caught.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("argument", "form"),
    [
        ({"fallbacks": ["openai/gpt-5"]},
         "guard/adapters/_litellm_request.py: leave it out; what may answer instead stands in the policy: `use FALLBACK`"),
        ({"_skip_mcp_handler": True}, "guard/adapters/_litellm_request.py: leave it out"),
        ({"initial_prompt_value": "be brief"}, "guard/adapters/_litellm_request.py: write it into `messages`"),
        ({"tools": [{"type": "mcp", "server_url": "litellm_proxy"}]},
         "guard/adapters/_litellm_request.py: call them in the application, through `guard.tool`"),
    ],
)  # fmt: skip
def test_an_argument_is_left_out_and_said_where_the_help_says(caller, argument, form):
    with serving(failure(500)) as down, serving(completion("hi")) as provider:
        guard = guard_of(WORD.format(phase="request", effect="deny"))
        told(help_of(lambda: caller.ask(provider, guard, **argument)), form)
        assert caller.ask(provider, guard, text="be brief: hello").choices[0].message.content == "hi"
        if "fallbacks" in argument:
            bound = {"queue": lambda **_: litellm.completion(MODEL, asked("x"), api_base=provider.url, api_key="k")}
            assert caller.ask(down, guard_of(FAILOVER, fallbacks=bound)).choices[0].message.content == "hi"
        if "tools" in argument:
            assert guard.tool("ledger", {"call.text": "text"})(lambda text: text)("hello") == "hello"


def test_a_setting_is_left_out_and_a_fallback_of_the_policy_answers():
    group = {"model_name": "a", "litellm_params": {"model": MODEL, "api_key": "k"}}
    other = {"model_name": "b", "litellm_params": {"model": "openai/gpt-5", "api_key": "k"}}
    guard = guard_of(WORD.format(phase="request", effect="deny"))
    help_ = help_of(lambda: guard.wrap(litellm.Router(model_list=[group, other], fallbacks=[{"a": ["b"]}])))
    form = "guard/adapters/litellm.py: leave it out; what may answer instead stands in the policy: `use FALLBACK`"
    told(help_, form)
    with serving(failure(500)) as provider:
        group["litellm_params"]["api_base"] = provider.url
        router = litellm.Router(model_list=[group, other], num_retries=0, disable_cooldowns=True)
        guarded = guard_of(FAILOVER).wrap(router)
        assert "from the queue" in str(guarded.completion("a", asked("hello")))
