"""Streams of `responses.create`: every event that says a text says the checked one."""
# ruff: noqa: SIM117 - a server, a client in it, a stream in that

import asyncio
import itertools
import json
import threading

import openai
import pytest

from policykit.errors import GuardError, PolicyViolation
from tests.unit.guard.guards import CARD, MAIL, guard_of
from tests.unit.guard.provider_server import (
    Reply,
    call_item,
    failure,
    reasoning_item,
    response,
    response_events,
    said_item,
    serving,
)

REDACT = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.card, pii.email\n then redact\n'
WORD = 'rule WORD-1 "x"\n on {phase}\n when call.text contains any of "stop"\n then deny\n'
WHOLE = 'rule LEN-1 "x"\n on response\n when call.output_tokens > 100\n then deny\n'
FAILOVER = 'rule F-1 "x"\n on failure\n when call.status_code >= 500\n then use queue\n'
OUT = "[pii.card redacted]"


def wrapped(provider, rules, kind=openai.OpenAI, **settings):
    return guard_of(rules, **settings).wrap(kind(base_url=provider.url, api_key="k", max_retries=0))


def events_of(reply, rules=REDACT, text="hello"):
    with serving(reply) as provider, wrapped(provider, rules) as client:
        with client.responses.create(model="m", input=text, stream=True) as stream:
            return list(stream)


def checked(events):
    """The response that the library's own helper makes of the events; they must be in order."""
    from openai.lib.streaming.responses._responses import ResponseStreamState

    state = ResponseStreamState(text_format=openai.omit, input_tools=openai.omit)
    for event in events:
        state.handle_event(event)
    numbers = [event.sequence_number for event in events]
    assert numbers == list(range(len(numbers)))
    return state._completed_response


def in_order(names):
    """Names without repetitions next to each other: deltas may leave in other pieces."""
    return [name for name, _ in itertools.groupby(names)]


def deltas(events, kind="output_text"):
    return "".join(event.delta for event in events if event.type == f"response.{kind}.delta")


@pytest.mark.parametrize("rules", [REDACT, REDACT + WHOLE])
@pytest.mark.parametrize("size", range(1, len(CARD) + 12))
def test_a_card_split_across_deltas_in_any_way_is_redacted_in_every_event(size, rules):
    whole = f"your card is {CARD}, as you said."
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    events = events_of(response_events(said_item(*pieces)), rules)
    after = whole.replace(CARD, OUT)
    assert deltas(events) == after
    assert [e.text for e in events if e.type == "response.output_text.done"] == [after]
    assert [e.part.text for e in events if e.type == "response.content_part.done"] == [after]
    assert [e.item.content[0].text for e in events if e.type == "response.output_item.done"] == [after]
    assert events[-1].response.output_text == after
    assert checked(events).output_text == after
    assert not any("4111" in event.model_dump_json() for event in events)


def test_a_clean_response_leaves_as_it_came_in_the_same_kinds_of_events():
    reply = response_events(reasoning_item("so ", "it is"), said_item("hello ", "there"), call_item("mcp_call", "{}"))
    events = events_of(reply, WORD.format(phase="request"))
    assert [event.type for event in events] == [name for name, _ in reply.events]
    assert json.loads(events[-1].response.model_dump_json())["output"][1]["content"][0]["text"] == "hello there"


@pytest.mark.parametrize("rules", [REDACT, REDACT + WHOLE])
@pytest.mark.parametrize(
    ("kind", "member", "pieces", "after"),
    [
        ("function_call", "arguments", ['{"a": "', CARD[:4], CARD[4:], '"}'], f'{{"a": "{OUT}"}}'),
        ("function_call", "arguments", ['{"a": "\\u0061nn@ex', 'ample.com"}'], '{"a": "[pii.email redacted]"}'),
        ("function_call", "arguments", ["{", "}"], "{}"),
        ("mcp_call", "arguments", ['{"a": ', CARD.replace(" ", ""), "}"], f'{{"a": "{OUT}"}}'),
        ("custom_tool_call", "input", ["pay ", CARD[:9], CARD[9:]], f"pay {OUT}"),
        ("code_interpreter_call", "code", ["x = '", CARD[:9], CARD[9:], "'"], f"x = '{OUT}'"),
    ],
)
def test_what_tools_are_given_is_checked_in_every_event(kind, member, pieces, after, rules):
    added = {"call_id": "c", "name": "pay", "server_label": "s", "container_id": "k", "outputs": None}
    reply = response_events(call_item(kind, *pieces, added=added), said_item("bye"))
    events = events_of(reply, rules)
    done = [event.item for event in events if event.type == "response.output_item.done"]
    assert getattr(done[0], member) == after
    assert getattr(events[-1].response.output[0], member) == after
    assert getattr(checked(events).output[0], member) == after
    assert in_order(event.type for event in events) == in_order(name for name, _ in reply.events)
    assert not any("4111" in event.model_dump_json() for event in events)


