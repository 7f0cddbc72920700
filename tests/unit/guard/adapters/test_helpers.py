"""The libraries' own `parse` and `stream`, run over guarded operations."""
# ruff: noqa: SIM117 - a server, a client in it, a stream in that

import asyncio
import json
import threading

import anthropic
import openai
import pytest
from pydantic import BaseModel

from policykit.errors import GuardError, PolicyViolation
from tests.unit.guard.guards import CARD, ListTrail, guard_of
from tests.unit.guard.provider_server import (
    Reply,
    chunks,
    completion,
    failure,
    message,
    message_events,
    response,
    response_events,
    said_item,
    serving,
    text_block,
    tool_block,
    tool_chunks,
)

RULES = """
rule PII-1 "x"
 on response
 when call.text contains any of pii.card, pii.email
 then redact
rule WORD-1 "x"
 on request
 when call.text contains any of "stop"
 then deny
"""
OUT = "[pii.card redacted]"
ANSWER = json.dumps({"card": CARD, "count": 2})
PIECES = ['{"card": "', CARD[:6], CARD[6:], '", "count": 2}']


class Found(BaseModel):
    card: str
    count: int


WANTED = Found(card=OUT, count=2)


def wrapped(provider, kind=openai.OpenAI, rules=RULES, **settings):
    return guard_of(rules, **settings).wrap(kind(base_url=provider.url, api_key="k", max_retries=0))


def asked(text="hello"):
    return [{"role": "user", "content": text}]


def test_chat_parse_gives_an_object_of_the_checked_answer():
    with serving(completion(ANSWER)) as provider, wrapped(provider) as client:
        found = client.chat.completions.parse(
            model="m", messages=asked(), response_format=Found, extra_headers={"x-a": "b"}
        )
        assert found.choices[0].message.parsed == WANTED
        assert "4111" not in repr(found)
        assert provider.last["response_format"]["type"] == "json_schema"
        with pytest.raises(PolicyViolation):
            client.chat.completions.parse(model="m", messages=asked("stop"), response_format=Found)
        assert len(provider.requests) == 1


def test_responses_parse_gives_an_object_of_the_checked_answer():
    with serving(response(ANSWER)) as provider, wrapped(provider) as client:
        assert client.responses.parse(model="m", input="hello", text_format=Found).output_parsed == WANTED
        assert provider.last["text"]["format"]["type"] == "json_schema"
        with pytest.raises(PolicyViolation):
            client.responses.parse(model="m", input="stop", text_format=Found)
        with pytest.raises(GuardError) as caught:
            client.responses.parse(model="m", input="hello", text_format=Found, stream=True)
        assert caught.value.diagnostics[0].code == "PK359"
        assert len(provider.requests) == 1


def test_messages_parse_gives_an_object_of_the_checked_answer():
    with serving(message(ANSWER)) as provider, wrapped(provider, anthropic.Anthropic) as client:
        found = client.messages.parse(model="m", max_tokens=9, messages=asked(), output_format=Found)
        assert found.parsed_output == WANTED
        with pytest.raises(PolicyViolation):
            client.messages.parse(model="m", max_tokens=9, messages=asked("stop"), output_format=Found)
        assert len(provider.requests) == 1


@pytest.mark.parametrize("size", [1, 7, 100])
def test_chat_stream_assembles_the_checked_answer(size):
    pieces = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]
    with serving(chunks(*pieces)) as provider, wrapped(provider) as client:
        with client.chat.completions.stream(model="m", messages=asked(), response_format=Found) as stream:
            events = list(stream)
            final = stream.get_final_completion()
    assert final.choices[0].message.parsed == WANTED
    assert "".join(event.delta for event in events if event.type == "content.delta") == ANSWER.replace(CARD, OUT)
    assert not any("4111" in repr(event) for event in events)


