"""Laws of the helps about clients: what they say to do is done to the letter, and the call is answered, guarded."""

import asyncio
import re

import httpx
import openai
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.messages import SystemMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from mcp import Client
from mcp_types import CreateMessageResult, TextContent
from pydantic import BaseModel

from policykit.errors import GuardError
from policykit.guard import MCP_MESSAGES as MESSAGES
from policykit.guard import Argument
from tests.helps import told
from tests.unit.guard.adapters.test_mcp import BOTH, OUT, calling, server, using
from tests.unit.guard.guards import guard_of
from tests.unit.guard.provider_server import chunks, completion, serving

pytestmark = [  # integrations keep their connections until Python ends
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WORD = 'rule WORD-1 "x"\n on request\n when call.text contains any of "stop"\n then deny\n'
HELLO = [{"role": "user", "content": "hello"}]


def help_of(make):
    with pytest.raises(GuardError) as raised:
        make()
    return raised.value.diagnostics[0].help


def bare(provider):
    return openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0)


def create(client, **more):
    return client.chat.completions.create(**{"model": "m", "messages": HELLO, **more})


# --- clients of providers ---------------------------------------------------------------------------------------------


def test_what_is_not_guarded_is_asked_of_the_client_itself():
    with serving(completion()) as provider, bare(provider) as own:
        help_ = help_of(lambda: guard_of(WORD).wrap(own).embeddings)
        told(help_, "guard/adapters/shared/client.py: use the client itself, unguarded, for it")
        assert own.embeddings


def test_the_method_itself_is_called_in_place_of_its_raw_response():
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: client.chat.completions.with_raw_response)
        told(
            help_,
            "guard/adapters/shared/client.py: call the method itself: a raw response holds text that was not checked",
        )
        assert create(client).choices[0].message.content == "hi"


def test_a_member_is_set_before_the_client_is_wrapped():
    with serving(completion()) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: setattr(client, "max_retries", 3))
        told(help_, "guard/adapters/shared/client.py: set it on the client itself, before it is wrapped")
        own.max_retries = 3
        assert guard_of(WORD).wrap(own).max_retries == 3


@pytest.mark.parametrize(("name", "value"), [("messages", HELLO), ("temperature", 0.5), ("model", "m")])
def test_what_stood_in_a_body_of_ones_own_is_passed_as_an_argument(name, value):
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: create(client, extra_body={name: value}))
        (argument,) = told(help_, "guard/adapters/shared/request.py: pass `{}` as an argument")
        assert create(client, **{argument: value}).choices[0].message.content == "hi"
        assert provider.last[name] == value


def test_what_the_operation_does_not_take_is_left_out():
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: create(client, extra_body={"system": "be brief"}))
        told(help_, "guard/adapters/shared/request.py: leave it out: this operation has no such argument")
        assert create(client, extra_body={}).choices[0].message.content == "hi"


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_what_lies_deeper_is_passed_as_a_text_of_json():
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: create(client, extra_body={"metadata": nested(40)}))
        told(help_, "guard/adapters/shared/values/own.py: pass what lies deeper as a text of JSON")
        assert create(client, extra_body={"metadata": str(nested(40)).replace("'", '"')})


def test_a_stream_is_read_itself():
    with serving(chunks("one ", "two")) as provider, bare(provider) as own:
        stream = create(guard_of(WORD).wrap(own), stream=True)
        told(
            help_of(lambda: stream.response.iter_lines),
            "guard/adapters/shared/streams/stream_objects.py: read the stream itself",
        )
        assert "".join(each.choices[0].delta.content or "" for each in stream if each.choices) == "one two"


def test_a_streaming_response_is_parsed():
    with serving(completion("hi")) as provider, bare(provider) as own:
        opening = guard_of(WORD).wrap(own).chat.completions.with_streaming_response
        with opening.create(model="m", messages=HELLO) as answered:
            told(
                help_of(lambda: answered.iter_bytes),
                "guard/adapters/shared/streams/streaming_response.py: use `parse()`: the content as it came was not checked",
            )
            assert answered.parse().choices[0].message.content == "hi"


def test_a_method_without_a_streaming_response_is_called_itself():
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: client.chat.completions.with_streaming_response.parse)
        told(help_, "guard/adapters/shared/streams/streaming_response.py: call the method itself")
        assert client.chat.completions.parse(model="m", messages=HELLO)


class Said(BaseModel):
    word: str


def test_a_helper_that_is_not_known_gives_way_to_create():
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own)
        help_ = help_of(lambda: client.responses.parse(model="m", input="hello", text_format=Said, stream=True))
        told(help_, "guard/adapters/shared/helpers.py: use `create`, or a version of the library that is known")
        assert create(client).choices[0].message.content == "hi"


@pytest.mark.parametrize("mend", ["declare", "leave out"])
def test_a_tool_of_the_provider_is_declared_as_the_help_writes_it_or_left_out(mend):
    tools = [{"type": "web_search"}]
    with serving(completion("hi")) as provider, bare(provider) as own:
        help_ = help_of(lambda: create(guard_of(WORD).wrap(own, provider="vllm"), tools=tools))
        told(
            help_,
            'guard/adapters/shared/client_binding.py: declare it in the policy (`tool {} "..."`), or leave it out',
        )
        (line,) = re.findall("`([^`]+)`", help_)
        rules, tools = (f"{line}\n{WORD}", tools) if mend == "declare" else (WORD, [])
        assert create(guard_of(rules).wrap(own, provider="vllm"), tools=tools).choices[0].message.content == "hi"