def test_refusals_and_summaries_of_reasoning_are_checked():
    reply = response_events(reasoning_item("the card ", CARD[:5], CARD[5:]), said_item("no: ", CARD, kind="refusal"))
    events = events_of(reply)
    final = checked(events)
    assert final.output[0].summary[0].text == f"the card {OUT}"
    assert final.output[1].content[0].refusal == f"no: {OUT}"
    assert deltas(events, "reasoning_summary_text") == f"the card {OUT}"
    assert deltas(events, "refusal") == f"no: {OUT}"
    assert not any("4111" in event.model_dump_json() for event in events)


def test_what_an_event_says_for_the_first_time_is_checked_with_it():
    call = call_item("mcp_call", "{}", added={"name": "look_up", "server_label": "s"}, output=f"it is {CARD}")
    note = {"type": "url_citation", "url": f"https://example.com/?c={CARD.replace(' ', '')}", "title": CARD}
    note |= {"start_index": 0, "end_index": 1}
    where = {"item_id": "i1", "content_index": 0, "annotation_index": 0, "annotation": note}
    said = said_item("hello", annotations=[note])
    said.insert(-3, ("output_text.annotation.added", where))
    events = events_of(response_events(call, said))
    assert checked(events).output[0].output == f"it is {OUT}"
    assert [e.annotation.title for e in events if "annotation" in e.type] == [OUT]
    assert not any("4111" in event.model_dump_json() for event in events)


CUT = [
    [("new_thing.delta", {"delta": "st"}), ("new_thing.delta", {"delta": "op"})],
    [("audio.transcript.delta", {"delta": "st"}), ("audio.transcript.delta", {"delta": "op"})],
    [
        ("shell_call_output_content.delta", {"item_id": "i", "command_index": 0, "delta": {"stdout": piece}})
        for piece in ("st", "op")
    ],
]


@pytest.mark.parametrize("item", CUT, ids=["unknown", "transcript", "shell"])
def test_a_text_that_no_adapter_knows_is_read_with_its_other_pieces(item):
    reply = response_events(item, said_item("hello"))
    item_type = f"response.{item[0][0]}"
    with pytest.raises(PolicyViolation) as caught:
        events_of(reply, WORD.format(phase="response"))
    assert caught.value.reason == "deny"
    redacted = events_of(reply, WORD.format(phase="response").replace("deny", "redact"))
    said = "".join(e.delta if isinstance(e.delta, str) else e.delta.stdout for e in redacted if e.type == item_type)
    assert said == "[text redacted]"
    clean = events_of(reply, REDACT)
    assert [e.type for e in clean if "output" not in e.type] == [n for n, _ in reply.events if "output" not in n]


def test_a_text_that_begins_before_its_first_delta_is_refused():
    part = {"type": "output_text", "text": "st"}
    reply = response_events([("content_part.added", {"item_id": "i", "content_index": 0, "part": part})])
    with pytest.raises(PolicyViolation) as caught:
        events_of(reply, WORD.format(phase="response"))
    assert caught.value.reason == "error:stream"


def test_an_event_without_text_passes_whatever_it_is():
    item = [("web_search_call.searching", {"item_id": "i"}), ("new_thing.going_on", {"item_id": "i", "status": "x"})]
    kinds = [event.type for event in events_of(response_events(item, said_item("hello")))]
    assert kinds[2:4] == ["response.web_search_call.searching", "response.new_thing.going_on"]


