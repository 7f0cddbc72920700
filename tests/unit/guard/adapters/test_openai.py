"""OpenAI's own clients, guarded, against a local server."""
# ruff: noqa: SIM117 - a server, a client in it, a stream in that

import asyncio
import json
import threading

import openai
import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Fallback
from tests.unit.guard.guards import CARD, MAIL, ListTrail, guard_of
from tests.unit.guard.provider_server import chunk, chunks, completion, failure, response, serving, tool_chunks

PII = 'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card, pii.email\n then {effect}\n'
WORD = 'rule WORD-1 "x"\n on {phase}\n when call.text contains any of "stop"\n then {effect}\n'
MODEL = "gpt-5-mini"


def asked(text):
    return [{"role": "user", "content": text}]


def wrapped(provider, rules, kind=openai.OpenAI, **settings):
    return guard_of(rules, **settings).wrap(kind(base_url=provider.url, api_key="k", max_retries=0))


def text_of(events):
    return "".join(choice.delta.content or "" for event in events for choice in event.choices)


def ask(client, text="hello", **more):
    return client.chat.completions.create(model=MODEL, messages=asked(text), **more)


@pytest.mark.parametrize("stream", [False, True])
def test_a_denied_prompt_never_reaches_the_provider(stream):
    with serving(completion()) as provider:
        client = wrapped(provider, WORD.format(phase="request", effect='deny "no"'))
        with client, pytest.raises(PolicyViolation, match="no"):
            ask(client, "please stop", stream=stream)
        assert provider.requests == []


def test_an_allowed_call_is_the_libraries_own():
    with (
        serving(completion("hi")) as provider,
        wrapped(provider, WORD.format(phase="request", effect="deny")) as client,
    ):
        answer = ask(client, temperature=0.5)
    assert isinstance(answer, openai.types.chat.ChatCompletion)
    assert answer.choices[0].message.content == "hi"
    assert provider.last == {"model": MODEL, "messages": asked("hello"), "temperature": 0.5}


def test_an_answer_is_redacted_with_the_probabilities_that_spell_it():
    token = {"token": CARD, "logprob": 0.0, "bytes": None, "top_logprobs": []}
    reply = completion(f"card {CARD}.", logprobs={"content": [token], "refusal": None})
    with serving(reply) as provider, wrapped(provider, PII.format(phase="response", effect="redact")) as client:
        answer = ask(client, logprobs=True)
    assert answer.choices[0].message.content == "card [pii.card redacted]."
    assert "4111" not in answer.model_dump_json()


@pytest.mark.parametrize("size", range(1, len(CARD) + 12))
def test_a_card_split_across_deltas_in_any_way_is_redacted(size):
    whole = f"your card is {CARD}, as you said."
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    with serving(chunks(*pieces)) as provider:
        with wrapped(provider, PII.format(phase="response", effect="redact")) as client:
            with ask(client, stream=True) as stream:
                events = list(stream)
    assert text_of(events) == "your card is [pii.card redacted], as you said."
    assert not any("4111" in event.model_dump_json() for event in events)
    assert events[0].choices[0].delta.role == "assistant"
    assert events[-2].choices[0].finish_reason == "stop"
    assert events[-1].usage.completion_tokens == 7


@pytest.mark.parametrize("place", ["chunk", "choice"])
def test_fields_that_the_library_lacks_do_not_leave_with_a_text(place):
    name, data = chunk({"content": f"your card is {CARD}, as you said. " + "word " * 20})
    (data if place == "chunk" else data["choices"][0])["spelled"] = CARD
    reply = chunks()
    reply.events = [(name, data), chunk({}, "stop"), (None, "[DONE]")]
    with serving(reply) as provider, wrapped(provider, PII.format(phase="response", effect="redact")) as client:
        with ask(client, stream=True) as stream:
            events = list(stream)
    assert text_of(events).startswith("your card is [pii.card redacted], as you said. word")
    assert not any("4111" in event.model_dump_json() for event in events)


def test_an_event_that_the_caller_has_is_not_changed_by_those_behind_it():
    pieces = [f"{number} " for number in "abcdefghijklmnopqrstuvwxyz" * 4]
    with serving(chunks(*pieces)) as provider:
        with wrapped(provider, PII.format(phase="response", effect="redact").replace(", pii.email", "")) as client:
            with ask(client, stream=True) as stream:
                events, seen = [], []
                for event in stream:
                    events.append(event)
                    seen.append(event.model_dump())
    assert [event.model_dump() for event in events] == seen
    assert text_of(events) == "".join(pieces)


def test_text_leaves_before_the_answer_has_ended():
    gate = threading.Event()
    reply = chunks("a long beginning without anything in it. " * 12, "the end", gate=gate)
    with serving(reply) as provider:
        with wrapped(provider, PII.format(phase="response", effect="redact").replace(", pii.email", "")) as client:
            with ask(client, stream=True) as stream:
                first = text_of([next(stream), next(stream)])
                assert first.startswith("a long beginning")
                gate.set()
                rest = text_of(stream)
    assert (first + rest).endswith("the end")


