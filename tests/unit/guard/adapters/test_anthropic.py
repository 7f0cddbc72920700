"""Anthropic's own clients, guarded, against a local server."""
# ruff: noqa: SIM117 - a server, a client in it, a stream in that

import asyncio
import json

import anthropic
import pytest

from policykit.errors import GuardError, PolicyViolation
from tests.unit.guard.guards import CARD, MAIL, guard_of
from tests.unit.guard.provider_server import (
    block_events,
    failure,
    message,
    message_events,
    serving,
    text_block,
    tool_block,
)

PII = 'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card, pii.email\n then {effect}\n'
WORD = 'rule WORD-1 "x"\n on {phase}\n when call.text contains any of "stop"\n then {effect}\n'
REDACTED = PII.format(phase="response", effect="redact")
FAILOVER = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'


def wrapped(provider, rules, kind=anthropic.Anthropic, **settings):
    return guard_of(rules, **settings).wrap(kind(base_url=provider.url, api_key="k", max_retries=0))


def ask(client, text="hello", **more):
    return client.messages.create(
        model="claude-5", max_tokens=100, messages=[{"role": "user", "content": text}], **more
    )


def streamed(client, text="hello"):
    with ask(client, text, stream=True) as stream:
        return list(stream)


def text_of(events):
    return "".join(e.delta.text for e in events if e.type == "content_block_delta" and e.delta.type == "text_delta")


def input_of(events):
    found = (e.delta for e in events if e.type == "content_block_delta")
    return "".join(delta.partial_json for delta in found if delta.type == "input_json_delta")


def is_well_formed(events):
    """Whether blocks are opened, filled and closed in order, inside of one message."""
    is_open = None
    for event in events[1:-2]:
        if event.type == "content_block_start":
            assert is_open is None
            is_open = event.index
        else:
            assert event.index == is_open
            is_open = None if event.type == "content_block_stop" else is_open
    return [events[0].type, events[-2].type, events[-1].type] == ["message_start", "message_delta", "message_stop"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_denied_prompt_never_reaches_the_provider(stream):
    with serving(message()) as provider, wrapped(provider, WORD.format(phase="request", effect="deny")) as client:
        for more in ({"text": "stop"}, {"system": "stop"}, {"system": [{"type": "text", "text": "stop"}]}):
            with pytest.raises(PolicyViolation):
                ask(client, stream=stream, **more)
        assert provider.requests == []


def test_an_answer_is_redacted_in_its_text_and_in_the_input_of_tools():
    block = {"type": "tool_use", "id": "t1", "name": "pay", "input": {"id": CARD, "n": 1}}
    with serving(message(f"card {CARD}", block)) as provider, wrapped(provider, REDACTED) as client:
        answer = ask(client)
    assert isinstance(answer, anthropic.types.Message)
    assert answer.content[0].text == "card [pii.card redacted]"
    assert answer.content[1].input == {"id": "[pii.card redacted]", "n": 1}


def test_a_number_in_the_input_of_a_tool_is_redacted_as_a_text():
    block = {"type": "tool_use", "id": "t1", "name": "pay", "input": {"card": int(CARD.replace(" ", "")), "n": 1}}
    with serving(message("x", block)) as provider, wrapped(provider, REDACTED) as client:
        assert ask(client).content[1].input == {"card": "[pii.card redacted]", "n": 1}


def test_the_input_of_a_tool_is_searched_decoded_in_a_stream_and_stays_json():
    number = CARD.replace(" ", "")
    raw = '{"to": "\\u0061nn@example.com", "card": ' + number + "}"
    with serving(message_events(tool_block(0, "pay", *raw))) as provider, wrapped(provider, REDACTED) as client:
        events = streamed(client)
    assert json.loads(input_of(events)) == {"to": "[pii.email redacted]", "card": "[pii.card redacted]"}
    assert is_well_formed(events)


@pytest.mark.parametrize("size", range(1, len(CARD) + 12))
def test_a_card_split_across_deltas_in_any_way_is_redacted(size):
    whole = f"your card is {CARD}, as you said."
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    with serving(message_events(text_block(0, *pieces))) as provider, wrapped(provider, REDACTED) as client:
        events = streamed(client)
    assert text_of(events) == "your card is [pii.card redacted], as you said."
    assert is_well_formed(events)


@pytest.mark.parametrize(
    "rule", [REDACTED, REDACTED + 'rule LEN-1 "x"\n on response\n when call.output_tokens > 100\n then deny\n']
)
def test_blocks_stay_in_order_and_are_checked_apart(rule):
    thinking = block_events(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": f"the mail is {MAIL}"},
        {"type": "signature_delta", "signature": "s"},
    )
    reply = message_events(
        thinking,
        text_block(1, "ünïcode, ", CARD[:6], CARD[6:]),
        tool_block(2, "pay", '{"a": "', CARD[:3], CARD[3:], '"}'),
        text_block(3, "bye"),
    )
    with serving(reply) as provider, wrapped(provider, rule) as client:
        events = streamed(client)
    assert is_well_formed(events)
    assert text_of(events) == "ünïcode, [pii.card redacted]bye"
    assert json.loads(input_of(events)) == {"a": "[pii.card redacted]"}
    assert not any("4111" in event.model_dump_json() or MAIL in event.model_dump_json() for event in events)
    assert [e.content_block.name for e in events if e.type == "content_block_start" and e.index == 2] == ["pay"]


def test_a_pseudonym_reaches_the_provider_and_the_caller_sees_the_value():
    guard = guard_of(PII.format(phase="request", effect="pseudonymise"))
    token = guard.core.session.tokens.token("pii.email", MAIL)
    replies = message(f"I wrote to {token}!"), message_events(text_block(0, "I wrote to ", token[:9], token[9:], "!"))
    with serving(*replies) as provider, guard.wrap(anthropic.Anthropic(base_url=provider.url, api_key="k")) as client:
        assert ask(client, f"write to {MAIL}").content[0].text == f"I wrote to {MAIL}!"
        assert text_of(streamed(client, f"write to {MAIL}")) == f"I wrote to {MAIL}!"
        assert [body["messages"][0]["content"] for _, body in provider.requests] == [f"write to {token}"] * 2


def test_a_denied_input_of_a_tool_does_not_leave_a_stream():
    reply = message_events(tool_block(0, "pay", '{"what": "st', 'op"}'))
    with serving(reply) as provider, wrapped(provider, WORD.format(phase="response", effect="deny")) as client:
        seen = []
        with ask(client, stream=True) as stream, pytest.raises(PolicyViolation):
            seen.extend(stream)
    assert seen == []


def test_a_citation_is_searched_and_leaves_in_its_place():
    cited = {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": CARD, "document_index": 0,
             "document_title": None, "start_char_index": 0, "end_char_index": 4}}  # fmt: skip
    reply = message_events(block_events(0, {"type": "text", "text": ""}, cited))
    with serving(reply) as provider:
        with wrapped(provider, REDACTED) as client:
            events = streamed(client)
        with wrapped(provider, PII.format(phase="request", effect="redact")) as client:
            bare = streamed(client)
    assert is_well_formed(events)
    assert [e.type for e in events] == [e.type for e in bare]
    assert [e.delta.citation.cited_text for e in events if e.type == "content_block_delta"] == ["[pii.card redacted]"]


