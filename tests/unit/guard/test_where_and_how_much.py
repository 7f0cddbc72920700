"""Who answers a call, what it can cost at most, which tools the provider runs, and an approval for each call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Answer, Stores
from policykit.guard.adapters.shared.beyond import beyond
from policykit.guard.adapters.shared.hosted import hosted_tools
from policykit.guard.adapters.shared.provider import placed, provider_at
from policykit.pricing.beyond import Beyond
from tests.unit.guard.guards import guard_of
from tests.unit.guard.provider_server import completion, serving

ONLY = 'rule P-1 "x"\n on request\n when call.provider is not "openai"\n then deny "provider"\n'
TEXT = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://api.openai.com/v1/", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://API.OPENAI.COM:443/v1", "openai"),
        ("http://api.openai.com/v1", None),
        ("https://api.openai.com:8443/v1", None),
        ("https://api.openai.com.evil.example/v1", None),
        ("https://evil.example/api.openai.com", None),
        ("https://api.openai.com@evil.example/v1", None),
        ("http://localhost:8000/v1", None),
        ("https://acme.openai.azure.com/openai", "azure"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "bedrock"),
        ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "bedrock"),
        ("https://bedrock-runtime.s3.amazonaws.com", None),
        ("https://bedrock-runtime.eu-west-1.s3.amazonaws.com", None),
        ("https://bedrock-runtime.x.amazonaws.com", None),
        ("https://europe-west1-aiplatform.googleapis.com/v1", "vertex_ai"),
        ("https://[broken", None),
        (None, None),
    ],
)
def test_a_provider_is_who_is_at_the_address(address, provider):
    assert provider_at(address) == provider


def test_a_library_s_word_for_a_provider_holds_where_it_can_be_that_provider():
    assert placed("openai", None) == "openai"
    assert placed("openai", "http://localhost/v1") is None
    assert placed("openai", "https://api.groq.com/openai/v1") == "groq"
    assert placed("hosted_vllm", "http://localhost/v1") == "hosted_vllm"


def test_a_rule_on_providers_sees_where_a_call_goes_through_copies_too():
    with serving(completion()) as server:
        guard = guard_of(ONLY)
        bare = openai.OpenAI(base_url=server.url, api_key="k", max_retries=0)
        for client in (guard.wrap(bare), guard.wrap(openai.OpenAI(api_key="k")).with_options(base_url=server.url)):
            with pytest.raises(PolicyViolation):
                client.chat.completions.create(**TEXT)
        assert server.requests == []
        known = guard.wrap(bare, provider="openai")  # the application says who is behind its gateway
        assert known.with_options(timeout=5).chat.completions.create(**TEXT).choices
        with pytest.raises(PolicyViolation):
            known.with_options(base_url=f"{server.url}/x").chat.completions.create(**TEXT)


def test_other_models_in_the_body_make_the_model_unknown():
    with serving(completion()) as server:
        guard = guard_of('rule M-1 "x"\n on request\n when call.model is not "m"\n then deny "model"\n')
        create = guard.wrap(openai.OpenAI(base_url=server.url, api_key="k", max_retries=0)).chat.completions.create
        for body in ({"models": ["other"]}, {"preset": "p"}, {"models": ["m", "other"]}):
            with pytest.raises(PolicyViolation):
                create(**TEXT, extra_body=body)
        assert server.requests == []
        assert create(**TEXT, extra_body={"models": ["m"]}).choices


def asked_with(*parts: dict) -> dict:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, *parts]}]}


@pytest.mark.parametrize(
    ("more", "reach"),
    [
        ({}, Beyond.NOTHING),
        ({"temperature": 1, "n": 3, "user": "u", "service_tier": "flex", "tools": [], "text": None}, Beyond.NOTHING),
        ({"service_tier": "default", "response_format": {"type": "json_object"}}, Beyond.NOTHING),
        ({"text": {"verbosity": "low"}, "extra_body": {"top_k": 3}}, Beyond.NOTHING),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, Beyond.DECLARED),
        ({"response_format": {"type": "json_schema"}}, Beyond.DECLARED),
        ({"text": {"format": {"type": "json_schema"}}}, Beyond.DECLARED),
        (asked_with({"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}), Beyond.DECLARED),
        (asked_with({"type": "input_image", "file_id": "file-1"}), Beyond.CONTEXT),
        (asked_with({"type": "file", "file": {"file_id": "file-1"}}), Beyond.CONTEXT),
        (asked_with({"type": "document", "source": {"type": "base64"}}), Beyond.CONTEXT),
        (asked_with({"type": "document", "source": {"type": "text", "data": "x"}}), Beyond.NOTHING),
        (asked_with({"type": "input_audio"}), Beyond.CONTEXT),
        (asked_with({"type": "tool_result", "content": [{"type": "document"}]}), Beyond.CONTEXT),
        ({"input": [{"type": "item_reference", "id": "i"}]}, Beyond.CONTEXT),
        ({"previous_response_id": "r"}, Beyond.CONTEXT),
        ({"conversation": "c"}, Beyond.CONTEXT),
        ({"prompt": {"id": "p"}}, Beyond.CONTEXT),
        ({"extra_body": {"previous_response_id": "r"}}, Beyond.CONTEXT),
        ({"service_tier": "priority"}, Beyond.ANYTHING),
        ({"extra_body": {"service_tier": "priority"}}, Beyond.ANYTHING),
        ({"tools": [{"type": "web_search"}]}, Beyond.ANYTHING),
        ({"web_search_options": {"search_context_size": "low"}}, Beyond.ANYTHING),
        ({"prediction": {"type": "content", "content": "x"}}, Beyond.ANYTHING),
        ({"speed": "fast"}, Beyond.ANYTHING),
        ({"not_known": 1}, Beyond.ANYTHING),
    ],
)
def test_what_goes_beyond_the_text_is_bounded_by_the_context_or_unknown(more, reach):
    assert beyond({**TEXT, **more}) is reach


@pytest.mark.parametrize(
    ("tool", "names"),
    [
        ({"type": "function", "function": {"name": "f"}}, ()),
        ({"name": "f", "input_schema": {}}, ()),
        ({"type": "custom", "name": "f"}, ()),
        ({"type": "bash_20250124", "name": "bash"}, ()),
        ({"type": "mcp", "server_label": "books", "server_url": "https://x.example"}, ("books",)),
        ({"type": "web_search_20250305", "name": "web_search"}, ("web_search",)),
        ({"type": "code_interpreter"}, ("code_interpreter",)),
        ({"type": "tomorrow"}, ("tomorrow",)),
    ],
)
def test_a_tool_of_the_provider_has_the_name_that_identifies_it(tool, names):
    assert hosted_tools({"tools": [tool]}) == names


def test_a_policy_with_tools_knows_no_others_at_the_provider_either():
    with serving(completion()) as server:
        create = guard_of(ONLY.replace("is not", "is")).wrap(
            openai.OpenAI(base_url=server.url, api_key="k", max_retries=0), provider="vllm"
        ).chat.completions.create  # fmt: skip
        with pytest.raises(GuardError, match="PK392"):
            create(**TEXT, tools=[{"type": "mcp", "server_label": "books"}])
        assert server.requests == []
        create(**TEXT, tools=[{"type": "mcp", "server_label": "ledger"}])  # declared
        create(**TEXT, tools=[{"type": "function", "function": {"name": "anything"}}])  # the application runs it


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("guards", [1, 2])
def test_each_of_equal_parallel_calls_has_an_approval_of_its_own(kind, guards, tmp_path):
    rules = 'rule H-1 "x"\n on request\n when call.text contains any of "pay"\n'
    rules += " then ask duty, answer within 10 minutes, otherwise deny\n"
    stores = Stores.in_memory() if kind == "memory" else Stores.sqlite(str(tmp_path / "g.db"))
    asked, together = [], threading.Barrier(8)

    def approver(request):
        asked.append(request.id)
        return Answer("Ann", "duty", True)

    def paying():
        guard = guard_of(rules, stores=stores, approvers={"duty": approver}, secret=bytes(32))

        @guard.call({"call.text": "p"}, name="pay")
        def pay(p: str) -> str:
            return p

        return pay

    each = [paying() for _ in range(guards)]

    def at_once(number: int) -> str:
        together.wait(30)
        return each[number % guards]("pay 800")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(at_once, range(8))) == ["pay 800"] * 8
    assert len(set(asked)) == 8
    if guards == 1:
        assert len(asked) == 8  # nobody is asked in vain


@pytest.mark.parametrize("is_answered", [True, False])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_nobody_is_asked_for_an_approval_that_an_equal_call_used_up_in_between(kind, is_answered, tmp_path):
    """The late call finds the request of the early one, open or answered, and looks at it again when that one is through."""
    rules = 'rule H-1 "x"\n on request\n when call.text contains any of "pay"\n'
    rules += " then ask duty, answer within 10 minutes, otherwise deny\n"
    stores = Stores.in_memory() if kind == "memory" else Stores.sqlite(str(tmp_path / "g.db"))
    store = stores.approvals
    ask, use, asked, found = store.ask, store.use, [], []
    has_asked, has_found, is_through = (threading.Event() for _ in range(3))

    def approver(request):
        asked.append(request.id)
        if len(asked) == 1 and not is_answered:
            has_asked.set()
            assert has_found.wait(30)
        return Answer("Ann", "duty", True)

    def using(*args):
        if is_answered and not has_asked.is_set():
            has_asked.set()
            assert has_found.wait(30)
        return use(*args)

    def asking(request, now_ns, taken):
        if not has_asked.is_set() or has_found.is_set():
            return ask(request, now_ns, taken)
        found.append(ask(request, now_ns, ()))  # as if it had looked at what is taken before the early call came
        has_found.set()
        assert is_through.wait(30)
        return found[0]

    store.ask, store.use = asking, using
    guard = guard_of(rules, stores=stores, approvers={"duty": approver}, secret=bytes(32))
    pay = guard.call({"call.text": "p"}, name="pay")(lambda p: p)
    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(pay, "pay 800")
        assert has_asked.wait(30)
        late = pool.submit(pay, "pay 800")
        assert early.result(30) == "pay 800"
        is_through.set()
        assert late.result(30) == "pay 800"
    assert found[0].request.id == asked[0]
    assert len(asked) == len(set(asked)) == 2
    assert not guard.core.waited_for


def test_a_new_request_is_the_call_s_own_before_anybody_can_find_it(tmp_path):
    rules = 'rule H-1 "x"\n on request\n when call.text contains any of "pay"\n'
    rules += " then ask duty, answer within 10 minutes, otherwise deny\n"
    stores = Stores.sqlite(str(tmp_path / "g.db"))
    ask, free = stores.approvals.ask, []
    guard = guard_of(rules, stores=stores, approvers={"duty": lambda _: Answer("Ann", "duty", True)})

    def asking(request, now_ns, taken):
        free.append(request.id not in taken)
        return ask(request, now_ns, taken)

    stores.approvals.ask = asking
    assert guard.call({"call.text": "p"}, name="pay")(lambda p: p)("pay 800") == "pay 800"
    assert free == [False]