def test_chat_stream_assembles_calls_of_tools():
    with serving(tool_chunks("pay", *PIECES)) as provider, wrapped(provider) as client:
        with client.chat.completions.stream(model="m", messages=asked()) as stream:
            (call,) = stream.get_final_completion().choices[0].message.tool_calls
    assert json.loads(call.function.arguments) == {"card": OUT, "count": 2}


def test_responses_stream_assembles_the_checked_answer():
    with serving(response_events(said_item(*PIECES))) as provider, wrapped(provider) as client:
        with client.responses.stream(model="m", input="hello", text_format=Found) as stream:
            events = list(stream)
            final = stream.get_final_response()
    assert final.output_parsed == WANTED
    assert [event.parsed for event in events if event.type == "response.output_text.done"] == [WANTED]
    assert not any("4111" in repr(event) for event in events)


def test_a_response_of_the_past_is_not_streamed_unchecked():
    with serving(response()) as provider, wrapped(provider) as client:
        with pytest.raises((GuardError, AttributeError)):
            with client.responses.stream(response_id="r1"):
                pass
        assert provider.requests == []


def test_messages_stream_assembles_the_checked_answer():
    reply = message_events(text_block(0, "card ", CARD[:4], CARD[4:]), tool_block(1, "pay", *PIECES))
    with serving(reply) as provider, wrapped(provider, anthropic.Anthropic) as client:
        with client.messages.stream(model="m", max_tokens=9, messages=asked()) as stream:
            assert "".join(stream.text_stream) == f"card {OUT}"
            final = stream.get_final_message()
    assert final.content[0].text == f"card {OUT}"
    assert final.content[1].input == {"card": OUT, "count": 2}


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        (openai.OpenAI, lambda client: client.chat.completions.stream(model="m", messages=asked("stop"))),
        (openai.OpenAI, lambda client: client.responses.stream(model="m", input="stop")),
        (anthropic.Anthropic, lambda client: client.messages.stream(model="m", max_tokens=9, messages=asked("stop"))),
    ],
)
def test_a_denied_prompt_of_a_stream_never_reaches_the_provider(kind, use):
    with serving(completion()) as provider, wrapped(provider, kind) as client:
        with pytest.raises(PolicyViolation):
            with use(client):
                pass
        assert provider.requests == []


def test_helpers_of_asynchronous_clients_are_guarded_too():
    async def use_openai(provider):
        async with wrapped(provider, openai.AsyncOpenAI) as client:
            yield (
                (await client.chat.completions.parse(model="m", messages=asked(), response_format=Found))
                .choices[0]
                .message.parsed
            )
            yield (await client.responses.parse(model="m", input="x", text_format=Found)).output_parsed
            async with client.chat.completions.stream(model="m", messages=asked(), response_format=Found) as stream:
                yield (await stream.get_final_completion()).choices[0].message.parsed
            async with client.responses.stream(model="m", input="x", text_format=Found) as stream:
                yield (await stream.get_final_response()).output_parsed

    async def use_anthropic(provider):
        async with wrapped(provider, anthropic.AsyncAnthropic) as client:
            yield (
                await client.messages.parse(model="m", max_tokens=9, messages=asked(), output_format=Found)
            ).parsed_output
            async with client.messages.stream(model="m", max_tokens=9, messages=asked()) as stream:
                yield Found.model_validate_json(await stream.get_final_text())

    async def gathered(found):
        return [each async for each in found]

    replies = completion(ANSWER), response(ANSWER), chunks(*PIECES), response_events(said_item(*PIECES))
    with serving(*replies) as provider:
        assert asyncio.run(gathered(use_openai(provider))) == [WANTED] * 4
    with serving(message(ANSWER), message_events(text_block(0, *PIECES))) as provider:
        assert asyncio.run(gathered(use_anthropic(provider))) == [WANTED] * 2