def test_tokens_that_were_used_are_facts_of_the_answer():
    rule = (
        'rule T-1 "x"\n on response\n when call.output_tokens is 7 and call.input_tokens is 11\n then deny "counted"\n'
    )
    for reply in (message(), message_events(text_block(0, "hello"))):
        with serving(reply) as provider, wrapped(provider, rule) as client:
            with pytest.raises(PolicyViolation, match="counted"):
                list(ask(client, stream=reply.events is not None))


def test_an_error_of_the_provider_goes_to_the_fallback():
    with serving(failure()) as provider, wrapped(provider, FAILOVER) as client:
        assert ask(client).content[0].text == "from the queue"
        events = streamed(client)
        assert text_of(events) == "from the queue"
        assert is_well_formed(events)


def test_an_error_in_the_middle_of_a_stream_is_passed_on():
    reply = message_events(text_block(0, "x" * 400))
    reply.events[3:] = [("error", {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})]
    with serving(reply) as provider, wrapped(provider, REDACTED) as client:
        with ask(client, stream=True) as stream, pytest.raises(anthropic.APIStatusError):
            list(stream)


def test_an_early_close_ends_the_connection():
    with serving(message_events(text_block(0, *["words and words. " * 50] * 50))) as provider:
        with wrapped(provider, REDACTED) as client:
            with ask(client, stream=True) as stream:
                assert next(stream).type == "message_start"
            assert stream.response.is_closed


def test_calls_that_are_not_guarded_are_refused():
    with serving(message()) as provider, wrapped(provider, REDACTED) as client:
        for reach in (lambda: client.messages.with_raw_response, lambda: client.messages.batches, lambda: client.beta):
            with pytest.raises(GuardError):
                reach()


def test_asynchronous_clients_are_guarded_as_synchronous_ones_are():
    async def use(provider):
        async with wrapped(
            provider, REDACTED + WORD.format(phase="request", effect="deny"), anthropic.AsyncAnthropic
        ) as client:
            whole = await ask(client)
            async with await ask(client, stream=True) as stream:
                events = [event async for event in stream]
            with pytest.raises(PolicyViolation):
                await ask(client, "stop")
            return whole.content[0].text, text_of(events)

    with serving(message(f"card {CARD}"), message_events(text_block(0, "card ", CARD[:4], CARD[4:]))) as provider:
        assert asyncio.run(use(provider)) == ("card [pii.card redacted]",) * 2
        assert len(provider.requests) == 2
