"""A marker in every member of a request that can hold a text: found, refused, or named in docs/guard.md.

The members come from the libraries' own annotations, so that what a later version adds is tried as well.
"""

import asyncio
import json
import re
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus

import anthropic
import httpx
import openai
import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages import content as blocks
from langchain_openai import ChatOpenAI
from mcp import Client
from mcp.server.mcpserver import MCPServer
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import ValidationError

from policykit.engine.load import load
from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Guard, GuardOptions
from tests.unit.guard.adapters.planting import planted
from tests.unit.guard.guards import CARD, HEAD
from tests.unit.guard.provider_server import Reply, completion, response, serving

RULES = HEAD.replace('tool ledger "the ledger"\n', "") + "".join(
    f'rule PII-{number} "x"\n on {phase}\n when call.text contains any of pii.card\n then redact\n'
    for number, phase in enumerate(("request", "tool input"), 1)
)
"""No declared tools: otherwise tools of the provider are refused before they are searched."""
DIGITS = re.compile(r"4\D{0,6}1\D{0,6}1\D{0,6}1")
DIGITS_ONLY = CARD.replace(" ", "")
ESCAPED = '{"note": "' + "".join(f"\\u{ord(each):04x}" for each in CARD) + '"}'
MESSAGE = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
PAGE = (Path(__file__).parents[4] / "docs" / "guard.md").read_text(encoding="utf-8")
EXEMPT = re.compile(r"^\| (`.*) \| all[:,]", re.MULTILINE)


def named_on_the_page():
    """The members of which docs/guard.md says that all of them is exempt."""
    section = PAGE.partition("## What of a request is searched")[2].partition("\n## ")[0]
    return {name for row in EXEMPT.findall(section) for name in re.findall(r"`([^`]+)`", row)}


@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "guarded.policy"
    path.write_text(RULES, encoding="utf-8")
    return Guard.of(load(path, cache=False), options=GuardOptions(unread=("files", "history", "prompts")))


