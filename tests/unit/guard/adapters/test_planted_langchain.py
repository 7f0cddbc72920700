"""A marker in every member of what LangChain's models answer and its tools return: found, refused, or named.

The members come from the library's own annotations, so that what a later version adds is tried as well. `NAMED` is
what docs/guard.md says is not searched in answers.
"""

import re
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.messages import content as blocks
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import StructuredTool

from policykit.errors import PolicyViolation
from policykit.guard.adapters.shared.values.members import SAID_BY_PROVIDERS
from tests.unit.guard.adapters.planting import planted
from tests.unit.guard.guards import CARD, guard_of

REDACT = 'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card\n then redact\n'
NUMBER = int(CARD.replace(" ", ""))
NAMED = re.compile(r"(^|\.|\])(id|role|type|status|index|mime_type|[a-z_]*_id|usage_metadata)(\.|\[|\{|$)")
"""Identifiers, words of the protocol, and counts of tokens."""
OPAQUE = re.compile(r"(^|\.)base64$")
"""Images, sound and films; a text there is no base64."""
LEAKED = re.compile(r"4111\D{0,4}1111\D{0,4}1111")
"""Enough of the card that no random identifier of a run has it by chance."""
KINDS = sorted(each for each in vars(blocks) if each.endswith("ContentBlock") or each in {"Citation", "ToolCall"})
ORDINARY = [None, 1, 1.5, True, "x", ["x", 1], ("x", 1), {"id": "x", "status": "done", "usage": {"tokens": 3}}, {}, []]


class Said(BaseChatModel):
    """A model that answers with what it is given."""

    message: Any

    @property
    def _llm_type(self):
        return "said"

    def _generate(self, messages, stop=None, run_manager=None, **more):
        return ChatResult(generations=[ChatGeneration(message=self.message)])


class Streamed(Said):
    """The same, in one chunk."""

    def _stream(self, messages, stop=None, run_manager=None, **more):
        yield ChatGenerationChunk(message=self.message)


def as_chunk(message):
    """The message as a chunk; None where the library makes none of it."""
    try:
        return AIMessageChunk(**{name: each for name, each in dict(message).items() if name != "type"})
    except TypeError:
        return None


def in_arguments(member):
    """Answers that call a tool, of ours or of the provider's, with a card in an argument of this name."""
    arguments = {"a": {member: CARD}}
    call = {"type": "tool_call", "name": "ledger", "args": arguments, "id": "t"}
    yield AIMessage("", tool_calls=[call])
    yield AIMessage(content=[call])
    yield AIMessage(content=[{**call, "type": "server_tool_call"}])
    yield AIMessage(content=[{"type": "tool_use", "name": "ledger", "input": arguments, "id": "t"}])


def said_by_langchain():
    for member in sorted(SAID_BY_PROVIDERS):
        for number, message in enumerate(in_arguments(member)):
            yield f"{member} {number}", "args", message
    for value in (NUMBER, float(NUMBER), [NUMBER], {str(NUMBER): "x"}):
        yield f"block {value}", "extras", AIMessage(content=[{"type": "text", "text": "x", "extras": {"a": value}}])
        yield f"more {value}", "additional_kwargs", AIMessage("x", additional_kwargs={"a": value})
    for found in planted(AIMessage, CARD):
        yield f"AIMessage {found.path}", found.path, found.value
    for name in KINDS:
        for found in planted(getattr(blocks, name), CARD):
            yield f"{name} {found.path}", found.path, AIMessage(content=[found.value])


@pytest.mark.parametrize("kind", [Said, Streamed])
def test_no_member_of_an_answer_of_langchain_hands_out_a_card(kind):
    out, tried = [], 0
    guard = guard_of(REDACT.format(phase="response"))
    for title, path, message in said_by_langchain():
        message = as_chunk(message) if kind is Streamed else message  # noqa: PLW2901 - the same, in another form
        if NAMED.search(path) or OPAQUE.search(path) or message is None:
            continue
        tried += 1
        model = guard.wrap(kind(message=None))
        model.message = message
        try:
            pieces = list(model.stream("x")) if kind is Streamed else [model.invoke("x")]
        except PolicyViolation:
            continue
        if LEAKED.search(str([dict(each) for each in pieces])):
            out.append(title)
    assert "\n".join(out) == ""
    assert tried > 50


def tool_that_returns(value, **more):
    return StructuredTool.from_function(lambda: value, name="ledger", description="x", **more)


def returned(value, **more):
    """What the tool gives, as text; a refusal is empty."""
    guarded = guard_of(REDACT.format(phase="tool output")).wrap(tool_that_returns(value, **more))
    try:
        return repr(guarded.invoke({"type": "tool_call", "id": "t", "name": "ledger", "args": {}}))
    except PolicyViolation:
        return ""


def test_no_member_of_a_message_of_a_tool_hands_out_a_card():
    found = list(planted(ToolMessage, CARD))
    assert [each.path for each in found if LEAKED.search(returned(each.value))] == []
    assert {"artifact", "content", "tool_call_id", "id", "name"} <= {each.path for each in found}


@pytest.mark.parametrize("name", [*sorted(SAID_BY_PROVIDERS), "headers", "metadata", "arguments", "input", "signature"])
@pytest.mark.parametrize("value", [CARD, NUMBER], ids=["text", "number"])
@pytest.mark.parametrize("way", ["result", "artifact", "artifact of a message", "argument"])
def test_what_providers_say_in_answers_is_anybodys_in_tools(name, value, way):
    held = {"a": [{name: value}]}
    if way == "argument":
        seen = []

        def keep(held: Any) -> None:
            seen.append(held)

        tool = StructuredTool.from_function(keep, name="ledger", description="x")
        guard_of(REDACT.format(phase="tool input")).wrap(tool).invoke({"held": held})
        assert "pii.card redacted" in repr(seen)
        assert not LEAKED.search(repr(seen))
        return
    given = {
        "result": lambda: returned(held),
        "artifact": lambda: returned(("x", held), response_format="content_and_artifact"),
        "artifact of a message": lambda: returned(ToolMessage("x", tool_call_id="t", artifact=held)),
    }[way]()
    assert "pii.card redacted" in given
    assert not LEAKED.search(given)


@pytest.mark.parametrize(
    "value", [CARD, NUMBER, [CARD], [NUMBER], {CARD: 1}, (CARD,), {CARD}, CARD.encode()], ids=range(8)
)
def test_an_artifact_of_any_kind_is_searched_or_refused(value):
    assert not LEAKED.search(returned(ToolMessage("x", tool_call_id="t", artifact=value)))
    assert not LEAKED.search(returned(("x", value), response_format="content_and_artifact"))
    assert not LEAKED.search(returned(value))


@pytest.mark.parametrize("value", ORDINARY, ids=range(len(ORDINARY)))
def test_an_ordinary_result_and_artifact_are_handed_on_as_they_are(value):
    guard = guard_of(REDACT.format(phase="tool output"))
    call = {"type": "tool_call", "id": "t", "name": "ledger", "args": {}}
    for tool in (
        tool_that_returns(value),
        tool_that_returns(("x", value), response_format="content_and_artifact"),
    ):
        before, after = tool.invoke(call), guard.wrap(tool).invoke(call)
        assert (after.content, after.artifact) == (before.content, before.artifact)
        assert type(after.artifact) is type(before.artifact)
