"""A tool that an agent's model asks for and the policy does not declare: refused, on record, and never run."""

import asyncio
import json

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from policykit.errors import PolicyViolation
from policykit.guard.langchain import GuardMiddleware
from tests.unit.guard.guards import ListTrail, guard_of
from tests.unit.guard.provider_server import completion, serving

pytestmark = [  # integrations keep their connections until Python ends
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
RULE = 'rule WORD-1 "x"\n on tool input\n when call.text contains any of "stop"\n then deny\n'
ASKED = {"id": "t1", "type": "function", "function": {"name": "wipe", "arguments": '{"what": "all"}'}}


def tool_of(seen):
    @tool
    def wipe(what: str) -> str:
        """Wipe."""
        seen.append(what)
        return "wiped"

    return wipe


def parsed(members):
    return json.loads("{" + members + "}")


def run(agent, *, is_async):
    asked = {"messages": [HumanMessage("hello")]}
    return asyncio.run(agent.ainvoke(asked)) if is_async else agent.invoke(asked)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("is_there", [False, True], ids=["made up", "of the agent"])
@pytest.mark.parametrize("on_deny", ["raise", "message"])
def test_a_tool_that_the_policy_does_not_declare_is_refused_on_record(is_async, is_there, on_deny):
    seen, trail = [], ListTrail()
    with (
        serving(completion(None, tool_calls=[ASKED]), completion("I may not")) as provider,
        guard_of(RULE, trail=trail) as guard,
    ):
        model = ChatOpenAI(model="m", base_url=provider.url, api_key="k", max_retries=0)
        middleware = GuardMiddleware(guard, on_deny=on_deny)
        agent = create_agent(model, [tool_of(seen)] if is_there else [other], middleware=[middleware])
        if on_deny == "raise":
            with pytest.raises(PolicyViolation, match="the policy has no tool `wipe`") as caught:
                run(agent, is_async=is_async)
            assert caught.value.reason == "undeclared-tool"
        else:
            run(agent, is_async=is_async)
            assert "Refused by policy: the policy has no tool `wipe`" in str(provider.last)
    assert seen == []
    found = [each for each in map(parsed, trail.of_type("decision")) if each.get("tool") == "wipe"]
    assert [(each["phase"], each["refused"], each["reason"]) for each in found] == [
        ("tool input", True, "undeclared-tool")
    ]
    assert found[0]["arguments"].startswith("sha256:")


@tool("ledger")
def other(what: str) -> str:
    """Look up."""
    return what
