"""Laws of streamed answers: two calls stay two, and a stream is searched and changed as the whole answer would be."""
# ruff: noqa: SIM117 - a client, a stream in it, what it raises in that

import itertools
import json

import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import PolicyViolation
from tests.unit.guard.guards import CARD, MAIL, guard_of
from tests.unit.guard.provider_server import Reply, chunk, completion, serving

RULE = 'rule PII-1 "x"\n on response\n when call.text contains any of pii.card, pii.email\n then {}\n'
REDACT, DENY = RULE.format("redact"), RULE.format("deny")
NONE = 'rule W-1 "x"\n on request\n when call.text contains any of "stop"\n then deny\n'


def streamed(events, rules=REDACT):
    reply = Reply(events=[*events, (None, "[DONE]")])
    with serving(reply) as provider:
        client = guard_of(rules).wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))
        with client, client.chat.completions.create(model="m", messages=[], stream=True) as stream:
            return list(stream)


def whole(message, rules=REDACT):
    reply = completion("")
    reply.body["choices"][0]["message"] = {"role": "assistant", **message}
    with serving(reply) as provider:
        client = guard_of(rules).wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))
        with client:
            return client.chat.completions.create(model="m", messages=[]).choices[0].message


def members(events, name):
    deltas = [choice.delta for event in events for choice in event.choices]
    return [found for delta in deltas if (found := getattr(delta, name, None))]


def calls_of(events):
    found = [call for calls in members(events, "tool_calls") for call in calls]
    return [(call.id, call.function.name, call.function.arguments) for call in found]


def piece(index=None, ident=None, name=None, arguments=None, **more):
    inside = {key: value for key, value in {"name": name, "arguments": arguments}.items() if value is not None}
    entry = {"index": index, "id": ident, "type": "function" if name else None, "function": inside, **more}
    return {key: value for key, value in entry.items() if value is not None}


TWO = {
    "one index for both": [[piece(0, "a", "f", '{"c":1}')], [piece(0, "b", "g", '{"d":2}')]],
    "one index, in one chunk": [[piece(0, "a", "f", '{"c":1}'), piece(0, "b", "g", '{"d":2}')]],
    "no index": [[piece(None, "a", "f", '{"c":1}')], [piece(None, "b", "g", '{"d":2}')]],
    "no index, in pieces": [
        [piece(None, "a", "f", '{"c"')],
        [piece(None, None, None, ":1}")],
        [piece(None, "b", "g", '{"d":2}')],
    ],
    "indexes that are texts": [[piece("x", "a", "f", '{"c":1}')], [piece("y", "b", "g", '{"d":2}')]],
    "interleaved by index": [
        [piece(0, "a", "f", '{"c"'), piece(1, "b", "g", '{"d"')],
        [piece(0, arguments=":1}")],
        [piece(1, arguments=":2}")],
    ],
    "interleaved by identifier": [
        [piece(0, "a", "f", '{"c"')],
        [piece(0, "b", "g", '{"d"')],
        [piece(0, "a", None, ":1}")],
        [piece(0, "b", None, ":2}")],
    ],
    "identifier and name with each piece": [
        [piece(0, "a", "f", "")],
        [piece(0, "a", "f", '{"c"')],
        [piece(0, "a", "f", ":1}")],
        [piece(1, "b", "g", '{"d":2}')],
    ],
    "an identifier made up for each piece": [
        [piece(0, "a", "f", '{"c"')],
        [piece(0, "z", None, ":1}")],
        [piece(1, "b", "g", '{"d"')],
        [piece(1, "y", None, ":2}")],
    ],
    "a name in pieces": [
        [piece(0, "a", "f", "")],
        [piece(0, None, None, '{"c":1}')],
        [piece(1, "b", "", "")],
        [piece(1, None, "g", '{"d":2}')],
    ],
    "arguments that come as a value": [[piece(0, "a", "f", '{"c":1}')], [piece(1, "b", "g", '{"d":2}')]],
}


@pytest.mark.parametrize("rules", [REDACT, NONE], ids=["read", "not read"])
@pytest.mark.parametrize("way", TWO)
def test_two_calls_of_tools_are_two(way, rules):
    events = streamed([*(chunk({"tool_calls": calls}) for calls in TWO[way]), chunk({}, "tool_calls")], rules)
    assert calls_of(events) == [("a", "f", '{"c":1}'), ("b", "g", '{"d":2}')]