def test_a_text_that_is_said_again_in_other_words_is_checked_for_itself():
    said = said_item("hello")
    said[-1][1]["item"]["content"][0]["text"] = f"card {CARD}"
    events = events_of(response_events(said))
    assert events[-1].response.output_text == f"card {OUT}"


def test_text_leaves_before_the_response_has_ended():
    gate = threading.Event()
    reply = response_events(said_item("a long beginning without anything. " * 12, "the end"), gate=gate)
    rules = REDACT.replace(", pii.email", "")
    with serving(reply) as provider, wrapped(provider, rules) as client:
        with client.responses.create(model="m", input="x", stream=True) as stream:
            seen = []
            for event in stream:
                seen.append(event)
                if event.type == "response.output_text.delta":
                    break
            assert seen[-1].delta.startswith("a long beginning")
            gate.set()
            rest = list(stream)
    assert checked([*seen, *rest]).output_text.endswith("the end")


@pytest.mark.parametrize("stream", [False, True])
def test_a_denied_prompt_never_reaches_the_provider(stream):
    with serving(response()) as provider, wrapped(provider, WORD.format(phase="request")) as client:
        with pytest.raises(PolicyViolation):
            client.responses.create(model="m", input="stop", stream=stream)
        assert provider.requests == []


def test_a_denied_answer_leaves_nothing_of_the_word():
    seen = []
    with serving(response_events(said_item("please ", "st", "op", " it"))) as provider:
        with wrapped(provider, WORD.format(phase="response")) as client, pytest.raises(PolicyViolation):
            seen.extend(client.responses.create(model="m", input="x", stream=True))
    assert "st" not in deltas(seen)


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_pseudonym_is_put_back_in_every_event(size):
    guard = guard_of('rule P-1 "x"\n on request\n when call.text contains any of pii.email\n then pseudonymise\n')
    token = guard.core.session.tokens.token("pii.email", MAIL)
    text, raw = f"I wrote to {token}!", json.dumps({"to": token})
    items = (
        said_item(*(text[at : at + size] for at in range(0, len(text), size))),
        call_item("function_call", *(raw[at : at + size] for at in range(0, len(raw), size)), added={"name": "f"}),
    )
    with serving(response_events(*items)) as provider:
        with guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
            events = list(client.responses.create(model="m", input=f"write to {MAIL}", stream=True))
    assert provider.last["input"] == f"write to {token}"
    final = checked(events)
    assert final.output_text == deltas(events) == f"I wrote to {MAIL}!"
    assert json.loads(final.output[1].arguments) == {"to": MAIL}
    assert token not in "".join(event.model_dump_json(exclude={"logprobs"}) for event in events)


def test_tokens_that_were_used_are_facts_of_the_answer():
    rule = (
        'rule T-1 "x"\n on response\n when call.output_tokens is 7 and call.input_tokens is 11\n then deny "counted"\n'
    )
    with pytest.raises(PolicyViolation, match="counted"):
        events_of(response_events(said_item("hello")), rule)


@pytest.mark.parametrize("ended", ["incomplete", "failed"])
def test_a_response_that_did_not_complete_is_checked_as_far_as_it_came(ended):
    events = events_of(response_events(said_item("card ", CARD), ended=ended))
    assert events[-1].type == f"response.{ended}"
    assert events[-1].response.output_text == f"card {OUT}"


def test_an_error_of_the_provider_goes_to_the_fallback_as_a_whole_response():
    events = events_of(failure(), FAILOVER)
    assert checked(events).output_text == deltas(events) == "from the queue"


def test_a_fallback_may_give_a_response_of_its_own():
    answer = openai.types.responses.Response.model_validate(
        {
            **response(f"card {CARD}").body,
            "output": [
                *response(f"card {CARD}").body["output"],
                {"type": "function_call", "call_id": "c", "name": "pay", "arguments": "{}", "id": "i9"},
                {"type": "reasoning", "id": "i8", "summary": []},
            ],
        }
    )
    with serving(failure()) as provider:
        with wrapped(provider, FAILOVER + REDACT, fallbacks={"queue": lambda **_: answer}) as client:
            events = list(client.responses.create(model="m", input="x", stream=True))
    final = checked(events)
    assert final.output_text == deltas(events) == f"card {OUT}"
    assert [item.type for item in final.output] == ["message", "function_call", "reasoning"]