@pytest.mark.parametrize("stream", [False, True])
def test_a_pseudonym_reaches_the_provider_and_the_caller_sees_the_value(stream):
    rules = PII.format(phase="request", effect="pseudonymise")
    guard = guard_of(rules)
    token = guard.core.session.tokens.token("pii.email", MAIL)
    reply = chunks("I wrote to ", token[:5], token[5:], "!") if stream else completion(f"I wrote to {token}!")
    with serving(reply) as provider, guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        answer = ask(client, f"write to {MAIL}", stream=stream)
        text = text_of(answer) if stream else answer.choices[0].message.content
    assert provider.last["messages"] == asked(f"write to {token}")
    assert text == f"I wrote to {MAIL}!"


def test_what_is_put_back_into_arguments_stays_json():
    rules = 'rule Q-1 "x"\n on request\n when call.text contains any of "say \\"hi\\""\n then pseudonymise\n'
    guard = guard_of(rules)
    token = guard.core.session.tokens.token("text", 'say "hi"')
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": json.dumps({"a": token})}}
    with serving(completion(None, tool_calls=[call])) as provider:
        with guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
            answer = ask(client, 'please say "hi"')
    assert json.loads(answer.choices[0].message.tool_calls[0].function.arguments) == {"a": 'say "hi"'}


def test_arguments_of_tools_are_checked_before_they_leave_a_stream():
    reply = tool_chunks("pay", '{"card": "', CARD[:7], CARD[7:], '", "n": 1}')
    with serving(reply) as provider, wrapped(provider, PII.format(phase="response", effect="redact")) as client:
        with ask(client, stream=True) as stream:
            events = list(stream)
    calls = [call for event in events for choice in event.choices for call in choice.delta.tool_calls or ()]
    assert [call.function.name for call in calls] == ["pay"]
    assert json.loads(calls[0].function.arguments) == {"card": "[pii.card redacted]", "n": 1}
    assert calls[0].id == "t1"
    assert not any("4111" in event.model_dump_json() for event in events)


def test_arguments_of_tools_that_are_denied_do_not_leave():
    reply = tool_chunks("pay", '{"what": "st', 'op"}')
    with serving(reply) as provider, wrapped(provider, WORD.format(phase="response", effect="deny")) as client:
        seen = []
        with ask(client, stream=True) as stream, pytest.raises(PolicyViolation):
            seen.extend(stream)
    assert seen == []


def test_choices_of_one_stream_are_checked_apart():
    events = [chunk({"content": CARD[:9]}), chunk({"content": "no card"}, index=1), chunk({"content": CARD[9:]})]
    events += [chunk({}, "stop"), chunk({}, "stop", index=1), (None, "[DONE]")]
    reply = chunks()
    reply.events = events
    with serving(reply) as provider, wrapped(provider, PII.format(phase="response", effect="redact")) as client:
        with ask(client, stream=True, n=2) as stream:
            found = {0: "", 1: ""}
            for event in stream:
                for choice in event.choices:
                    found[choice.index] += choice.delta.content or ""
    assert found == {0: "[pii.card redacted]", 1: "no card"}


FAILOVER = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_of_the_provider_goes_to_the_fallback(stream):
    with serving(failure()) as provider, wrapped(provider, FAILOVER) as client:
        answer = ask(client, stream=stream)
        text = text_of(answer) if stream else answer.choices[0].message.content
    assert text == "from the queue"


@pytest.mark.parametrize("stream", [False, True])
def test_another_error_of_the_provider_is_the_libraries_own(stream):
    with (
        serving(failure(400)) as provider,
        wrapped(provider, FAILOVER) as client,
        pytest.raises(openai.BadRequestError),
    ):
        ask(client, stream=stream)


def test_what_a_fallback_says_is_checked_too():
    rules = FAILOVER + PII.format(phase="response", effect="redact")
    said = Fallback(lambda **_: f"card {CARD}")
    with serving(failure()) as provider, wrapped(provider, rules, fallbacks={"queue": said}) as client:
        assert ask(client).choices[0].message.content == "card [pii.card redacted]"
        assert text_of(ask(client, stream=True)) == "card [pii.card redacted]"


def test_a_connection_that_breaks_in_the_middle_is_an_error():
    reply = chunks("x" * 400, usage=False, breaks_off=True)
    reply.events = reply.events[:2]
    with serving(reply) as provider:
        client = openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)
        with ask(client, stream=True) as stream, pytest.raises(Exception) as bare:
            list(stream)  # version 2 passes on the error of its transport, version 3 has one of its own
        with wrapped(provider, PII.format(phase="response", effect="redact")) as client:
            with ask(client, stream=True) as stream, pytest.raises(type(bare.value)):
                list(stream)


def test_an_early_close_ends_the_call_and_the_connection():
    gate = threading.Event()
    reply = chunks(*["some text that goes on and on. " * 40] * 200, gate=gate)
    rules = PII.format(phase="response", effect="redact")
    with serving(reply) as provider, wrapped(provider, rules) as client:
        with ask(client, stream=True) as stream:
            next(stream)
        gate.set()
        assert stream.response.is_closed
        with pytest.raises(Exception):  # noqa: B017 - the library says in its own words that the stream was closed
            list(stream)


