"""Files in requests: exempt by the member that holds them and by their bytes, never by how a text begins."""

import base64
import json
import re
from urllib.parse import quote

import anthropic
import openai
import pytest

from policykit.errors import PolicyViolation
from policykit.guard import GuardOptions
from tests.unit.guard.guards import CARD, guard_of
from tests.unit.guard.provider_server import completion, message, response, serving

RULE = 'rule PII-1 "x"\n on request\n when call.text contains any of pii.card\n then redact\n'
ROWS = f"name;card\nJörg;{CARD}\n"
CLEAN = "name;card\nJörg;[pii.card redacted]\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
WAV = b"RIFF\xff\xfe\x00\x00WAVEfmt " + bytes(range(256))
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(128, 250))
ZIP = b"PK\x03\x04" + bytes(range(256))


def packed(data):
    return base64.b64encode(data).decode()


def chat(part):
    return {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "see"}, part]}]}


def asked(part):
    return {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": "see"}, part]}]}


def told(part):
    return {**chat(part), "max_tokens": 9}


class Way:
    """One place of a library in which a file can stand."""

    def __init__(self, library, request, part, address):
        self.library, self.request, self.part, self.address = library, request, part, address

    def sent(self, value, unread=(), rule=RULE):
        """What the provider gets."""
        guard = guard_of(rule, options=GuardOptions(unread=unread))
        reply = {chat: completion, asked: response, told: message}[self.request]()
        with serving(reply) as provider:
            with guard.wrap(self.library(base_url=provider.url, api_key="k", max_retries=0)) as client:
                try:
                    self.create(client)(**self.request(self.part(value)))
                except PolicyViolation:
                    assert provider.requests == []
                    raise
            return json.dumps(provider.last)

    def create(self, client):
        if self.request is chat:
            return client.chat.completions.create
        return client.responses.create if self.request is asked else client.messages.create


def source(value, mime):
    return {"type": "base64", "media_type": mime, "data": value}


WAYS = {
    "chat file": Way(openai.OpenAI, chat, lambda v: {"type": "file", "file": {"filename": "a", "file_data": v}}, True),
    "responses file": Way(
        openai.OpenAI, asked, lambda v: {"type": "input_file", "filename": "a", "file_data": v}, True
    ),
    "anthropic file": Way(
        anthropic.Anthropic, told, lambda v: {"type": "document", "source": source(v, "text/csv")}, False
    ),
    "chat picture": Way(openai.OpenAI, chat, lambda v: {"type": "image_url", "image_url": {"url": v}}, True),
    "responses picture": Way(openai.OpenAI, asked, lambda v: {"type": "input_image", "image_url": v}, True),
    "anthropic picture": Way(
        anthropic.Anthropic, told, lambda v: {"type": "image", "source": source(v, "image/png")}, False
    ),
    "chat sound": Way(
        openai.OpenAI, chat, lambda v: {"type": "input_audio", "input_audio": {"data": v, "format": "wav"}}, False
    ),
}
FILES = [name for name in WAYS if name.endswith("file")]
MEDIA = [name for name in WAYS if name not in FILES]


def advice(kind):
    """The words that say how to let it through."""
    return re.escape(f'GuardOptions(unread=["{kind}"])')


def value_of(way, data, mime="text/csv"):
    return f"data:{mime};base64,{packed(data)}" if way.address else packed(data)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", WAYS)
def test_a_file_that_is_text_is_searched_and_encoded_again_wherever_it_stands(name, charset):
    sent = WAYS[name].sent(value_of(WAYS[name], ROWS.encode(charset)))
    assert packed(CLEAN.encode(charset)) in sent


@pytest.mark.parametrize("mime", ["image/png", "application/octet-stream", "text/csv;charset=utf-8", ""])
def test_the_media_type_that_is_said_exempts_nothing(mime):
    way = WAYS["chat picture"]
    assert packed(CLEAN.encode()) in way.sent(value_of(way, ROWS.encode(), mime))


def test_a_data_address_in_percent_signs_is_searched():
    assert quote(CLEAN) in WAYS["chat file"].sent(f"data:text/csv,{quote(ROWS)}")


def test_a_charset_that_is_said_is_used():
    data = CLEAN.encode("latin-1")
    sent = WAYS["chat file"].sent(f"data:text/csv;charset=latin-1;base64,{packed(ROWS.encode('latin-1'))}")
    assert packed(data) in sent


@pytest.mark.parametrize(("name", "data"), [*((name, PNG) for name in MEDIA), ("chat sound", WAV), ("chat file", PNG)],
                         ids=range(len(MEDIA) + 2))  # fmt: skip
def test_pictures_and_recordings_are_passed_on(name, data):
    value = value_of(WAYS[name], data, "image/png")
    assert value in WAYS[name].sent(value)


def test_the_address_of_a_picture_is_passed_on_and_searched():
    way = WAYS["chat picture"]
    assert "https://pictures.example/cat.png" in way.sent("https://pictures.example/cat.png")
    assert "4111" not in way.sent(f"https://pictures.example/{CARD.replace(' ', '-')}.png")


@pytest.mark.parametrize("data", [PDF, ZIP], ids=["pdf", "zip"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_nobody_can_read_is_refused_unless_the_application_sees_to_it(name, data):
    value = value_of(WAYS[name], data, "application/pdf")
    with pytest.raises(PolicyViolation, match=advice("files")):
        WAYS[name].sent(value)
    assert value in WAYS[name].sent(value, unread=("files",))


@pytest.mark.parametrize("data", [PDF, ZIP], ids=["pdf", "zip"])
def test_nor_is_it_a_picture_because_it_is_said_to_be_one(data):
    with pytest.raises(PolicyViolation):
        WAYS["chat picture"].sent(value_of(WAYS["chat picture"], data, "image/png"))


BEGINNINGS = ["data:;base64,", "data:image/png;base64,", "data:text/plain,", "https://a.example/ ", packed(PNG) + " "]


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=range(len(BEGINNINGS)))
def test_no_beginning_makes_a_text_a_file(beginning):
    text = f"{beginning} my card is {CARD}"
    request = {"model": "m", "messages": [{"role": "user", "content": text}], "user": text}
    with serving(completion()) as provider:
        with guard_of(RULE).wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)) as client:
            client.chat.completions.create(**request)
        assert "4111" not in json.dumps(provider.last)
        assert json.dumps(provider.last).count("[pii.card redacted]") == 2


