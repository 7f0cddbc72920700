"""A marker in every member of an answer and of a stream's events that can hold a text: found, refused, or named.

The members come from the libraries' own annotations, so that what a later version adds is tried as well. `NAMED` is
what docs/guard.md says is not searched.
"""

import re
import typing

import anthropic
import openai
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from policykit.errors import PolicyViolation
from tests.unit.guard.adapters.planting import minimal, planted
from tests.unit.guard.guards import CARD, guard_of
from tests.unit.guard.provider_server import Reply, serving

REDACT = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.card\n then redact\n'
NAMED = re.compile(
    r"(^|\.|\])(id|role|type|status|phase|format|detail|model|object|usage|signature|encrypted_content|finish_reason"
    r"|stop_reason|service_tier|system_fingerprint|obfuscation|media_type|mime_type|cache_control|index"
    r"|[a-z_]*_id)(\.|\[|\{|$)"
)
"""Identifiers and words of the protocol."""
OPAQUE = re.compile(r"(^|\.)(partial_image_b64|audio\.data|data|result)$|^delta$")
"""Images, sound and sealed reasoning."""


def plain(value):
    return value.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)


def is_named(found):
    kinds = "".join(found.kinds)
    is_opaque = OPAQUE.search(found.path) and any(word in kinds for word in ("Audio", "Image", "Redacted"))
    return bool(NAMED.search(found.path) or is_opaque)


def leaks(call):
    """Whether the card leaves; a refusal by the guard is not one."""
    try:
        answer = call()
    except PolicyViolation:
        return False
    return "4111" in str(answer)


def whole_of(client, kind):
    if kind is ChatCompletion:
        return client.chat.completions.create(model="m", messages=[]).model_dump(warnings=False)
    if kind is Response:
        return client.responses.create(model="m", input="x").model_dump(warnings=False)
    return client.messages.create(model="m", max_tokens=9, messages=[]).model_dump(warnings=False)


def guarded(provider, kind):
    library = anthropic.Anthropic if kind in {Message, RawMessageStreamEvent} else openai.OpenAI
    return guard_of(REDACT).wrap(library(base_url=provider.url, api_key="k", max_retries=0))


@pytest.mark.parametrize("kind", [ChatCompletion, Message, Response])
def test_no_member_of_an_answer_hands_out_a_card(kind):
    out = []
    with serving(Reply({})) as provider, guarded(provider, kind) as client:
        for found in planted(kind, CARD):
            provider.replies = [Reply(plain(found.value))]
            if not is_named(found) and leaks(lambda: whole_of(client, kind)):
                out.append(found.path)
    assert out == []


def streamed(client, kind):
    if kind is ChatCompletionChunk:
        made = client.chat.completions.create(model="m", messages=[], stream=True)
    elif kind is RawMessageStreamEvent:
        made = client.messages.create(model="m", max_tokens=9, messages=[], stream=True)
    else:
        made = client.responses.create(model="m", input="x", stream=True)
    with made as stream:
        return [event.model_dump(warnings=False) for event in stream]


def kinds_of_events():
    union = typing.get_args(typing.get_args(ResponseStreamEvent)[0])
    whole = [each for each in union if each.model_fields.get("response") is not None]
    return [each for each in union if each not in whole] + [each for each in whole if "Completed" in each.__name__]


EVENTS = {
    "chat": (ChatCompletionChunk, [ChatCompletionChunk]),
    "messages": (RawMessageStreamEvent, list(typing.get_args(typing.get_args(RawMessageStreamEvent)[0]))),
    "responses": (ResponseStreamEvent, kinds_of_events()),
}


@pytest.mark.parametrize("name", EVENTS)
def test_no_member_of_an_event_hands_out_a_card(name):
    kind, events = EVENTS[name]
    begun = [minimal(events[0])] if name == "messages" else []
    out, tried = [], 0
    with serving(Reply({})) as provider, guarded(provider, kind) as client:
        for found in (each for event in events for each in planted(event, CARD)):
            if is_named(found):
                continue
            sent = [*begun, found.value]
            provider.replies = [Reply(events=[(getattr(each, "type", None), plain(each)) for each in sent])]
            tried += 1
            if leaks(lambda: streamed(client, kind)):
                out.append(f"{found.kinds[0]}: {found.path}")
    assert out == []
    assert tried > 10
