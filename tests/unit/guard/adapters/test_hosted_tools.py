"""Tools that the provider runs: which of them requests hand out is part of what is covered, on record."""

import json
import tempfile
from pathlib import Path

import anthropic
import openai
import pytest
from langchain_openai import ChatOpenAI

from policykit.engine.load import load
from policykit.errors import GuardError
from policykit.guard import Guard
from policykit.guard.state.hosted import MAX_HOSTED
from policykit.trail.entries.names import NOT_A_NAME
from tests.unit.guard.guards import HEAD, ListTrail, guard_of
from tests.unit.guard.provider_server import completion, message, response, serving

pytestmark = [  # integrations keep their connections until Python ends
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
RULE = 'tool web_search "the web"\nrule WORD-1 "x"\n on request\n when call.text contains any of "stop"\n then deny\n'
SEARCH = {"type": "web_search"}
OURS = {"type": "function", "name": "ledger", "function": {"name": "ledger", "parameters": {}}}


def openai_of(guard, provider):
    return guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))


def chat(guard, provider):
    client = openai_of(guard, provider)
    return lambda tools: client.chat.completions.create(model="m", messages=[], tools=tools)


def responses(guard, provider):
    client = openai_of(guard, provider)
    return lambda tools: client.responses.create(model="m", input="x", tools=tools)


def messages(guard, provider):
    client = guard.wrap(anthropic.Anthropic(base_url=provider.url, api_key="k", max_retries=0))

    def ask(tools):
        named = [{**each, "name": "web_search"} if each is SEARCH else each for each in tools]
        client.messages.create(model="m", max_tokens=9, messages=[], tools=named)

    return ask


def langchain_model(guard, provider, **more):
    return guard.wrap(ChatOpenAI(model="m", base_url=provider.url, api_key="k", max_retries=0, **more))


def langchain(guard, provider):
    model = langchain_model(guard, provider, use_responses_api=False)
    return lambda tools: model.bind(tools=tools).invoke("hello")


WAYS = {"chat": (chat, completion), "responses": (responses, response), "messages": (messages, message),
        "langchain": (langchain, completion)}  # fmt: skip


def guard_without_tools(trail):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guarded.policy"
        rules = HEAD.replace('tool ledger "the ledger"\n', "") + RULE.partition("\n")[2]
        path.write_text(rules, encoding="utf-8")
        return Guard.of(load(path, cache=False), trail=trail)


def recorded(trail):
    return [json.loads("{" + members + "}").get("hosted") for members in trail.of_type("coverage")]


@pytest.mark.parametrize("name", WAYS)
def test_a_hosted_tool_is_recorded_as_covered_when_it_is_first_handed_out(name):
    ask, reply = WAYS[name]
    trail = ListTrail()
    with serving(reply()) as provider, guard_of(RULE, trail=trail) as guard:
        asking = ask(guard, provider)
        asking([OURS])
        guard.start()
        guard.flush()
        assert (guard.coverage.hosted, recorded(trail)) == ((), [None])
        for _ in range(2):
            asking([OURS, SEARCH])
        assert guard.coverage.hosted == ("web_search",)
        guard.flush()
        found = recorded(trail)
    assert found == [None, ["web_search"]]


def test_one_that_the_policy_does_not_declare_is_refused_and_not_covered():
    with serving(completion()) as provider, guard_of(RULE) as guard:
        with pytest.raises(GuardError):
            chat(guard, provider)([SEARCH, {"type": "code_interpreter"}])
        assert guard.coverage.hosted == ()


@pytest.mark.parametrize("settings", [{"model_kwargs": {"tools": [{"type": "code_interpreter"}]}},
                                      {"extra_body": {"web_search_options": {}, "plugins": [{"id": "files"}]}}],
                         ids=["model_kwargs", "extra_body"])  # fmt: skip
def test_one_that_a_model_of_langchain_was_made_with_is_refused_as_well(settings):
    with serving(completion()) as provider, guard_of(RULE) as guard:
        with pytest.raises(GuardError) as caught:
            langchain_model(guard, provider, use_responses_api=False, **settings).invoke("hello")
        assert caught.value.diagnostics[0].code == "PK392"
        assert provider.requests == []


def test_labels_that_are_no_names_are_digests_and_no_more_than_a_thousand_are_kept():
    trail = ListTrail()
    with serving(response()) as provider, guard_without_tools(trail) as guard:
        guard.start()
        asking = responses(guard, provider)
        asking([{"type": "mcp", "server_label": "ann's letters"}])
        more = [{"type": "mcp", "server_label": f"s{number}"} for number in range(MAX_HOSTED + 5)]
        asking(more)
        assert len(guard.coverage.hosted) == MAX_HOSTED
        guard.flush()
    assert "letters" not in str(trail.of_type("coverage"))
    assert recorded(trail)[-1][0].endswith(NOT_A_NAME)