def decoded(body):
    """A body with what stands in strings of JSON decoded once more."""
    raw = json.dumps(body, ensure_ascii=False)
    return raw + re.sub(r"\\+u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), raw)


def once(kind, marker):
    """What is planted, once for each member of each type and the type around it."""
    seen = set()
    for found in planted(kind, marker):
        place = (found.path, found.kinds[-2:])
        if place not in seen:
            seen.add(place)
            yield found


def leaks(provider, ask):
    """Whether the server gets the card; refused, or not sent by the library itself, is no leak."""
    provider.requests.clear()
    provider.headers.clear()
    try:
        ask()
    except (PolicyViolation, GuardError):
        assert provider.requests == []
        return False
    except Exception:  # noqa: BLE001 - the library refuses a value of its own type, before or after it sent it
        pass
    beside = [*provider.headers, *(unquote_plus(path) for path, _ in provider.requests)]
    return any(DIGITS.search(decoded(each)) for each in [*provider.requests, *beside])


OPERATIONS = {
    "chat": (CompletionCreateParamsNonStreaming, openai.OpenAI, completion()),
    "responses": (ResponseCreateParamsNonStreaming, openai.OpenAI, response()),
    "messages": (MessageCreateParamsNonStreaming, anthropic.Anthropic, Reply(MESSAGE)),
}


def create(client, name):
    return client.chat.completions.create if name == "chat" else getattr(client, name).create


def minimal_request(name):
    return {"responses": {"model": "m", "input": "x"}, "messages": {"model": "m", "max_tokens": 9, "messages": []}}.get(
        name, {"model": "m", "messages": []}
    )


@pytest.mark.parametrize(("name", "marker"), [*((name, CARD) for name in OPERATIONS), ("chat", ESCAPED)],
                         ids=[*OPERATIONS, "chat in escapes"])  # fmt: skip
def test_no_member_of_a_request_takes_a_card_out(guard, name, marker):
    kind, library, reply = OPERATIONS[name]
    out, tried = set(), 0
    with serving(reply) as provider, guard.wrap(library(base_url=provider.url, api_key="k", max_retries=0)) as client:
        for found in once(kind, marker):
            tried += 1
            if leaks(provider, lambda each=found: create(client, name)(**each.value)):
                out.add(re.split(r"[.\]}]+", found.path)[-1])
    assert out <= named_on_the_page()
    assert "model" in out  # what is named is exempt, and the server was reached
    assert tried > 50


BESIDE = [
    {"extra_headers": {"X-Note": CARD}},
    {"extra_headers": {CARD: "x"}},
    {"extra_query": {"note": CARD}},
    {"extra_query": {CARD: "x"}},
    {"extra_body": {"note": CARD}},
    {"extra_body": {"deep": [{CARD: 1}]}},
    {"extra_body": {"note": int(CARD.replace(" ", ""))}},
    {"extra_body": {"model_note": {"a": ESCAPED}}},
    {"extra_body": {"headers": {"Authorization": CARD}}},
    {"extra_body": {"notes": [{"headers": {"X-Token": CARD}}]}},
    {"extra_body": {"note": {"type": "url", "authorization_token": CARD}}},
    {"extra_body": {"notes": [{"signature": DIGITS_ONLY, "encrypted_content": DIGITS_ONLY}]}},
]


@pytest.mark.parametrize("more", BESIDE, ids=range(len(BESIDE)))
@pytest.mark.parametrize("name", OPERATIONS)
def test_nor_does_what_is_sent_beside_it(guard, name, more):
    _, library, reply = OPERATIONS[name]
    with serving(reply) as provider, guard.wrap(library(base_url=provider.url, api_key="k", max_retries=0)) as client:
        assert not leaks(provider, lambda: create(client, name)(**minimal_request(name), **more))


@pytest.mark.parametrize("name", OPERATIONS)
def test_credentials_and_ordinary_headers_arrive_as_they_are(guard, name):
    _, library, reply = OPERATIONS[name]
    headers = {"Authorization": f"Bearer {CARD}", "X-Title": "books"}
    with serving(reply) as provider, guard.wrap(library(base_url=provider.url, api_key="k", max_retries=0)) as client:
        create(client, name)(**minimal_request(name), extra_headers=headers)
        assert headers.items() <= {key.title(): each for key, each in provider.headers[-1].items()}.items()


WITH_EVERY_REQUEST = [
    {"default_headers": {"X-Note": CARD}},
    {"default_query": {"note": CARD}},
]
NAMES_WITH_EVERY_REQUEST = [{"default_headers": {f"X-{DIGITS_ONLY}": "x"}}, {"default_query": {CARD: "x"}}]


@pytest.mark.parametrize("more", WITH_EVERY_REQUEST, ids=range(len(WITH_EVERY_REQUEST)))
@pytest.mark.parametrize("is_late", [False, True], ids=["made with it", "with_options"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_nor_does_what_a_client_adds_to_every_request(guard, name, is_late, more):
    _, library, reply = OPERATIONS[name]
    with serving(reply) as provider:
        ways = {"base_url": provider.url, "api_key": "k", "max_retries": 0}
        wrapped = guard.wrap(library(**ways)).with_options(**more) if is_late else guard.wrap(library(**ways, **more))
        with wrapped as client:
            create(client, name)(**minimal_request(name))
        assert not DIGITS.search(f"{provider.headers[-1]} {unquote_plus(provider.requests[-1][0])}")
        assert "pii.card redacted" in f"{provider.headers[-1]} {unquote_plus(provider.requests[-1][0])}"


@pytest.mark.parametrize("more", NAMES_WITH_EVERY_REQUEST, ids=range(len(NAMES_WITH_EVERY_REQUEST)))
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_name_that_a_client_adds_to_every_request_cannot_be_changed_and_is_not_sent(guard, name, more):
    _, library, reply = OPERATIONS[name]
    with serving(reply) as provider, guard.wrap(library(base_url=provider.url, api_key="k", **more)) as client:
        with pytest.raises(PolicyViolation, match="cannot be changed"):
            create(client, name)(**minimal_request(name))
        assert provider.requests == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_ordinary_headers_of_a_client_and_credentials_of_servers_arrive_as_they_are(guard, name):
    _, library, reply = OPERATIONS[name]
    server = {"type": "url", "name": "books", "url": "https://books.example", "authorization_token": CARD}
    headers = {"type": "mcp", "server_label": "books", "authorization": CARD, "headers": {"X-Api-Key": CARD}}
    ways = {"default_headers": {"X-Title": "books", "X-Api-Token": CARD}, "default_query": {"v": "1"}}
    with serving(reply) as provider, guard.wrap(library(base_url=provider.url, api_key="k", **ways)) as client:
        create(client, name)(**minimal_request(name), tools=[headers], extra_body={"mcp_servers": [server]})
        sent, got = provider.last, {key.title(): each for key, each in provider.headers[-1].items()}
        assert (sent["mcp_servers"], sent["tools"]) == ([server], [headers])
        assert ways["default_headers"].items() <= got.items()
        assert provider.requests[-1][0].endswith("?v=1")


# --- LangChain --------------------------------------------------------------------------------------------------------

KINDS = sorted(each for each in vars(blocks) if each.endswith("ContentBlock") or each in {"Citation", "ToolCall"})
MESSAGES = [HumanMessage, SystemMessage, AIMessage, ToolMessage]


@contextmanager
def asking(provider, guard):
    """A model with connections of its own: the integration keeps some for all models, and drops those of other tests."""
    with httpx.Client() as own:
        ways = {"http_client": own, "http_async_client": httpx.AsyncClient()}
        yield guard.wrap(ChatOpenAI(model="m", base_url=provider.url, api_key="k", max_retries=0, **ways))


def sent_by_langchain():
    for kind in MESSAGES:
        for found in planted(kind, CARD):
            yield kind.__name__, found.path, found.value
    for name in KINDS:
        for found in planted(getattr(blocks, name), CARD):
            yield name, found.path, HumanMessage(content=[found.value])


def test_no_member_of_a_message_of_langchain_takes_a_card_out(guard):
    out, tried = [], 0
    with serving(completion()) as provider, asking(provider, guard) as model:
        for kind, path, message in sent_by_langchain():
            tried += 1
            if leaks(provider, lambda each=message: model.invoke([HumanMessage("hello"), each])):
                out.append((kind, path))
    assert out == []
    assert tried > 50


@pytest.mark.parametrize("more", [{"user": CARD}, {"metadata": {"a": CARD}}, {"stop": [CARD]}, *BESIDE],
                         ids=range(3 + len(BESIDE)))  # fmt: skip
def test_nor_does_what_is_passed_to_a_model_of_langchain(guard, more):
    with serving(completion()) as provider, asking(provider, guard) as model:
        assert not leaks(provider, lambda: model.invoke("hello", **more))


OWN = {"model_name", "openai_api_key", "openai_organization"}
"""Who asks whom: docs/frameworks.md says that these are not searched."""


@contextmanager
def made_with(provider, guard, **settings):
    """A model with connections of its own that was made with some settings; None where the library makes none."""
    with httpx.Client() as own:
        ways = {"base_url": provider.url, "api_key": "k", "max_retries": 0, "model": "m", "http_client": own}
        names = {field: alias.alias or field for field, alias in ChatOpenAI.model_fields.items()}
        ways |= {names[name]: value for name, value in settings.items()}
        try:
            bare = ChatOpenAI(**ways, http_async_client=httpx.AsyncClient())
        except (ValidationError, TypeError, ValueError, AttributeError):
            yield None
            return
        yield guard.wrap(bare)


def test_nor_does_what_a_model_of_langchain_was_made_with(guard):
    others = {
        *BaseChatModel.model_fields,
        "openai_proxy",
        "openai_api_base",
        "request_timeout",
    }  # the rest says how it is reached
    fields = [name for name in ChatOpenAI.model_fields if name not in others and not name.startswith("http_")]
    out, sent = set(), set()
    with serving(completion()) as provider:
        for name in fields:
            for value in (CARD, [CARD], {"X-Note": CARD}, [{"X-Note": CARD}], {"extra_headers": {"X-Note": CARD}}):
                with made_with(provider, guard, **{name: value}) as model:
                    if model is None:
                        continue
                    if leaks(provider, lambda found=model: found.invoke("hello")):
                        out.add(name)
                    if "redacted" in f"{provider.requests} {provider.headers}":
                        sent.add(name)
    assert out <= OWN
    assert sent >= {"model_kwargs", "extra_body", "stop", "default_query"}


def test_what_a_model_of_langchain_was_made_with_replaces_nothing_that_was_checked(guard):
    with serving(completion()) as provider:
        for settings in ({"extra_body": {"messages": []}}, {"model_kwargs": {"messages": []}}):
            with made_with(provider, guard, **settings) as model, pytest.raises(GuardError) as caught:
                model.invoke("hello")
            assert caught.value.diagnostics[0].code == "PK358"
        assert provider.requests == []


def test_ordinary_settings_of_a_model_of_langchain_arrive_as_they_are(guard):
    settings = {
        "model_kwargs": {"user": "u-1", "extra_headers": {"Authorization": f"Bearer {CARD}"}},
        "extra_body": {"top_k": 3},
        "default_headers": {"X-Title": "books", "X-Api-Key": CARD},
        "default_query": {"v": "1"},
        "stop": ["END"],
    }
    with serving(completion()) as provider, made_with(provider, guard, **settings) as model:
        model.invoke("hello")
        got = {key.title(): each for key, each in provider.headers[-1].items()}
        assert (provider.last["user"], provider.last["top_k"], provider.last["stop"]) == ("u-1", 3, ["END"])
        assert (got["X-Title"], got["X-Api-Key"], got["Authorization"]) == ("books", CARD, f"Bearer {CARD}")
        assert provider.requests[-1][0].endswith("?v=1")


# --- MCP --------------------------------------------------------------------------------------------------------------

SENT = [
    {"arguments": {"said": {"a": CARD}}},
    {"arguments": {"said": {CARD: 1}}},
    {"arguments": {"said": {"a": int(CARD.replace(" ", ""))}}},
    {"arguments": {"said": {"a": [ESCAPED]}}},
    {"arguments": {"said": {"a": f"see {ESCAPED}"}}},
    {"arguments": {"said": {"a": 1}}, "meta": {"note": CARD}},
    {"arguments": {"said": {"a": 1}}, "meta": {CARD: "note"}},
]


@pytest.mark.parametrize("call", SENT, ids=range(len(SENT)))
def test_no_argument_of_a_tool_of_mcp_takes_a_card_out(guard, call):
    server, heard = MCPServer("books"), []

    @server.tool()
    def ledger(said: dict[str, object], context=None) -> str:
        """Look an invoice up."""
        heard.append(json.dumps(said))
        return "done"

    async def use():
        async with guard.wrap(Client(server)) as client:
            return await client.call_tool("ledger", **call)

    asyncio.run(use())
    assert len(heard) == 1
    assert not DIGITS.search(decoded(heard))