def test_an_error_in_the_middle_of_a_stream_is_an_event_as_without_the_guard():
    reply = response_events(said_item("x" * 400))
    reply.events[5:] = [("error", {"type": "error", "code": "busy", "message": "busy", "sequence_number": 5})]
    events = events_of(reply)
    assert (events[-1].type, events[-1].message) == ("error", "busy")


def test_a_connection_that_breaks_in_the_middle_is_an_error():
    events = response_events(said_item("x" * 400)).events[:5]
    with pytest.raises(openai.APIConnectionError):
        events_of(Reply(events=events, breaks_off=True))


def test_asynchronous_streams_are_checked_as_synchronous_ones_are():
    async def use(provider):
        async with wrapped(provider, REDACT, openai.AsyncOpenAI) as client:
            stream = await client.responses.create(model="m", input="x", stream=True)
            return [event async for event in stream]

    with serving(response_events(said_item("card ", CARD[:4], CARD[4:]))) as provider:
        assert checked(asyncio.run(use(provider))).output_text == f"card {OUT}"


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_the_answer_next_to_its_request_is_the_guarded_one(is_async, stream):
    """As the Agents SDK asks for it: a context manager, whose response is parsed."""
    reply = response_events(said_item(CARD)) if stream else response(CARD)

    async def use(client):
        method = client.responses.with_streaming_response
        async with client, method.create(model="m", input="x", stream=stream) as found:
            parsed = await found.parse()
            assert found.request_id is None
            return [event async for event in parsed] if stream else [parsed]

    with serving(reply) as provider:
        if is_async:
            events = asyncio.run(use(wrapped(provider, REDACT, openai.AsyncOpenAI)))
        else:
            with wrapped(provider, REDACT) as client:
                method = client.responses.with_streaming_response
                with method.create(model="m", input="x", stream=stream) as found:
                    parsed = found.parse()
                    events = list(parsed) if stream else [parsed]
                    with pytest.raises(GuardError, match="not guarded"):
                        found.iter_lines()
                    assert not stream or found.status_code == 200
    assert len(provider.requests) == 1
    assert OUT in str(events)
    assert "4111" not in str(events)


def test_what_a_response_says_of_its_request_is_searched_unless_it_was_asked():
    reply = response("hello")
    reply.body |= {"instructions": "please stop", "metadata": {"who": "stop"}}
    rules = WORD.format(phase="response")
    with serving(reply) as provider, wrapped(provider, rules) as client:
        ask = {"model": "m", "input": "x", "instructions": "please stop", "metadata": {"who": "stop"}}
        answer = client.responses.create(**ask)
        assert (answer.output_text, answer.instructions) == ("hello", "please stop")
        with pytest.raises(PolicyViolation):
            client.responses.create(**{**ask, "metadata": {"who": "x"}})
        with pytest.raises(PolicyViolation):
            client.responses.create(model="m", input="please stop")


def beside(reply, **more):
    """Put members beside the output of every response that the events bring."""
    for _, data in reply.events:
        if "response" in data:
            data["response"] |= more
    return reply


def test_what_streamed_responses_say_of_their_request_is_searched_unless_it_was_asked():
    reply = beside(response_events(said_item("hello")), instructions="please stop")
    with serving(reply) as provider, wrapped(provider, WORD.format(phase="response")) as client:
        with client.responses.create(model="m", input="x", instructions="please stop", stream=True) as stream:
            assert list(stream)[-1].response.instructions == "please stop"
        with client.responses.create(model="m", input="x", stream=True) as stream, pytest.raises(PolicyViolation):
            list(stream)


def test_texts_beside_the_output_are_searched_each_by_itself():
    reply = beside(response_events(said_item("hello")), metadata={"a": f"of {MAIL}", "b": CARD}, user="me")
    for event in (events_of(reply)[0], events_of(reply)[-1]):
        assert event.response.metadata == {"a": "of [pii.email redacted]", "b": OUT}
        assert event.response.user == "me"


def test_a_text_that_goes_on_after_its_end_is_refused():
    item = said_item("hello")
    late = next(each for each in item if each[0] == "output_text.delta")
    with pytest.raises(PolicyViolation) as caught:
        events_of(response_events([*item, late]))
    assert caught.value.reason == "error:stream"