def test_a_fallback_answers_in_a_helper():
    rules = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'
    with serving(failure()) as provider, wrapped(provider, rules=rules) as client:
        with client.responses.stream(model="m", input="x") as stream:
            assert stream.get_final_response().output_text == "from the queue"
        with client.chat.completions.stream(model="m", messages=asked()) as stream:
            assert stream.get_final_completion().choices[0].message.content == "from the queue"
        assert client.chat.completions.parse(model="m", messages=asked()).choices[0].message.content == "from the queue"


def left_early(kind, reply, use):
    """The records of the response phase after a caller has left a stream."""
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    with serving(reply) as provider, guard.wrap(kind(base_url=provider.url, api_key="k")) as client:
        with use(client) as stream:
            next(iter(stream))
    guard.flush()
    return [members for members in trail.of_type("decision") if '"phase":"response"' in members]


LONG = ["words and words. " * 50] * 50


@pytest.mark.parametrize(
    ("kind", "reply", "use"),
    [
        (openai.OpenAI, chunks(*LONG), lambda c: c.chat.completions.create(model="m", messages=asked(), stream=True)),
        (openai.OpenAI, chunks(*LONG), lambda c: c.chat.completions.stream(model="m", messages=asked())),
        (openai.OpenAI, response_events(said_item(*LONG)), lambda c: c.responses.create(model="m", stream=True)),
        (openai.OpenAI, response_events(said_item(*LONG)), lambda c: c.responses.stream(model="m", input="x")),
        (
            anthropic.Anthropic,
            message_events(text_block(0, *LONG)),
            lambda c: c.messages.create(model="m", max_tokens=9, messages=asked(), stream=True),
        ),
        (
            anthropic.Anthropic,
            message_events(text_block(0, *LONG)),
            lambda c: c.messages.stream(model="m", max_tokens=9, messages=asked()),
        ),
    ],
)
def test_a_stream_that_is_left_early_is_on_record_once(kind, reply, use):
    (record,) = left_early(kind, reply, use)
    assert '"outcome":"none"' in record
    assert '"ended":"closed"' in record
    assert '"closed early after ' in record


def test_the_content_of_the_response_of_a_stream_is_out_of_reach():
    with serving(chunks(CARD), chunks(CARD)) as provider, wrapped(provider) as client:
        with client.chat.completions.create(model="m", messages=asked(), stream=True) as stream:
            assert stream.response.status_code == 200
            assert stream.response.headers["content-type"] == "text/event-stream"
            for name in ("text", "read", "iter_lines", "iter_raw", "content", "stream"):
                with pytest.raises(GuardError):
                    getattr(stream.response, name)
            stream.response.close()
            assert stream.response.is_closed


class Counted:
    """A provider's stream that counts how often it is asked for an event."""

    def __init__(self, source):
        self.source = source
        self.pulled = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.pulled += 1
        return next(self.source)

    def close(self):
        self.source.close()


STREAMS = [
    (openai.OpenAI, chunks(*LONG), lambda c: c.chat.completions.create(model="m", messages=asked(), stream=True)),
    (openai.OpenAI, response_events(said_item(*LONG)), lambda c: c.responses.create(model="m", input="x", stream=True)),
    (
        anthropic.Anthropic,
        message_events(text_block(0, *LONG)),
        lambda c: c.messages.create(model="m", max_tokens=9, messages=asked(), stream=True),
    ),
]


@pytest.mark.parametrize(("kind", "reply", "use"), STREAMS)
def test_a_providers_stream_is_read_only_when_the_caller_asks(kind, reply, use):
    with serving(reply) as provider, wrapped(provider, kind) as client:
        with use(client) as stream:
            source = stream._source = Counted(stream._source)
            assert source.pulled == 0
            seen = [next(stream) for _ in range(10)]
            assert source.pulled <= len(seen) + 2
            assert seen


