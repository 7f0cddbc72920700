"""What of MCP's messages is text: JSON and escapes decoded, files by their bytes, the protocol's words by their member."""

import asyncio
import base64
import json

import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    CreateMessageResult,
    EmbeddedResource,
    GetPromptResult,
    Icon,
    ImageContent,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    ReadResourceResult,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from policykit.errors import PolicyViolation
from policykit.guard.adapters.mcp.text import texts_of, with_texts
from tests.unit.guard.adapters.planting import planted
from tests.unit.guard.guards import CARD, guard_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PDF = b"%PDF-1.7\n" + bytes(range(128, 200))


def packed(data):
    return base64.b64encode(data).decode()


def blob(data, mime):
    return EmbeddedResource(resource=BlobResourceContents(uri="books://a", blob=packed(data), mime_type=mime))


def escaped(text):
    return "".join(f"\\u{ord(each):04x}" for each in text)


def redacted(value):
    """The value with every card taken out, where one is found."""
    return with_texts(value, [each.replace(CARD, "gone") for each in texts_of(value)])


def test_json_in_a_text_is_read_decoded_and_stays_json():
    raw = '{"note": "' + escaped(CARD) + '", "left": [1, "two"]}'
    now = redacted(TextContent(text=raw)).text
    assert json.loads(now) == {"note": "gone", "left": [1, "two"]}


@pytest.mark.parametrize("text", ["plain", '{"a": 1}', 'see {"a": "b"} there', "\\u0041", '"quoted"', "[1, 2]", ""])
def test_what_has_nothing_to_take_out_is_handed_on_letter_by_letter(text):
    value = CallToolResult(content=[TextContent(text=text)], structured_content={"a": text})
    assert redacted(value) == value


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mime", ["text/csv", "application/octet-stream", "image/png", None])
def test_a_file_that_is_text_is_searched_whatever_it_is_said_to_be(charset, mime):
    found = redacted(blob(f"name,card\nann,{CARD}\n".encode(charset), mime))
    assert base64.b64decode(found.resource.blob).decode(charset) == "name,card\nann,gone\n"


def test_a_file_in_latin_letters_is_searched_where_it_is_said_to_be_text():
    found = redacted(blob(f"Bücher {CARD}".encode("latin-1"), "text/plain"))
    assert base64.b64decode(found.resource.blob).decode("latin-1") == "Bücher gone"


@pytest.mark.parametrize("kind", [ImageContent, AudioContent])
def test_text_in_the_place_of_a_picture_or_a_recording_is_searched(kind):
    mime = "image/png" if kind is ImageContent else "audio/wav"
    found = redacted(kind(data=packed(f"the card {CARD}, again and again".encode()), mime_type=mime))
    assert base64.b64decode(found.data) == b"the card gone, again and again"


@pytest.mark.parametrize(
    "value",
    [
        blob(PNG, "image/png"),
        ImageContent(data=packed(PNG), mime_type="image/png"),
        AudioContent(data=packed(b"RIFF\xff\xfe\x00\x00WAVE" + PNG), mime_type="audio/wav"),
        Icon(src=f"data:image/png;base64,{packed(PNG)}"),
        ResourceLink(name="a", uri="https://example.com/a", mime_type="application/vnd.acme.books+json"),
    ],
    ids=["blob", "image", "sound", "icon", "link"],
)
def test_pictures_sound_and_addresses_are_handed_on(value):
    assert redacted(value) == value


@pytest.mark.parametrize(
    "value",
    [
        blob(PDF, "application/pdf"),
        blob(PDF, "image/png"),
        BlobResourceContents(uri="books://a", blob="no base64!"),
        ResourceLink(name="a", uri=f"data:application/pdf;base64,{packed(PDF)}"),
    ],
    ids=["document", "document said to be a picture", "no base64", "data address"],
)
def test_what_is_neither_text_nor_media_is_not_understood(value):
    with pytest.raises(ValueError, match="file"):
        texts_of(value)