def test_a_tool_of_the_provider_that_no_policy_can_name_is_left_out():
    tools = [{"type": "mcp", "server_label": "Books & more"}]
    with serving(completion("hi")) as provider, bare(provider) as own:
        client = guard_of(WORD).wrap(own, provider="vllm")
        help_ = help_of(lambda: create(client, tools=tools))
        told(help_, "guard/adapters/shared/client_binding.py: leave it out: no policy can declare a tool of this name")
        assert create(client).choices[0].message.content == "hi"


# --- LangChain --------------------------------------------------------------------------------------------------------


def model_of(provider, own, guard, **settings):
    ways = {"base_url": provider.url, "api_key": "k", "max_retries": 0, "http_client": own, "model": "m", **settings}
    return guard.wrap(ChatOpenAI(**ways, http_async_client=httpx.AsyncClient()))


@tool
def ledger(key: str) -> str:
    """Look something up."""
    return key


BODIES = [
    ("messages", HELLO, "guard/adapters/langchain/binding.py: pass it as the model's input", lambda model: model.invoke("hello")),
    ("system", "be brief", "guard/adapters/langchain/binding.py: pass it as a system message of the model's input",
     lambda model: model.invoke([SystemMessage("be brief"), "hello"])),
    ("tools", [], "guard/adapters/langchain/binding.py: hand them to the model with `bind_tools`", lambda model: model.bind_tools([ledger]).invoke("hello")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "form", "mended"), BODIES)
def test_what_a_body_of_langchain_held_is_passed_where_the_help_says(name, value, form, mended):
    with serving(completion("hi")) as provider, httpx.Client() as own:
        model = model_of(provider, own, guard_of(WORD), extra_body={name: value})
        told(help_of(lambda: model.invoke("hello")), form)
        assert mended(model_of(provider, own, guard_of(WORD))).content == "hi"
        assert value in ([], "be brief") or provider.last[name] == value


def test_another_model_of_langchain_is_named_where_it_is_made():
    with serving(completion("hi")) as provider, httpx.Client() as own:
        model = model_of(provider, own, guard_of(WORD), extra_body={"model": "other"})
        told(
            help_of(lambda: model.invoke("hello")),
            "guard/adapters/langchain/binding.py: name it where the model is made",
        )
        assert model_of(provider, own, guard_of(WORD), model="other").invoke("hello").content == "hi"
        assert provider.last["model"] == "other"


def test_a_model_of_langchain_is_wrapped_without_its_cache():
    with serving(completion("hi")) as provider, httpx.Client() as own:
        help_ = help_of(lambda: model_of(provider, own, guard_of(WORD), cache=InMemoryCache()))
        told(help_, "guard/adapters/langchain/model.py: wrap a model without `cache`")
        assert model_of(provider, own, guard_of(WORD)).invoke("hello").content == "hi"


# --- MCP --------------------------------------------------------------------------------------------------------------


def test_arguments_of_a_tool_are_texts_numbers_lists_and_objects():
    help_ = help_of(lambda: calling(guard_of(BOTH), "echo", {"said": {"it": object()}}))
    told(help_, "guard/adapters/mcp/binding.py: pass texts, numbers, lists and objects")
    said = {"a": "b", "c": [1, 2.5], "d": {"e": None}}
    assert calling(guard_of(BOTH), "echo", {"said": said}).structured_content == said


def test_half_a_result_is_left_to_a_client_that_answers_by_itself():
    half = {"allow_input_required": True}
    help_ = help_of(
        lambda: using(guard_of(BOTH), lambda client: client.call_tool("echo", {"said": {}}, **half)),
    )
    told(help_, "guard/adapters/mcp/client.py: wrap a `Client`, which answers by itself")
    assert using(guard_of(BOTH), lambda client: client.call_tool("echo", {"said": {}})).structured_content == {}


def test_instructions_are_known_to_a_client_that_is_wrapped_before_it_connects():
    async def late():
        async with Client(server) as client:
            return help_of(lambda: guard_of(OUT).wrap(client).instructions)

    told(asyncio.run(late()), "guard/adapters/mcp/client.py: wrap the client before it connects")

    async def early():
        async with guard_of(OUT).wrap(Client(server)) as client:
            return client.instructions

    assert asyncio.run(early()) == server.instructions


def test_a_sampling_callback_is_guarded_as_the_help_shows():
    async def sample(context, params):
        return CreateMessageResult(role="assistant", content=TextContent(text="brief"), model="m-1")

    help_ = help_of(lambda: guard_of(OUT).wrap(Client(server, sampling_callback=sample)))
    told(help_, "guard/adapters/mcp/client.py: put `@guard.call(...)` on the callback")
    guard = guard_of(OUT)
    guarded = guard.call({"call.text": Argument("params", MESSAGES)}, returns={})(sample)
    assert guard.wrap(Client(server, sampling_callback=guarded))