@pytest.mark.parametrize("names", [("f", "g"), ("f", "f")])
@pytest.mark.parametrize("index", [0, None])
def test_calls_without_identifiers_are_told_apart_by_where_their_arguments_end(names, index):
    calls = [chunk({"tool_calls": [piece(index, None, name, '{"a": "}"}')]}) for name in names]
    events = streamed([*calls, chunk({}, "stop")])
    assert calls_of(events) == [(None, name, '{"a": "}"}') for name in names]


def test_two_calls_without_arguments_are_two():
    events = streamed([chunk({"tool_calls": [piece(0, i, n, "")]}) for i, n in ("af", "bg")] + [chunk({}, "stop")])
    assert calls_of(events) == [("a", "f", ""), ("b", "g", "")]


def test_an_endless_answer_of_members_without_text_ends():
    from policykit.guard import GuardOptions

    events = [*(chunk({"new": {"at": [at, "x"]}}) for at in range(60)), chunk({}, "stop")]
    reply = Reply(events=[*events, (None, "[DONE]")])
    with serving(reply) as provider:
        guard = guard_of(REDACT, options=GuardOptions(max_held_chars=1500))
        client = guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))
        with client, client.chat.completions.create(model="m", messages=[], stream=True) as stream:
            with pytest.raises(PolicyViolation, match="longer than may be held"):
                list(stream)


def test_a_call_without_arguments_leaves_too():
    events = streamed([chunk({"tool_calls": [piece(0, "a", "f", "")]}), chunk({}, "tool_calls")])
    assert calls_of(events) == [("a", "f", "")]


def test_what_only_the_provider_knows_of_a_call_leaves_with_it_and_is_searched():
    more = {"extra_content": {"google": {"thought_signature": "c2lnbmVk", "note": CARD}}}
    events = streamed([chunk({"tool_calls": [piece(0, "a", "f", "{}", **more)]}), chunk({}, "stop")])
    (call,) = members(events, "tool_calls")[0]
    assert call.extra_content == {"google": {"thought_signature": "c2lnbmVk", "note": "[pii.card redacted]"}}


@pytest.mark.parametrize(
    "calls", [["x"], "x", [{"function": "f"}], [{"index": 0, "function": {"name": 5}}]], ids=range(4)
)
def test_a_piece_that_is_no_piece_of_a_call_is_refused_in_our_words(calls):
    with pytest.raises(PolicyViolation) as caught:
        streamed([chunk({"tool_calls": calls}), chunk({}, "stop")])
    assert caught.value.reason == "error:stream"


def test_a_piece_that_could_belong_to_either_of_two_calls_is_refused():
    with pytest.raises(PolicyViolation, match="not clear"):
        streamed([chunk({"tool_calls": [piece(0, None, n, "")]}) for n in "fg"] + [chunk({}, "stop")])


def test_what_a_key_of_arguments_or_a_number_says_is_redacted_call_by_call():
    events = streamed(
        [chunk({"tool_calls": [piece(0, i, "f", json.dumps({"n": int(CARD.replace(" ", ""))}))]}) for i in "ab"]
        + [chunk({}, "stop")]
    )
    assert [json.loads(arguments) for _, _, arguments in calls_of(events)] == [{"n": "[pii.card redacted]"}] * 2


def cut(text, places):
    edges = [0, *sorted({each % (len(text) + 1) for each in places}), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges) if a < b]