@pytest.mark.parametrize(("kind", "reply", "use"), STREAMS)
def test_a_cancelled_task_closes_its_stream_on_record(kind, reply, use):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    asynchronous = {openai.OpenAI: openai.AsyncOpenAI, anthropic.Anthropic: anthropic.AsyncAnthropic}[kind]
    gate = threading.Event()

    async def used(provider):
        async with guard.wrap(asynchronous(base_url=provider.url, api_key="k", max_retries=0)) as client:
            stream = await use(client)

            async def read():
                async for _ in stream:
                    pass

            task = asyncio.create_task(read())
            while not stream._call._channels:  # noqa: ASYNC110 - the stream tells nobody how far it is
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return stream.response.is_closed

    held = Reply(events=reply.events, gate=gate)
    with serving(held) as provider:
        assert asyncio.run(used(provider))
        gate.set()
    guard.flush()
    (record,) = [members for members in trail.of_type("decision") if '"phase":"response"' in members]
    assert '"outcome":"none"' in record
    assert '"ended":"closed"' in record


def test_the_usage_of_a_stream_is_a_fact_of_its_answer_and_reaches_the_caller():
    rule = 'rule T-1 "x"\n on response\n when call.output_tokens is 7\n then warn "counted"\n'
    trail = ListTrail()
    guard = guard_of(rule, trail=trail)
    with serving(chunks("hello")) as provider, guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        options = {"include_usage": True}
        events = list(client.chat.completions.create(model="m", messages=asked(), stream=True, stream_options=options))
    guard.flush()
    assert events[-1].usage.total_tokens == 18
    assert provider.last["stream_options"] == options
    assert '"tokens":{"input":11,"output":7}' in str(trail.records)


class Numbered(BaseModel):
    card: int
    count: int


NUMBERED = json.dumps({"card": int(CARD.replace(" ", "")), "count": 2})


def parsed(client, name):
    if name == "chat":
        return client.chat.completions.parse(model="m", messages=asked(), response_format=Numbered)
    if name == "responses":
        return client.responses.parse(model="m", input="hello", text_format=Numbered)
    return client.messages.parse(model="m", max_tokens=9, messages=asked(), output_format=Numbered)


REPLIES = {"chat": completion, "responses": response, "messages": message}


def library(name):
    return anthropic.Anthropic if name == "messages" else openai.OpenAI


@pytest.mark.parametrize("name", REPLIES)
def test_a_number_that_was_redacted_is_an_error_of_ours_that_names_the_rule_and_the_member(name):
    with serving(REPLIES[name](NUMBERED)) as provider, wrapped(provider, library(name)) as client:
        with pytest.raises(PolicyViolation) as caught:
            parsed(client, name)
    refused = caught.value
    assert (refused.reason, refused.phase, refused.clauses) == ("error:guard", "response", ("PII-1",))
    assert "`card` (`pii.card`)" in str(refused)
    assert "4111" not in f"{refused} {refused.__cause__}"


@pytest.mark.parametrize("name", REPLIES)
def test_an_answer_that_does_not_fit_for_other_reasons_is_the_librarys_own_error(name):
    with serving(REPLIES[name](json.dumps({"card": "none", "note": CARD}))) as provider:
        with wrapped(provider, library(name)) as client, pytest.raises(ValueError, match="card"):
            parsed(client, name)


def test_the_asynchronous_helper_says_the_same():
    async def use(provider):
        async with wrapped(provider, openai.AsyncOpenAI) as client:
            await client.chat.completions.parse(model="m", messages=asked(), response_format=Numbered)

    with serving(completion(NUMBERED)) as provider, pytest.raises(PolicyViolation, match="PII-1, `card`"):
        asyncio.run(use(provider))


def test_a_member_that_lost_its_name_is_an_error_of_ours_as_well():
    class Named(BaseModel):
        count: int

    said = json.dumps({CARD: 1, "note": "none"})
    with serving(completion(said)) as provider, wrapped(provider) as client:
        with pytest.raises(PolicyViolation, match=r"`count` \(`pii.card`\)"):
            client.chat.completions.parse(model="m", messages=asked(), response_format=Named)
