"""What is guarded is a well-behaved object: it can be asked, shown and copied, and says clearly what it cannot do."""

from __future__ import annotations

import copy
import pickle

import anthropic
import openai
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from mcp import Client
from mcp.server.mcpserver import MCPServer

from policykit.errors import GuardError, UnguardedError
from policykit.guard.adapters._langchain_model import is_guarded_model
from policykit.guard.adapters._langchain_tool import is_guarded_tool
from policykit.guard.adapters._stream_objects import StreamedResponse
from policykit.guard.adapters._streaming_response import Answered, StreamingMethods
from tests.unit.guard.guards import guard_of

RULES = 'rule A-1 "a" owner boss on request when call.model is "m" then deny "no {call.model}"'


@tool
def ledger(invoice: str) -> str:
    """Look an invoice up."""
    return invoice


@pytest.fixture
def guard():
    return guard_of(RULES)


def asked(value: object, name: str) -> object:
    """Return whether an object has a member; where its library raises another error than that, its class."""
    try:
        return hasattr(value, name)
    except GuardError as ours:
        raise AssertionError(f"`hasattr` let {ours} through") from ours
    except Exception as theirs:  # noqa: BLE001 - some members of MCP's clients are there while they are connected
        return type(theirs)


BARE = {
    "openai": lambda: openai.OpenAI(api_key="k"),
    "openai, async": lambda: openai.AsyncOpenAI(api_key="k"),
    "anthropic": lambda: anthropic.Anthropic(api_key="k"),
    "mcp": lambda: Client(MCPServer("books")),
    "langchain model": lambda: ChatOpenAI(model="gpt-5-mini", api_key="k"),
    "langchain tool": lambda: ledger,
}


@pytest.fixture(params=BARE)
def pair(request, guard):
    bare = BARE[request.param]()
    return bare, guard.wrap(bare)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # members of pydantic's models that it will drop
def test_it_is_one_of_its_kind_and_can_be_asked_for_anything(pair):
    bare, guarded = pair
    assert isinstance(guarded, type(bare))
    members = [name for name in dir(bare) if not name.startswith("__")]
    for name in (*members, "no_such_member", "_private", "__dunder__", "embeddings", "completions"):
        assert asked(guarded, name) in {False, asked(bare, name)}
    assert not hasattr(guarded, "no_such_member")
    assert isinstance(repr(guarded), str)
    assert isinstance(dir(guarded), list)
    assert guarded == guarded  # noqa: PLR0124 - that it is equal to itself is what is asked


def test_a_copy_is_guarded_and_nothing_can_be_pickled(pair):
    _, guarded = pair
    if isinstance(guarded, ChatOpenAI):
        assert is_guarded_model(copy.copy(guarded))
        assert is_guarded_model(guarded.model_copy())
    elif is_guarded_tool(guarded):
        assert is_guarded_tool(copy.copy(guarded))
        assert is_guarded_tool(copy.deepcopy(guarded))
    else:
        assert copy.copy(guarded) is guarded
        assert copy.deepcopy(guarded) is guarded
    with pytest.raises(TypeError, match=r"a guarded client cannot be pickled .* wrap the client in each process"):
        pickle.dumps(guarded)


def test_an_empty_copy_of_a_guarded_client_has_no_members(guard):
    """Tools that copy make an empty object first, and look for members on it."""
    for make in (BARE["openai"], BARE["mcp"]):
        guarded = guard.wrap(make())
        kind = next(each for each in type.mro(type(guarded)) if each.__module__.startswith("policykit"))
        assert not hasattr(object.__new__(kind), "chat")


@pytest.mark.parametrize(
    "value",
    [
        StreamedResponse(lambda: None, None),
        StreamingMethods(lambda **_: None, is_async=False),
        Answered(object()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_stands_for_a_response_can_be_asked_for_anything(value):
    assert not hasattr(value, "text")
    assert getattr(value, "iter_lines", None) is None
    with pytest.raises(UnguardedError) as refused:
        _ = value.iter_bytes
    assert isinstance(refused.value, GuardError)
    assert refused.value.diagnostics[0].code == "PK357"


def test_a_guard_shows_its_policy(guard):
    assert repr(guard) == f"<Guard of {guard.policy!r}>"
