"""The walk over requests and answers: what is a text there, in which order, and how another one is put in its place."""

import pytest
from pydantic import BaseModel, Field

from policykit.guard.adapters.shared.values.walk import is_legible, is_text, plain, put_all, replaced, slots, text_slots


def texts(value, *, is_request=False):
    return [each.text for each in slots(value, is_request=is_request)]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "ledger", "type": "tool_use", "input": {"pin": 1234}},
        {"name": "ledger", "type": "server_tool_use", "input": {"pin": 1234}},
        {"name": "ledger", "type": "tool_call", "args": {"pin": 1234}},
        {"name": "ledger", "arguments": '{"pin": 1234}'},
    ],
    ids=["input", "hosted", "args", "raw"],
)
@pytest.mark.parametrize("is_request", [False, True])
def test_what_a_tool_is_given_is_read_as_json_with_its_names_and_small_numbers(value, is_request):
    assert texts(value, is_request=is_request) == ["ledger", "pin", "1234"]


def test_data_of_the_application_is_read_so_in_requests_only():
    value = {"metadata": {"pin": 1234}, "arguments": {"pin": 1234}, "other": {"pin": 1234}}
    assert texts(value, is_request=True) == ["pin", "1234", "pin", "1234"]
    assert texts(value) == ["pin", "1234"]  # the arguments of a call, in whatever form they come


def test_words_of_the_provider_are_labels_in_answers_and_text_in_requests_unless_the_protocol_knows_them():
    value = {"type": "news", "role": "clown", "id": "a b", "status": "fine", "content": "hello"}
    assert texts(value) == ["hello"]
    assert texts(value, is_request=True) == ["news", "clown", "a b", "fine", "hello"]
    known = {"type": "message", "role": "user", "status": "completed", "content": "hello"}
    assert texts(known, is_request=True) == ["hello"]


def test_a_label_with_members_of_its_own_is_looked_into_where_it_is_a_state_and_never_where_it_is_figures():
    assert texts({"status": {"said": "hello"}, "usage": {"said": "hello"}}) == ["hello"]


def test_a_word_of_the_protocol_is_one_in_its_list_too():
    value = {"modalities": ["text", "smell"], "other": ["text"]}
    assert texts(value, is_request=True) == ["smell", "text"]
    assert texts(["text"], is_request=True) == ["text"]


@pytest.mark.parametrize(
    ("number", "is_read"),
    [(999_999, False), (1_000_000, True), (-1_000_000, True), (4111_1111.0, True), (0.12345678, False), (True, False)],
)
def test_a_number_is_text_from_seven_digits_on(number, is_read):
    assert texts({"max": number}) == ([str(int(number))] if is_read else [])


def test_names_of_members_are_text_unless_they_are_plain_words():
    value = {"max_tokens": 1, "X-Title": 1, "ann@example.com": 1, "4111": 1}
    assert texts(value) == ["ann@example.com", "4111"]


def test_names_are_replaced_in_their_place_and_never_doubled():
    value = {"a": 1, "ann@example.com": "x", "z": 2}
    assert list(replaced(value, ["x", "gone"]).items()) == [("a", 1), ("gone", "x"), ("z", 2)]
    with pytest.raises(ValueError, match="same name"):
        replaced(value, ["x", "z"])
    assert value == {"a": 1, "ann@example.com": "x", "z": 2}


def test_json_stays_json_and_a_value_stays_what_it_was():
    raw = {"arguments": '{"card": 41111111, "note": "x"}'}
    assert replaced(raw, ["card", "gone", "note", "x"]) == {"arguments": '{"card": "gone", "note": "x"}'}
    data = {"type": "tool_use", "input": {"card": 41111111, "note": "x"}}
    assert replaced(data, ["card", "gone", "note", "x"])["input"] == {"card": "gone", "note": "x"}


def test_texts_are_put_where_they_were_and_only_as_many_as_there_are():
    value = [{"a": "one"}, "two"]
    assert replaced(value, ["1", "2"]) == [{"a": "1"}, "2"]
    for wrong in (["1"], ["1", "2", "3"]):
        with pytest.raises(ValueError, match="zip"):
            put_all(slots([{"a": "one"}, "two"]), wrong)


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_depth_has_a_limit_that_is_reached_and_not_passed():
    assert plain(nested(32)) == nested(32)
    assert texts(nested(33)) == ["x"]
    for read, levels in ((plain, 34), (texts, 34)):
        with pytest.raises(ValueError, match="deep"):
            read(nested(levels))


class Letters(str):
    __slots__ = ()

    def __str__(self):
        return "others"


def test_a_value_is_taken_over_as_lists_dictionaries_and_texts_of_its_own():
    value = {Letters("a"): (Letters("b"), {1}, iter([None, 2.5]), range(2))}
    found = plain(value)
    assert found == {"a": ["b", [1], [None, 2.5], [0, 1]]}
    assert type(next(iter(found))) is str
    assert type(found["a"][0]) is str


def test_what_is_like_text_is_not_taken_apart():
    value = [b"ab", bytearray(b"ab"), memoryview(b"ab")]
    assert plain(value) == value
    assert [type(each) for each in plain(value)] == [bytes, bytearray, memoryview]
    assert not is_legible([value[0]])
    assert not is_legible({"a": value[1]})
    assert is_legible({"a": [None, "x", 1, 1.5, True]})


def test_headers_that_identify_the_application_are_exempt_in_headers_only():
    value = {"Authorization": "Bearer x", "X-Api-Key": "y", "X-Title": "z"}
    assert texts({"extra_headers": value}, is_request=True) == ["z"]
    assert texts({"extra_body": value}, is_request=True) == ["Bearer x", "y", "z"]


@pytest.mark.parametrize(
    ("kind", "name", "value", "expected"),
    [
        ("text", "text", "hello", True),
        ("message", "id", "msg_a", False),
        ("text", "type", "news", False),
        ("redacted_thinking", "data", "QUJD", False),
        ("redacted_thinking", "data", "not sealed", True),
        ("image", "data", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", False),
        ("image", "data", "aGVsbG8gYWdhaW4sIGhlbGxvIGFnYWluLCBoZWxsbyBhZ2FpbiwgaGVsbG8gYWdhaW4sIGhlbGxv", True),
        ("file", "url", "https://a.example", True),
    ],
    ids=range(8),
)  # fmt: skip
def test_of_a_piece_it_is_known_whether_it_is_text(kind, name, value, expected):
    assert is_text(kind, name, value) is expected


class Said(BaseModel):
    content: str = ""
    name: str | None = None
    kind: str = Field(default="", alias="@kind")


def test_a_data_object_is_taken_over_with_what_was_set_and_under_the_names_that_are_sent():
    assert plain(Said.model_validate({"content": "x", "@kind": "y"})) == {"content": "x", "@kind": "y"}


def test_objects_may_be_nested_as_deep_as_lists():
    value = "x"
    for _ in range(32):
        value = {"a": value}
    assert plain(value) == value
    with pytest.raises(ValueError, match="deep"):
        plain({"a": {"a": value}})


def test_a_text_by_itself_is_read_and_put_back_as_well():
    holder = {"content": '{"a": "b"}'}
    put_all(text_slots(holder, "content", holder["content"]), ["", "a", "gone", ""])
    assert holder == {"content": '{"a": "gone"}'}
