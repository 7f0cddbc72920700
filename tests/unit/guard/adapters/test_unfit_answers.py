"""An answer that cannot be handed out as it was asked for, or says of itself that it failed: our own error, on record."""

import asyncio
import json
from contextlib import contextmanager

import anthropic
import openai
import pytest
from pydantic import BaseModel, ValidationError

from policykit.errors import PolicyViolation
from tests.unit.guard.guards import CARD, ListTrail, guard_of
from tests.unit.guard.provider_server import (
    Reply,
    chunks,
    completion,
    message,
    message_events,
    response,
    response_events,
    said_item,
    serving,
    text_block,
)

REDACT = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.card\n then redact\n'
ASKED = [{"role": "user", "content": "hello"}]


class Numbered(BaseModel):
    card: int
    count: int


UNFIT = json.dumps({"card": int(CARD.replace(" ", "")), "count": 2})
FIT = json.dumps({"card": 1, "count": 2})
OTHERWISE = json.dumps({"card": "none", "count": 2})
KINDS = ("chat", "responses", "messages")
WHOLE = {"chat": completion, "responses": response, "messages": message}


def streamed(kind, text):
    if kind == "chat":
        return chunks(text[:9], text[9:])
    if kind == "responses":
        return response_events(said_item(text[:9], text[9:]))
    return message_events(text_block(0, text[:9], text[9:]))


def arguments(kind):
    return {
        "chat": {"model": "m", "messages": ASKED, "response_format": Numbered},
        "responses": {"model": "m", "input": "hello", "text_format": Numbered},
        "messages": {"model": "m", "max_tokens": 9, "messages": ASKED, "output_format": Numbered},
    }[kind]


def resource(client, kind):
    return {"chat": lambda: client.chat.completions, "responses": lambda: client.responses}.get(
        kind, lambda: client.messages
    )()


def final(stream, kind):
    names = {"chat": "get_final_completion", "responses": "get_final_response", "messages": "get_final_message"}
    return getattr(stream, names[kind])()


def parsed_of(answer, kind):
    if kind == "chat":
        return answer.choices[0].message.parsed
    return answer.output_parsed if kind == "responses" else answer.parsed_output


def client_of(provider, guard, kind, *, is_async):
    library = {"messages": (anthropic.Anthropic, anthropic.AsyncAnthropic)}.get(
        kind, (openai.OpenAI, openai.AsyncOpenAI)
    )
    return guard.wrap(library[is_async](base_url=provider.url, api_key="k", max_retries=0))


@contextmanager
def opened(provider, guard, kind):
    with (
        client_of(provider, guard, kind, is_async=False) as client,
        resource(client, kind).stream(**arguments(kind)) as stream,
    ):
        yield stream


def by_reading(provider, guard, kind):
    with opened(provider, guard, kind) as stream:
        for _ in stream:
            pass
        return parsed_of(final(stream, kind), kind)


def by_its_end(provider, guard, kind):
    with opened(provider, guard, kind) as stream:
        return parsed_of(final(stream, kind), kind)


def by_next(provider, guard, kind):
    with opened(provider, guard, kind) as stream:
        while next(stream, None) is not None:
            pass
        return parsed_of(final(stream, kind), kind)


def asynchronously(provider, guard, kind):
    async def use():
        async with (
            client_of(provider, guard, kind, is_async=True) as client,
            resource(client, kind).stream(**arguments(kind)) as stream,
        ):
            async for _ in stream:
                pass
            return parsed_of(await final(stream, kind), kind)

    return asyncio.run(use())


def parse(provider, guard, kind):
    with client_of(provider, guard, kind, is_async=False) as client:
        return parsed_of(resource(client, kind).parse(**arguments(kind)), kind)


def parse_asynchronously(provider, guard, kind):
    async def use():
        async with client_of(provider, guard, kind, is_async=True) as client:
            return parsed_of(await resource(client, kind).parse(**arguments(kind)), kind)

    return asyncio.run(use())


WAYS = [by_reading, by_its_end, by_next, asynchronously, parse, parse_asynchronously]


def reply(way, kind, text):
    return WHOLE[kind](text) if way.__name__.startswith("parse") else streamed(kind, text)


def records(trail):
    found = [json.loads("{" + members + "}") for members in trail.of_type("decision")]
    return [each for each in found if each["phase"] != "request"]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_redaction_made_unfit_is_an_error_of_ours_that_is_on_record(kind, way):
    trail = ListTrail()
    with (
        serving(reply(way, kind, UNFIT)) as provider,
        guard_of(REDACT, trail=trail) as guard,
        pytest.raises(PolicyViolation) as caught,
    ):
        way(provider, guard, kind)
    refused = caught.value
    assert (refused.reason, refused.phase, refused.clauses) == ("error:guard", "response", ("PII-1",))
    assert "`card` (`pii.card`)" in str(refused)
    assert "4111" not in f"{refused} {refused.__cause__}"
    found = records(trail)
    assert [each.get("refused") for each in found if each.get("error") == "error:guard"] == [True]
    assert refused.decision_id == found[-1]["decision_id"]
    assert len([each for each in found if "ended" in each]) == 1


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_what_fits_is_handed_out_and_what_does_not_for_other_reasons_is_the_librarys_own_error(kind, way):
    trail = ListTrail()
    replies = (reply(way, kind, FIT), reply(way, kind, OTHERWISE))
    with serving(*replies) as provider, guard_of(REDACT, trail=trail) as guard:
        assert way(provider, guard, kind) == Numbered(card=1, count=2)
        with pytest.raises(ValidationError, match="card"):
            way(provider, guard, kind)
    assert [each for each in records(trail) if "error" in each] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [FIT, UNFIT])
def test_the_stream_of_a_helper_is_of_the_librarys_own_class(kind, text):
    with serving(streamed(kind, text)) as provider, guard_of(REDACT) as guard:
        bare = (anthropic.Anthropic if kind == "messages" else openai.OpenAI)(base_url=provider.url, api_key="k")
        with bare, resource(bare, kind).stream(**arguments(kind)) as own:
            kinds = type(own)
        with opened(provider, guard, kind) as stream:
            assert isinstance(stream, kinds)


# --- what a response says of itself -----------------------------------------------------------------------------------


def outcome(status, *, is_stream):
    trail = ListTrail()
    said = response_events(said_item("hello"), ended=status) if is_stream else response()
    if not is_stream:
        said = Reply({**said.body, "status": status})
    with (
        serving(said) as provider,
        guard_of(REDACT, trail=trail) as guard,
        client_of(provider, guard, "responses", is_async=False) as client,
    ):
        answer = client.responses.create(model="m", input="hello", stream=is_stream)
        assert "hello" in str(list(answer) if is_stream else answer)
    (found,) = records(trail)
    return found["ended"], found.get("error_type")


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", ["failed", "incomplete"])
def test_a_response_that_was_not_completed_is_on_record_as_that(status, is_stream):
    assert outcome(status, is_stream=is_stream) == ("raised", f"Response.{status}")


@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "stream"])
def test_one_that_was_completed_returned(is_stream):
    assert outcome("completed", is_stream=is_stream) == ("returned", None)
    if not is_stream:
        assert outcome("cancelled", is_stream=False) == ("raised", "Response.cancelled")
        assert outcome("queued", is_stream=False) == ("returned", None)
