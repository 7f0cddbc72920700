"""The same text gives the same decision whichever way it comes: decorator, `check`, or a wrapped client."""
# ruff: noqa: SIM117 - a server, a client in it

import anthropic
import openai
import pytest

from policykit.errors import PolicyViolation
from tests.unit.guard.guards import CARD, MAIL, guard_of
from tests.unit.guard.provider_server import (
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

RULES = """
rule WORD-1 "x"
 on request, response
 when call.text contains any of "forbidden", "straße", "cope"
 then deny
rule PII-1 "x"
 on request, response
 when call.text contains any of pii.card, pii.email
 then redact
"""
DENIED, OUT = "denied", "[pii.card redacted]"
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
CASES = {
    "plain": ("nothing to see", "nothing to see"),
    "non-ascii": ("Grüße aus Köln, 東京 и Москвы 🙂", "Grüße aus Köln, 東京 и Москвы 🙂"),
    "word": ("this is forbidden here", DENIED),
    "upper case of another language": ("eine lange STRAßE", "eine lange STRAßE"),
    "word of another language": ("eine lange straße", DENIED),
    "full-width word": ("this is ｆｏｒｂｉｄｄｅｎ here", DENIED),
    "zero-width inside": ("this is for\u200bbid\u200dden here", DENIED),
    "soft hyphen inside": ("this is for\u00adbidden here", DENIED),
    "ligature": ("an of\ufb01ce is not forbidden", DENIED),
    "decomposed": ("a caf\u0065\u0301 for you", "a caf\u0065\u0301 for you"),
    "card": (f"card {CARD}.", f"card {OUT}."),
    "full-width card": (f"card {CARD.translate(WIDE)}.", f"card {OUT}."),
    "card with zero-width": (f"card {CARD[:6]}\u200b{CARD[6:]}.", f"card {OUT}."),
    "mail": (f"to {MAIL}", "to [pii.email redacted]"),
    "Cyrillic o in a Latin word": ("this is f\u043erbidden here", DENIED),
    # What is not promised: a word all in Cyrillic, and letters of other scripts that look alike, are other words.
    "word all in Cyrillic": ("we \u0441\u043e\u0440\u0435 with it", "we \u0441\u043e\u0440\u0435 with it"),
    "Armenian o in a Latin word": ("this is f\u0585rbidden here", "this is f\u0585rbidden here"),
}


def outcome(act):
    try:
        return act()
    except PolicyViolation:
        return DENIED


def entering(guard, text):
    """What reaches a model, by the way that it takes."""
    seen = {}

    @guard.call({"call.text": "prompt"})
    def function(prompt):
        return prompt

    seen["check"] = outcome(lambda: guard.check({"call.text": text}).text)
    with serving(completion("ok")) as provider, guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        asked = [{"role": "user", "content": text}]
        for stream in (False, True):
            seen[f"chat {stream}"] = outcome(
                lambda stream=stream: (
                    client.chat.completions.create(model="m", messages=asked, stream=stream).close
                    if stream
                    else client.chat.completions.create(model="m", messages=asked),
                    provider.last["messages"][0]["content"],
                )[1]
            )
    with serving(response("ok")) as provider, guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        seen["responses"] = outcome(lambda: (client.responses.create(model="m", input=text), provider.last["input"])[1])
    with serving(message("ok")) as provider:
        with guard.wrap(anthropic.Anthropic(base_url=provider.url, api_key="k")) as client:
            seen["messages"] = outcome(
                lambda: (
                    client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": text}]),
                    provider.last["messages"][0]["content"],
                )[1]
            )
    seen["decorator"] = outcome(lambda: function(text))
    return seen


def answering(guard, text):
    """What reaches the caller, by the way that it takes; streams letter by letter."""

    @guard.call({"call.text": "prompt"})
    def whole(prompt):
        return text

    @guard.call({"call.text": "prompt"})
    def pieces(prompt):
        yield from text

    seen = {
        "check": outcome(lambda: guard.check({"call.text": text}, phase="response").text),
        "decorator": outcome(lambda: whole("x")),
        "generator": outcome(lambda: "".join(pieces("x"))),
    }
    asked = [{"role": "user", "content": "x"}]
    replies = completion(text), chunks(*text), response(text), response_events(said_item(*text))
    with serving(*replies) as provider, guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        create, respond = client.chat.completions.create, client.responses.create
        seen["chat"] = outcome(lambda: create(model="m", messages=asked).choices[0].message.content)
        seen["chat stream"] = outcome(
            lambda: "".join(
                choice.delta.content or ""
                for event in create(model="m", messages=asked, stream=True)
                for choice in event.choices
            )
        )
        seen["responses"] = outcome(lambda: respond(model="m", input="x").output_text)
        seen["responses stream"] = outcome(
            lambda: list(respond(model="m", input="x", stream=True))[-1].response.output_text
        )
    with serving(message(text), message_events(text_block(0, *text))) as provider:
        with guard.wrap(anthropic.Anthropic(base_url=provider.url, api_key="k")) as client:
            create = client.messages.create
            seen["messages"] = outcome(lambda: create(model="m", max_tokens=9, messages=asked).content[0].text)
            seen["messages stream"] = outcome(
                lambda: "".join(
                    event.delta.text
                    for event in create(model="m", max_tokens=9, messages=asked, stream=True)
                    if event.type == "content_block_delta"
                )
            )
    return seen


@pytest.mark.parametrize("way", [entering, answering])
@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_the_same_text_gives_the_same_decision_whichever_way_it_comes(text, expected, way):
    seen = way(guard_of(RULES), text)
    assert seen == dict.fromkeys(seen, expected)
