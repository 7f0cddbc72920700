"""What records say of calls, member by member, and that no user's text is among it."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path

import httpx
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from langchain_core.tools import tool as langchain_tool
from mcp import Client, MCPError
from mcp.server.mcpserver import MCPServer
from opentelemetry import trace as tracing
from opentelemetry.sdk.trace import TracerProvider

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import Answer, Commitments, GuardOptions
from policykit.guard.langchain import guarded_tool
from policykit.guard.stores.bundle import Stores
from policykit.guard.stores.error import StoreError
from policykit.trail.format.keys import SigningKey
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from tests.unit.guard.adapters.test_mcp import calling
from tests.unit.guard.guards import ListTrail, SetClock, guard_of
from tests.unit.guard.provider_server import chunks, completion, failure, serving
from tests.unit.guard.recording.test_arguments import plain
from tests.unit.trail.test_format_page import named, rows

RULES = """
rule NO-1 "x"
 on request, tool input
 when call.text contains any of "forbidden"
 then deny
rule ASK-1 "x"
 on tool input
 when call.text contains any of "ask"
 then ask duty, answer within 1 minute, otherwise deny
rule ELSE-1 "x"
 on request
 when call.text contains any of "elsewhere"
 then use queue
rule MAIL-1 "x"
 on request
 when call.text contains any of pii.email
 then redact