def test_tokens_and_model_are_on_record_and_no_text_is():
    trail = ListTrail()
    rules = (
        'rule T-1 "x"\n on response\n when call.output_tokens > 5 and call.response_model is "m-1"\n then warn "many"\n'
    )
    with serving(chunks("secret answer")) as provider:
        guard = guard_of(rules, trail=trail)
        with guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
            assert text_of(ask(client, "secret question", stream=True)) == "secret answer"
        guard.close()
    assert "warn" in str(trail.records)
    assert "secret" not in str(trail.records)


def test_instructions_and_results_of_tools_are_part_of_the_prompt():
    rules = WORD.format(phase="request", effect="deny")
    prompts = [
        [{"role": "system", "content": "stop"}],
        [{"role": "tool", "tool_call_id": "t", "content": "stop"}],
        [{"role": "user", "content": [{"type": "text", "text": "stop"}]}],
        [{"role": "user", "content": [{"type": "new", "words": {"deep": ["stop"]}}]}],
        iter(asked("stop")),
    ]
    with serving(completion()) as provider, wrapped(provider, rules) as client:
        for prompt in prompts:
            with pytest.raises(PolicyViolation):
                client.chat.completions.create(model=MODEL, messages=prompt)
    assert provider.requests == []


def test_an_answer_can_be_sent_back_as_it_came():
    with (
        serving(completion("hi")) as provider,
        wrapped(provider, WORD.format(phase="request", effect="deny")) as client,
    ):
        first = ask(client).choices[0].message
        client.chat.completions.create(model=MODEL, messages=[*asked("a"), first])
    assert provider.last["messages"][1] == {"role": "assistant", "content": "hi", "tool_calls": None}


def test_calls_that_are_not_guarded_are_refused():
    with serving(completion()) as provider, wrapped(provider, WORD.format(phase="request", effect="deny")) as client:
        for reach in (
            lambda: client.embeddings,
            lambda: client.chat.completions.with_raw_response,
            lambda: client.chat.completions.with_streaming_response.parse,
            lambda: client.chat.completions.list,
            lambda: client.responses.retrieve,
            lambda: client.beta,
            lambda: client.with_raw_response,
            lambda: client.post,
        ):
            with pytest.raises(GuardError) as caught:
                reach()
            assert caught.value.diagnostics[0].code == "PK357"
        with pytest.raises(GuardError) as caught:
            ask(client, extra_body={"messages": asked("stop")})
        assert caught.value.diagnostics[0].code == "PK358"
        with pytest.raises(PolicyViolation):
            ask(client.with_options(timeout=5), "stop")
        with pytest.raises(AttributeError):
            _ = client.no_such_thing
    assert provider.requests == []


def test_responses_are_guarded_both_ways():
    rules = PII.format(phase="request, response", effect="redact")
    with serving(response(f"write to {MAIL}")) as provider, wrapped(provider, rules) as client:
        answer = client.responses.create(model=MODEL, instructions="be kind", input=f"my card is {CARD}")
        assert answer.output_text == "write to [pii.email redacted]"
        assert provider.last["input"] == "my card is [pii.card redacted]"
        assert provider.last["instructions"] == "be kind"


def test_asynchronous_clients_are_guarded_as_synchronous_ones_are():
    async def use(provider):
        rules = PII.format(phase="response", effect="redact") + WORD.format(phase="request", effect="deny")
        async with wrapped(provider, rules, openai.AsyncOpenAI) as client:
            whole = await ask(client)
            async with await ask(client, stream=True) as stream:
                events = [event async for event in stream]
            with pytest.raises(PolicyViolation):
                await ask(client, "stop")
            early = await ask(client, stream=True)
            await anext(early)
            await early.close()
            assert early.response.is_closed
            return whole.choices[0].message.content, text_of(events)

    reply = chunks("card ", CARD[:4], CARD[4:])
    with serving(completion(f"card {CARD}"), reply) as provider:
        assert asyncio.run(use(provider)) == ("card [pii.card redacted]",) * 2
        assert len(provider.requests) == 3


def test_an_asynchronous_failure_goes_to_the_fallback():
    async def use(provider):
        async with wrapped(provider, FAILOVER, openai.AsyncOpenAI) as client:
            stream = await ask(client, stream=True)
            return [event async for event in stream], (await ask(client)).choices[0].message.content

    with serving(failure()) as provider:
        events, text = asyncio.run(use(provider))
    assert text_of(events) == text == "from the queue"


def test_a_cancelled_task_closes_its_stream():
    gate = threading.Event()

    async def use(provider):
        async with wrapped(provider, PII.format(phase="response", effect="redact"), openai.AsyncOpenAI) as client:
            stream = await ask(client, stream=True)

            async def read():
                async for _ in stream:
                    pass

            task = asyncio.create_task(read())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return stream.response.is_closed

    with serving(chunks("a", "b", gate=gate)) as provider:
        assert asyncio.run(use(provider))
        gate.set()