def test_a_data_address_is_searched_decoded():
    link = ResourceLink(name="a", uri=f"data:text/plain;base64,{packed(f'the card {CARD}'.encode())}")
    assert redacted(link).uri == f"data:text/plain;base64,{packed(b'the card gone')}"


@pytest.mark.parametrize("value", ["text/plain", "application/json", "image/png; charset=utf-8"])
def test_a_media_type_is_a_word_of_the_protocol(value):
    assert texts_of(TextResourceContents(uri="books://a", text="x", mime_type=value)) == ("books://a", "x")


def test_a_media_type_that_there_is_not_is_text():
    assert CARD in texts_of(TextResourceContents(uri="books://a", text="x", mime_type=CARD))


NOT_SEARCHED = ("next_cursor", "request_state")
"""Members that docs/guard.md names."""


RESULTS = [
    CallToolResult,
    CreateMessageResult,
    GetPromptResult,
    ReadResourceResult,
    ListToolsResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
]


def as_sent(kind, marker):
    """What a server can send with a marker in one place; what the library takes for none of its own is left out."""
    for each in planted(kind, marker):
        try:
            yield each.path, kind.model_validate(each.value.model_dump(by_alias=True, warnings=False))
        except ValueError:
            continue


@pytest.mark.parametrize("kind", RESULTS, ids=lambda kind: kind.__name__)
def test_a_marker_in_any_member_is_found_and_taken_out_or_refused(kind):
    out, tried = [], 0
    for path, value in as_sent(kind, CARD):
        tried += 1
        try:
            now = redacted(value)
        except ValueError:  # not understood
            continue
        if CARD in str(now) and not path.endswith(NOT_SEARCHED):
            out.append(path)
    assert out == []
    assert tried > 10


async def handed_out(values):
    """What a guarded client hands out of each result that a tool gives; nothing where it is refused."""
    server, given = MCPServer("books"), iter(values)

    @server.tool()
    def ledger() -> CallToolResult:
        """Look up."""
        return next(given)

    rule = 'rule PII-1 "x"\n on tool output\n when call.text contains any of pii.card\n then redact\n'
    async with guard_of(rule).wrap(Client(server)) as client:
        for _ in values:
            try:
                yield await client.call_tool("ledger", {})
            except PolicyViolation:
                yield None


def test_no_member_of_a_result_of_a_server_hands_out_a_card():
    sent = list(as_sent(CallToolResult, CARD))

    async def given():
        return [each async for each in handed_out([value for _, value in sent])]

    found = asyncio.run(given())
    pairs = zip([path for path, _ in sent], found, strict=True)
    assert [path for path, now in pairs if CARD in str(now) and not path.endswith(NOT_SEARCHED)] == []
    assert len([now for now in found if now is not None and "pii.card redacted" in str(now)]) > 10


async def answered(text):
    server = MCPServer("books")

    @server.tool()
    def ledger(invoice: str) -> str:
        """Look an invoice up."""
        return text

    rule = 'rule PII-1 "x"\n on tool output\n when call.text contains any of pii.card\n then {}\n'
    cleaned, refused = guard_of(rule.format("redact")), guard_of(rule.format('deny "no cards"'))
    async with cleaned.wrap(Client(server), unknown=["invoice.id"]) as client:
        found = (await client.call_tool("ledger", {"invoice": "R-1"})).content[0].text
    async with refused.wrap(Client(server), unknown=["invoice.id"]) as client:
        with pytest.raises(PolicyViolation, match="no cards"):
            await client.call_tool("ledger", {"invoice": "R-1"})
    return found


def test_rules_see_what_a_tool_says_in_escapes():
    found = asyncio.run(answered(json.dumps({"by": "card", "note": "N"}).replace('"N"', f'"{escaped(CARD)}"')))
    assert json.loads(found) == {"by": "card", "note": "[pii.card redacted]"}