TEXTS = [
    f"the card is {CARD}, write to {MAIL}.",
    json.dumps({"card": int(CARD.replace(" ", "")), "ok": True}),
    '{"mail": "ann\\u0040example.com", "n": 1}',
    f'[{{"mail": "{MAIL}"}}, "{CARD}"]',
    "  [4111111111111111, 5]",
    "[1] as they say, {braces} and [2].",
    "a \\u0061nn@example.com b",
    "{",
    "   ",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@settings(max_examples=12, deadline=None)
@given(places=st.lists(st.integers(0, 90), max_size=5))
def test_a_text_in_any_pieces_becomes_what_the_whole_text_becomes(text, places):
    events = streamed([*(chunk({"content": each}) for each in cut(text, places)), chunk({}, "stop")])
    assert "".join(members(events, "content")) == whole({"content": text}).content


STRUCTURED = {
    "annotations": [{"type": "url_citation", "url_citation": {"title": CARD, "url": "https://example.com"}}],
    "reasoning_details": [{"type": "reasoning.text", "text": f"of {MAIL}", "index": 0}],
    "audio": {"id": "a1", "data": "AAAA", "transcript": f"it is {CARD}"},
    "images": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png", "title": CARD}}],
    "new_thing": {"deep": [{"words": [MAIL]}]},
}


@pytest.mark.parametrize("name", STRUCTURED)
def test_a_member_that_is_no_text_is_searched_as_in_a_whole_answer(name):
    given_ = [chunk({"content": "see "}), chunk({name: STRUCTURED[name]}), chunk({}, "stop")]
    (clean,) = members(streamed(given_, NONE), name)
    assert clean == STRUCTURED[name] or clean.model_dump(exclude_none=True) == STRUCTURED[name]
    events = streamed(given_)
    assert "4111" not in str(events)
    assert MAIL not in str(events)
    assert "redacted" in str(members(events, name))
    assert "AAAA" not in str(events)  # sound that speaks what was taken out
    for ask in (lambda: streamed(given_, DENY), lambda: whole({"content": "", name: STRUCTURED[name]}, DENY)):
        with pytest.raises(PolicyViolation) as caught:
            ask()
        assert caught.value.reason == "deny"


@pytest.mark.parametrize("name", ["reasoning_details", "new_thing", "content"])
def test_a_card_in_pieces_is_found_wherever_the_pieces_stand(name):
    events = streamed(
        [chunk({name: [{"type": "text", "text": each}]}) for each in (f"it is {CARD[:9]}", f"{CARD[9:]}, said I")]
        + [chunk({"content": "bye"}), chunk({}, "stop")]
    )
    said = "".join(each[0]["text"] for each in members(events, name) if isinstance(each, list))
    assert said == "it is [pii.card redacted], said I"


def test_both_readings_of_a_piece_are_kept_to():
    details = [[{"text": f"{MAIL} {CARD[:9]}"}], [{"text": CARD[9:]}]]
    events = streamed([*(chunk({"new": each}) for each in details), chunk({}, "stop")])
    assert MAIL not in str(events)
    assert "4111" not in str(events)


def test_what_stands_beside_the_choices_leaves_once_and_searched():
    events = [chunk({"content": "a"}), chunk({"content": "b"}), chunk({}, "stop")]
    for _, data in events:
        data["citations"] = [f"of {CARD}"]
        data["choices"][0]["note"] = MAIL
    found = streamed(events)
    beside = [event.citations for event in found if getattr(event, "citations", None)]
    notes = [c.note for event in found for c in event.choices if getattr(c, "note", None)]
    assert (beside, notes) == ([["of [pii.card redacted]"]], ["[pii.email redacted]"])
    assert "".join(members(found, "content")) == "ab"


def test_a_delta_that_is_null_says_nothing():
    null = chunk({})
    null[1]["choices"][0]["delta"] = None
    assert members(streamed([chunk({"content": "a"}), null, chunk({}, "stop")]), "content") == ["a"]


def test_a_number_where_a_text_belongs_is_refused_if_it_could_be_a_card():
    with pytest.raises(PolicyViolation):
        streamed([chunk({"new": 4111111111111111}), chunk({}, "stop")])
    assert members(streamed([chunk({"new": 5}), chunk({}, "stop")]), "new") == [5]


@pytest.mark.parametrize("place", ["token", "bytes", "top_logprobs"])
def test_probabilities_that_spell_what_the_text_does_not_say_are_searched(place):
    spelled = [CARD[:9], CARD[9:]]
    tokens = [{"token": "a", "logprob": 0.0, "bytes": None, "top_logprobs": []} for _ in spelled]
    for token, piece_ in zip(tokens, spelled, strict=True):
        other = {"token": piece_, "logprob": 0.0, "bytes": None}
        token[place] = {"token": piece_, "bytes": list(piece_.encode()), "top_logprobs": [other]}[place]
    reply = completion("aa", logprobs={"content": tokens, "refusal": None})
    with serving(reply) as provider:
        client = guard_of(REDACT).wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))
        with client:
            answer = client.chat.completions.create(model="m", messages=[])
    assert answer.choices[0].logprobs is None
    assert answer.choices[0].message.content == "aa"
