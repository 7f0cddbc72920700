"""An approval is for one call: what a model reads besides the facts tells calls apart, and so does what cannot be read."""

from __future__ import annotations

import gc
from datetime import date
from decimal import Decimal

import anthropic
import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import HumanMessage

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Answer, GuardOptions
from policykit.guard.state.sameness import told_apart
from tests.unit.guard.guards import guard_of

ASK = 'rule ASK-1 "x"\n on request\n then ask duty, answer within 1 hour, otherwise deny\n'
PICTURES = [f"data:image/png;base64,iVBORw0KGgo{letter}AAA" for letter in "AB"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False)
    | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)


def asked_of(make, requests) -> list[str]:
    """Return the digests of what people are asked about requests; they say no."""
    digests = []

    def duty(request):
        digests.append(request.digest)
        return Answer("Ann", "duty", False)

    guard = guard_of(ASK, approvers={"duty": duty}, secret=b"s" * 32, options=GuardOptions(unread=["files"]))
    call = make(guard)
    for request in requests:
        with pytest.raises(PolicyViolation, match="denied"):
            call(request)
        gc.collect()
    return digests


def never(_request):
    raise AssertionError("the call was made")


def of_openai(guard):
    http = httpx.Client(transport=httpx.MockTransport(never))
    client = guard.wrap(openai.OpenAI(api_key="k", http_client=http))
    return lambda part: client.chat.completions.create(model="m", messages=[{"role": "user", "content": [part]}])


def of_responses(guard):
    http = httpx.Client(transport=httpx.MockTransport(never))
    client = guard.wrap(openai.OpenAI(api_key="k", http_client=http))
    return lambda part: client.responses.create(model="m", input=[{"role": "user", "content": [part]}])


def of_anthropic(guard):
    client = guard.wrap(anthropic.Anthropic(api_key="k", base_url="http://127.0.0.1:9", max_retries=0))
    return lambda part: client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": [part]}])


def of_langchain(guard):
    model = guard.wrap(FakeListChatModel(responses=["never"]))
    return lambda part: model.invoke([HumanMessage([part])])


def chat_picture(url):
    return {"type": "image_url", "image_url": {"url": url}}


def responses_picture(url):
    return {"type": "input_image", "image_url": url}


def anthropic_picture(url):
    data = url.partition(",")[2]
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


CLIENTS = [
    (of_openai, chat_picture),
    (of_responses, responses_picture),
    (of_anthropic, anthropic_picture),
    (of_langchain, chat_picture),
]
IDS = ["openai", "responses", "anthropic", "langchain"]


@pytest.mark.parametrize(("make", "picture"), CLIENTS, ids=IDS)
def test_another_picture_is_another_call_and_the_same_one_is_the_same(make, picture):
    one, other, again = asked_of(make, [picture(PICTURES[0]), picture(PICTURES[1]), picture(PICTURES[0])])
    assert one != other
    assert one == again


def test_another_file_is_another_call_where_the_application_sees_to_files():
    files = [{"type": "file", "file": {"file_id": name}} for name in ("file-1", "file-2", "file-1")]
    one, other, again = asked_of(of_openai, files)
    assert one != other
    assert one == again


def test_what_cannot_be_read_is_like_no_other_call():
    class Opaque:
        def __repr__(self):
            return "always the same"

    def make(guard):
        return guard.call({"call.text": "_request"})(never)

    assert len(set(asked_of(make, [Opaque() for _ in range(20)]))) == 20


@given(VALUES, VALUES)
def test_values_are_told_apart_unless_they_are_equal(one, other):
    assert list(told_apart(one)) == list(told_apart(one))
    if repr(one) != repr(other) and one != other:
        assert list(told_apart(one)) != list(told_apart(other))


@pytest.mark.parametrize("pair", [(["a"], "a"), ({"a": 1}, ["a", 1]), (1, True), (1, "1"), (Decimal(1), 1), ([], None),
                                  (date(2026, 1, 1), "datetime.date(2026, 1, 1)"), ([["a"], "b"], [["a", "b"]])])  # fmt: skip
def test_values_of_other_shapes_are_told_apart(pair):
    assert list(told_apart(pair[0])) != list(told_apart(pair[1]))


def test_a_value_without_end_ends():
    value: list = []
    value.append(value)
    assert list(told_apart(value)) != list(told_apart(value))


@pytest.mark.parametrize("wrong", [{"session": 5}, {"session": None}, {"facts": [("call.team", "x")]}, {"facts": "x"}])
def test_a_context_of_something_else_is_refused_in_our_words(wrong):
    with pytest.raises(GuardError, match="PK351"):
        guard_of(ASK).context(**wrong)


def test_a_session_may_have_any_text_as_its_name():
    guard = guard_of(ASK, approvers={"duty": lambda _: Answer("Ann", "duty", True)})
    with guard.context(session="\ud800"):
        assert guard.call({"call.text": "prompt"})(lambda prompt: prompt)("x") == "x"
    guard.end_session("\ud800")