"""
STOPPING = 'rule STOP-1 "x"\n on tool input\n when call.text contains any of "halt"\n then pause calls to ledger\n'


def decisions(trail, guard):
    guard.flush()
    return [json.loads(f"{{{members}}}") for members in trail.of_type("decision")]


def records(trail, kind):
    return [json.loads(f"{{{members}}}") for members in trail.of_type(kind)]


def raising(error):
    def function(text):
        raise error

    return function


def refused(function, *args):
    with pytest.raises(PolicyViolation) as caught:
        function(*args)
    return caught.value


class Broken(Stores):
    """Stores of which none can be asked."""

    @property
    def stops(self):
        raise StoreError("gone")


def test_every_member_of_the_page_is_written_by_a_guard():
    trail = ListTrail()
    settings = {"trail": trail, "approvers": {"duty": lambda _: Answer("ann", "duty", granted=True, reason="seen")}}
    guard = guard_of(RULES, context_facts=["principal.id"], commitments=Commitments(secret=bytes(32)),
                     options=GuardOptions(recorded_facts=["call.model", "call.tools", "call.purpose"]), **settings)  # fmt: skip
    tool = guard.tool("ledger", {"call.text": "text"})
    with (
        TracerProvider().get_tracer("t").start_as_current_span("s"),
        guard.context(principal="u-1", environment="test", facts={"principal.kind": "human"}),
    ):
        tool(lambda text: text)("ask")
        with pytest.raises(OSError):
            tool(raising(OSError("x")))("hello")
        tool(lambda text, how: text)("hello", object())
        with serving(completion("hi")) as provider:
            client = guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k"))
            for text in ("hello", "elsewhere", "ann@example.com"):
                asked = [{"role": "user", "content": text}]
                client.chat.completions.create(model="m", messages=asked, seed=7)
    guard.check({"call.text": "hello", "call.model": "m", "call.cost": "0.5 USD", "call.purpose": "x" * 5_000})
    found = {name for each in decisions(trail, guard) for name in each}
    pausing = guard_of(STOPPING, trail=trail)
    refused(pausing.tool("ledger", {"call.text": "text"})(lambda text: text), "halt")
    refused(pausing.tool("ledger", {"call.text": "text"})(lambda text: text), "hello")
    broken = guard_of(RULES, trail=trail, options=GuardOptions(max_held_chars=1))
    refused(lambda: list(broken.call({"call.text": "text"})(lambda text: (yield text))("hello")))
    found |= {name for each in decisions(trail, pausing) + decisions(trail, broken) for name in each}
    assert found == {named(first).pop() for first, _ in rows("| member |")}


def test_the_span_of_the_caller_is_on_record_and_no_other():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    call = guard.call({"call.text": "text"})(lambda text: text)
    with TracerProvider().get_tracer("t").start_as_current_span("s") as span:
        call("hello")
        context = span.get_span_context()
    with tracing.use_span(tracing.INVALID_SPAN):
        call("hello")
    inside, _, outside, _ = decisions(trail, guard)
    assert inside["trace_id"] == f"{context.trace_id:032x}"
    assert inside["span_id"] == f"{context.span_id:016x}"
    assert not {"trace_id", "span_id"} & set(outside)


def test_a_model_is_recorded_with_the_version_that_answered_and_parameters_that_are_no_texts():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    with serving(completion("hi")) as provider:
        client = guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k"), provider="openai")
        more = {"temperature": 0.5, "max_tokens": 9, "user": "Ann", "stop": ["x"], "reasoning_effort": "low"}
        more |= {"service_tier": "a text of a user"}
        for model, settings in (("m", more), ("m-1", {})):
            client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}], **settings)
    asked, answered, _, same = decisions(trail, guard)
    assert asked["model"] == {"provider": "openai", "name": "m"}
    assert asked["parameters"] == {"temperature": 0.5, "max_tokens": 9, "reasoning_effort": "low"}
    assert answered["model"] == {"provider": "openai", "name": "m", "version": "m-1"}
    assert same["model"] == {"provider": "openai", "name": "m-1"}
    assert "parameters" not in same


def test_an_answer_of_the_morning_that_a_call_acts_on_at_noon_is_recorded_with_both_times():
    trail, clock, stores = ListTrail(), SetClock(), Stores.in_memory()
    hours = RULES.replace("1 minute", "4 hours")
    guard = guard_of(hours, trail=trail, clock=clock, stores=stores, secret=bytes(32),
                     approvers={"duty": lambda _: clock.move(5 * 3600)})  # fmt: skip
    pay = guard.tool("ledger", {"call.text": "text"}, name="pay")(lambda text: text)
    refused(pay, "ask")

    def answered(request):
        clock.move(600)
        return Answer("ann", "duty", granted=True)

    guard.core.approvers["duty"] = answered
    pay("ask")
    guard.flush()
    lapsed, granted = records(trail, "approval_requested")
    assert (lapsed["asked_at"], lapsed["expires"]) == ("2026-09-21T14:13:20.000000Z", "2026-09-21T18:13:20.000000Z")
    (answer,) = records(trail, "approval")
    assert (granted["asked_at"], answer["answered_at"]) == (
        "2026-09-21T19:13:20.000000Z",
        "2026-09-21T19:23:20.000000Z",
    )
    assert answer["function"] == granted["function"] == "pay"
    (first,) = [each for each in decisions(trail, guard) if each.get("approver")]
    assert first["at"] == "2026-09-21T19:23:20.000000Z"
    assert {answer["decision_id"], granted["decision_id"]} == {first["decision_id"]}


def test_a_call_that_a_stop_refuses_names_the_stop():
    trail = ListTrail()
    guard = guard_of(STOPPING, trail=trail)
    pay = guard.tool("ledger", {"call.text": "text"})(lambda text: text)
    refused(pay, "halt")
    refused(pay, "hello")
    _, second = decisions(trail, guard)
    assert (second["refused"], second["reason"], second["stop"]) == (True, "stop", "STOP-1")
    assert "error" not in second


def test_checks_of_a_request_and_of_what_became_of_it_belong_to_one_call():
    trail = ListTrail()
    rule = 'rule F-1 "x"\n on failure\n when call.error_type is "timeout"\n then warn "late"\n'
    guard = guard_of(rule, trail=trail)
    first, second = guard.check({"call.text": "a"}), guard.check({"call.text": "b"})
    guard.check({"call.text": "c"}, phase="response", call_id=first.call_id)
    guard.check({"call.error_type": "timeout"}, phase="failure", call_id=second.call_id)
    asked, _, answered, failed = decisions(trail, guard)
    assert answered["decision_id"] == asked["decision_id"].replace(".q", ".r")
    assert [each.get("ended") for each in (asked, answered, failed)] == [None, "returned", "raised"]
    assert (failed["phase"], failed["error_type"], failed["effects"]) == ("failure", "timeout", ["warn"])
    assert all(each["checked"] for each in decisions(trail, guard))
    with pytest.raises(GuardError):
        guard.check({"call.text": "c"}, phase="response", call_id="tell me")


@pytest.mark.parametrize(
    ("tool", "arguments", "ended", "kind"),
    [
        ("echo", {"said": {"a": [1, "b"]}}, "returned", None),
        ("fails", {"how": "tool"}, "raised", "CallToolResult.isError"),
        ("fails", {"how": "protocol"}, "raised", "mcp.shared.exceptions.MCPError"),
    ],
)
def test_a_tool_of_mcp_is_recorded_with_what_was_sent_and_with_its_end(tool, arguments, ended, kind):
    trail = ListTrail()
    guard = guard_of(f'tool {tool} "x"\n{RULES}', trail=trail)
    with suppress(MCPError):
        calling(guard, tool, arguments)
    entering, ending = [each for each in decisions(trail, guard) if each["tool"] == tool]
    assert entering["function"] == f"mcp {tool}"
    assert entering["arguments"] == plain(arguments)
    assert (ending["ended"], ending.get("error_type")) == (ended, kind)


def test_prompts_of_mcp_are_told_apart_and_what_was_asked_of_a_tool_that_nobody_declared_is_on_record():
    trail = ListTrail()
    server = MCPServer("desk")
    server.prompt(name="greeting")(lambda: "hello")
    server.prompt(name="farewell")(lambda to="all": f"bye, {to}")
    guard = guard_of(f'tool get_prompt "x"\n{RULES}', trail=trail)

    async def use():
        async with guard.wrap(Client(server)) as client:
            await client.get_prompt("greeting")
            await client.get_prompt("farewell", {"to": "Ann"})
            for ask in (
                lambda: client.call_tool("shred", {"file": "a"}),
                lambda: client.read_resource("file:///a"),
            ):
                with pytest.raises(PolicyViolation):
                    await ask()

    asyncio.run(use())
    asked = [each for each in decisions(trail, guard) if each["phase"] == "tool input"]
    assert [(each["tool"], each["arguments"], each.get("reason")) for each in asked] == [
        ("get_prompt", plain({"name": "greeting", "arguments": {}}), None),
        ("get_prompt", plain({"name": "farewell", "arguments": {"to": "Ann"}}), None),
        ("shred", plain({"file": "a"}), "undeclared-tool"),
        ("read_resource", plain({"uri": "file:///a"}), "undeclared-tool"),
    ]


def test_a_tool_of_langchain_is_recorded_with_what_the_model_gave_and_with_its_end():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    @langchain_tool
    def ledger(how: str, count: int = 3) -> object:
        """Look something up."""
        if how == "raise":
            raise OSError("x")
        return ToolMessage("no", tool_call_id="1", status="error") if how == "tell" else "done"

    tool = guarded_tool(guard, ledger)
    tool.invoke({"how": "well"})
    tool.invoke({"how": "tell", "count": 4})
    with pytest.raises(OSError):
        tool.invoke({"how": "raise"})
    found = decisions(trail, guard)
    assert [each["arguments"] for each in found[::2]] == [
        plain({"how": "well", "count": 3}), plain({"how": "tell", "count": 4}), plain({"how": "raise", "count": 3}),
    ]  # fmt: skip
    assert [(each["ended"], each.get("error_type")) for each in found[1::2]] == [
        ("returned", None), ("raised", "ToolMessage.error"), ("raised", "OSError"),
    ]  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_fails_is_recorded_with_the_class_of_its_error(stream):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    reply = chunks("x" * 400, usage=False, breaks_off=True) if stream else failure(500)
    reply.events = reply.events[:2] if stream else None
    with serving(reply) as provider:
        client = guard.wrap(openai.OpenAI(base_url=provider.url, api_key="k", max_retries=0))
        asked = [{"role": "user", "content": "hello"}]
        with pytest.raises((httpx.RemoteProtocolError, openai.OpenAIError)) as caught:
            list(client.chat.completions.create(model="m", messages=asked, stream=stream))
    *_, last = decisions(trail, guard)
    assert (last["phase"], last["ended"]) == ("failure", "raised")
    assert last["error_type"] == f"{caught.type.__module__}.{caught.type.__qualname__}"


def test_a_time_out_of_a_tool_is_the_error_that_it_raised_and_a_cancelled_one_was_left():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    @guard.tool("ledger", {"call.text": "text"})
    async def slow(text):
        async with asyncio.timeout(0.01 if text == "own" else None):
            if text == "others":
                limits[-1].reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(60)

    async def others(text):
        async with asyncio.timeout(None) as limit:
            limits.append(limit)
            await slow(text)

    limits = []

    for text in ("own", "others"):
        with pytest.raises(TimeoutError):
            asyncio.run(others(text))
    _, own, _, left = decisions(trail, guard)
    assert (own["ended"], own["error_type"]) == ("raised", "TimeoutError")
    assert left["ended"] == "closed"


@settings(max_examples=30, deadline=None)
@given(st.from_regex(r"kanarie[b-jl-z]{12} [b-jl-z]{8}", fullmatch=True))  # none of the words that the rules look for
def test_no_text_of_a_user_stands_in_the_bytes_of_a_trail(canary):
    odd = type(canary, (Exception,), {"__qualname__": canary, "__module__": canary})

    def failing(text, model):
        raise odd(canary)

    with tempfile.TemporaryDirectory() as folder:
        options = TrailOptions(sync=SyncMode.OS, state_directory=Path(folder) / "state")
        signer = SigningKey.from_seed("example.com/canary", bytes(32)).note_signer()
        with Trail.open(Path(folder) / "trail", signer=signer, options=options) as trail:
            guard = guard_of(RULES, trail=trail, commitments=Commitments(secret=bytes(32)))
            facts = {"call.text": "text", "call.model": "model", "call.provider": "model"}
            for function in (lambda text, model: text, failing):
                for bound in (guard.call(facts), guard.tool("ledger", facts), guard.call(facts, name=canary)):
                    with pytest.raises(odd) if function is failing else nullcontext():
                        bound(function)(text=canary, model=canary)
            with pytest.raises(PolicyViolation):
                calling(guard, canary, {canary: canary})
            guard.check({"call.text": canary, "call.error_type": canary, "tool.name": canary}, phase="tool input")
            guard.check({"call.text": canary, "call.error_type": canary}, phase="failure")
            guard.start()
            guard.close()
        data = b"".join(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())
    assert canary.encode() not in data
    assert data.count(b"(not a name)") >= 10
