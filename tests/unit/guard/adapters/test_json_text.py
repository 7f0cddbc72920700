"""JSON in texts: read decoded, rewritten so that it stays JSON."""

import json

import openai
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policykit.guard.adapters.shared.values.walk import put_all, slots
from policykit.guard.text.conceal import Concealment, concealed
from policykit.guard.text.parts import joined
from policykit.guard.text.readable import JsonText, readable
from policykit.guard.text.tokens import TokenMap
from tests.unit.guard.guards import CARD, MAIL, guard_of
from tests.unit.guard.provider_server import completion, serving, tool_chunks

REDACT = guard_of(
    'rule PII-1 "x"\n on response\n when call.text contains any of pii.card, pii.email, secret.assignment, "null"\n then redact\n'
)
PATTERNS = REDACT.core.clauses.patterns("PII-1")["call.text"]
NUMBER = CARD.replace(" ", "")
ESCAPED = r"\u0061lice@example.com"

plain = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.sampled_from([MAIL, int(NUMBER)])
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def redacted(raw):
    whole = JsonText(raw)
    for index, text in enumerate(concealed(whole.parts, Concealment(PATTERNS, ()), TokenMap(bytes(32)))):
        if text != whole.parts[index]:
            whole.put(index, text)
    return str(whole)


@given(values, st.booleans())
def test_json_is_read_as_the_strings_in_it_and_written_as_it_was(value, is_ascii):
    raw = json.dumps(value, ensure_ascii=is_ascii)
    whole = JsonText(raw)
    assert str(whole) == raw
    assume(all(readable(each, 1) is None for each in _strings(value)))  # a string that is JSON is taken apart in turn
    strings = [part for part in whole.parts if part.lead.endswith('"')]
    assert strings == list(_strings(value))


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _strings(each)


@given(values)
def test_what_is_taken_out_of_json_leaves_json_without_it(value):
    after = redacted(json.dumps({"value": value, "mail": MAIL, "card": int(NUMBER)}))
    found = json.loads(after)
    assert found["mail"] == "[pii.email redacted]"
    assert found["card"] == "[pii.card redacted]"
    assert MAIL not in after


@given(st.text(alphabet='{}[]",:n01 ab@.c\n', max_size=40), st.integers(0, 40))
def test_no_text_is_too_broken_to_be_read_whole(raw, cut):
    raw = raw[:cut] + f" {MAIL} " + raw[cut:]
    whole = JsonText(raw)
    assert str(whole) == raw
    assert MAIL in joined(whole.parts)
    assert MAIL not in redacted(raw)


def test_words_outside_of_strings_can_be_taken_out():
    assert redacted(f"send it to {MAIL} {{") == 'send it to "[pii.email redacted]" {'


def test_a_text_that_was_cut_in_a_string_is_read_to_its_end():
    assert redacted('{"to": "' + ESCAPED) == '{"to": "[pii.email redacted]"'
    assert redacted('{"to": "x\\').startswith('{"to": "x')


def test_names_and_values_are_read_together():
    assert json.loads(redacted(json.dumps({"api_key": "q8Zr41Lm9xTw7Yb2"}))) == {
        "api_key": "[secret.assignment redacted]"
    }


@pytest.mark.parametrize(
    ("raw", "after"),
    [
        (f'{{"to": "{ESCAPED}"}}', '{"to": "[pii.email redacted]"}'),
        (f'{{"a":"line\\n{MAIL}"}}', '{"a":"line\\n[pii.email redacted]"}'),
        (f'{{"{MAIL}": 1}}', '{"[pii.email redacted]": 1}'),
        (f'{{"n": {NUMBER}, "m": 1.50}}', '{"n": "[pii.card redacted]", "m": 1.50}'),
        ('{"n": null}', '{"n": "[text redacted]"}'),
        ('{"a": 1, "a": "\\u00e9"}', '{"a": 1, "a": "\\u00e9"}'),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_arguments_of_tools_are_searched_decoded_and_stay_json(raw, after, stream):
    call = {"id": "t1", "type": "function", "function": {"name": "pay", "arguments": raw}}
    reply = tool_chunks("pay", *raw) if stream else completion(None, tool_calls=[call])
    with serving(reply) as provider, REDACT.wrap(openai.OpenAI(base_url=provider.url, api_key="k")) as client:
        answer = client.chat.completions.create(model="m", messages=[], stream=stream)
        if stream:
            deltas = [choice.delta for event in answer for choice in event.choices]
            calls = [each for delta in deltas for each in delta.tool_calls or ()]
        else:
            calls = answer.choices[0].message.tool_calls
    assert [each.function.arguments for each in calls] == [after]


def test_a_member_whose_name_has_escapes_is_renamed_in_its_place():
    code = "".join(f"\\u{ord(each):04x}" for each in "one")
    value = {"a": 1, f"{code} and {code}": 2, "z": 3}
    texts = [each.text for each in slots(value, is_request=True)]
    assert "".join(texts) == "one and one"
    put_all(slots(value, is_request=True), [each.replace("one", "two") for each in texts])
    assert list(value.items()) == [("a", 1), ("two and two", 2), ("z", 3)]