@pytest.mark.parametrize("beside", ["", "data:;base64,"])
def test_what_stands_beside_a_file_is_searched(beside):
    part = {
        "type": "file",
        "file": {"filename": f"{beside}{CARD}.csv", "file_data": f"data:image/png;base64,{packed(PNG)}"},
    }
    with serving(completion()) as provider:
        with guard_of(RULE).wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)) as client:
            client.chat.completions.create(**chat(part))
        assert "4111" not in json.dumps(provider.last)


def test_the_head_of_a_data_address_is_searched_too():
    value = f"data:image/png;name={CARD};base64,{packed(PNG)}"
    assert "4111" not in WAYS["chat picture"].sent(value)


# --- what only the provider has ---------------------------------------------------------------------------------------

REFERENCES = {
    "file_id": ("files", asked({"type": "input_file", "file_id": "file-a"})),
    "file_url": ("files", asked({"type": "input_file", "file_url": "https://files.example/a.pdf"})),
    "vector_store_ids": ("files", {"model": "m", "input": "x",
                                   "tools": [{"type": "file_search", "vector_store_ids": ["vs_a"]}]}),
    "previous_response_id": ("history", {"model": "m", "input": "x", "previous_response_id": "resp_a"}),
    "conversation": ("history", {"model": "m", "input": "x", "conversation": "conv_a"}),
    "item_reference": ("history", {"model": "m", "input": [{"type": "item_reference", "id": "msg_a"}]}),
    "prompt": ("prompts", {"model": "m", "input": "x", "prompt": {"id": "pmpt_a"}}),
}  # fmt: skip
KINDS = ("files", "history", "prompts")


def responded(request, unread, rule=RULE):
    declared = 'tool file_search "x"\n'
    with serving(response()) as provider:
        guard = guard_of(declared + rule, options=GuardOptions(unread=unread))
        with guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)) as client:
            client.responses.create(**request)
        return json.dumps(provider.last)


@pytest.mark.parametrize("name", REFERENCES)
def test_what_only_the_provider_has_is_unknown_unless_the_application_sees_to_that_kind(name):
    kind, request = REFERENCES[name]
    for others in ((), tuple(each for each in KINDS if each != kind)):
        with pytest.raises(PolicyViolation, match=advice(kind)):
            responded(request, others)
    assert name in responded(request, (kind,))


@pytest.mark.parametrize("name", REFERENCES)
def test_what_can_be_read_is_searched_all_the_same(name):
    kind, request = REFERENCES[name]
    assert "4111" not in responded({**request, "instructions": f"pay with {CARD}"}, (kind,))


@pytest.mark.parametrize("name", REFERENCES)
def test_a_rule_whose_unknown_allows_lets_it_through(name):
    _, request = REFERENCES[name]
    rule = RULE.replace("then redact", "then redact\n unknown allow")
    assert name in responded(request, (), rule)


@pytest.mark.parametrize("name", REFERENCES)
def test_without_a_rule_on_the_text_nothing_is_asked(name):
    _, request = REFERENCES[name]
    assert name in responded(
        request, (), 'rule A-1 "x"\n on request\n when call.temperature > 1\n then deny\n unknown allow\n'
    )


@pytest.mark.parametrize(
    "request_", [{"previous_response_id": None}, {"conversation": None}, {"prompt": None}], ids=range(3)
)
def test_what_is_given_as_none_is_no_reference(request_):
    assert '"input": "x"' in responded({"model": "m", "input": "x", **request_}, ())
