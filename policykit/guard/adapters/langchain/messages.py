"""LangChain's messages: where their texts stand, and what is said beside them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policykit.guard.adapters.shared.shape import Facts
from policykit.guard.adapters.shared.values.members import is_random_identifier
from policykit.guard.adapters.shared.values.walk import Slot, plain, slots, text_slots

_FIELDS = ("content", "name", "tool_calls", "invalid_tool_calls", "tool_call_chunks", "additional_kwargs")
"""What models read of a message, and what they say in one."""
SENT = (*_FIELDS, "tool_call_id", "id", "role")
"""What integrations send of a message."""
PARSED = "parsed"
"""Member of `additional_kwargs` in which integrations hand out structured output.

Source: langchain-openai 1.7, `chat_models/base.py`, `_oai_structured_outputs_parser`."""
_NAMES = frozenset(
    {
        "created", "created_at", "done_reason", "finish_reason", "id", "model", "model_name", "model_provider",
        "object", "output_version", "provider", "service_tier", "status", "stop_reason", "system_fingerprint",
        "token_usage", "usage",
    }
)  # fmt: skip
"""What is said beside an answer and is none of its text."""


def copied(messages: Iterable[Any]) -> list[Any]:
    """Return messages whose texts are our own, so that what is checked is what is sent."""
    return [
        each.model_copy(update={name: _own(getattr(each, name)) for name in SENT if hasattr(each, name)})
        for each in messages
    ]


def _own(value: Any) -> Any:
    """Return a copy of a value with texts as Python's own, and of what is not data a plain copy."""
    return plain(value) if isinstance(value, str | list | dict) else copy.deepcopy(value)


def message_slots(messages: Iterable[Any], *, is_request: bool = False) -> Iterator[Slot]:
    """Yield every text of messages, in order.

    Args:
        messages: the messages.
        is_request: whether they are sent, so that their identifiers are text.

    Raises:
        ValueError: they are nested too deep.
    """
    for message in messages:
        for name in SENT if is_request else _FIELDS:
            value = getattr(message, name, None)
            if isinstance(value, str):
                yield from () if is_random_identifier(name, value) else text_slots(message, name, value)
            elif value:
                yield from (
                    slot
                    for slot in slots(value, is_request=is_request)
                    if name != "additional_kwargs" or slot.path[0] != PARSED
                )


def parsed_again(parsed: Any, text: str) -> Any:
    """Return what an integration parsed out of an answer's text, parsed again out of the checked text.

    Raises:
        ValueError: the text is no longer what it was parsed as.
    """
    value = json.loads(text)
    if isinstance(parsed, dict):
        return value
    validate = getattr(type(parsed), "model_validate", None) or getattr(type(parsed), "parse_obj", None)
    if validate is None:
        raise ValueError("what was parsed out of the answer cannot be parsed again")
    return validate(value)


def text_blocks(content: Any) -> str:
    """Return the text of a message's content, without what it says in blocks of other kinds."""
    if isinstance(content, str):
        return content
    blocks = [each if isinstance(each, str) else each.get("text") for each in content if _is_text_block(each)]
    return "".join(each for each in blocks if isinstance(each, str))


def _is_text_block(block: Any) -> bool:
    return isinstance(block, str) or (isinstance(block, dict) and block.get("type") == "text")


def parse_again(message: Any) -> None:
    """Put what was parsed out of a message's text in line with the text.

    Raises:
        ValueError: the text is no longer what it was parsed as.
    """
    parsed = message.additional_kwargs.get(PARSED)
    if parsed is not None:
        message.additional_kwargs = {
            **message.additional_kwargs,
            PARSED: parsed_again(parsed, text_blocks(message.content)),
        }


def result_of(answer: Any) -> Any:
    """Return what a model or a fallback gave, as a `ChatResult`.

    Raises:
        TypeError: it is none of a text, a message and a result.
    """
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatResult

    if isinstance(answer, str):
        answer = AIMessage(answer)
    if isinstance(answer, AIMessage):
        answer = ChatResult(generations=[ChatGeneration(message=answer)])
    if not isinstance(answer, ChatResult):
        raise TypeError("a chat model answers with a text, an `AIMessage` or a `ChatResult`")
    return answer


def with_messages(result: Any, messages: Iterable[Any]) -> Any:
    """Return a result with other messages."""
    from langchain_core.outputs import ChatGeneration, ChatResult

    pairs = zip(messages, result.generations, strict=True)
    generations = [ChatGeneration(message=each, generation_info=old.generation_info) for each, old in pairs]
    return ChatResult(generations=generations, llm_output=result.llm_output)


def without_asides(result: Any) -> Any:
    """Return a result without what might say its text beside it: probabilities, citations, the whole answer."""
    from langchain_core.outputs import ChatGeneration, ChatResult

    generations = [
        ChatGeneration(message=bare_message(each.message), generation_info=kept(each.generation_info))
        for each in result.generations
    ]
    return ChatResult(generations=generations, llm_output=kept(result.llm_output))


def bare_message(message: Any) -> Any:
    """Return a message with names and numbers only as its metadata."""
    found = message.model_copy(update={"response_metadata": kept(message.response_metadata) or {}})
    try:
        parse_again(found)
    except ValueError:
        found.additional_kwargs = {key: each for key, each in found.additional_kwargs.items() if key != PARSED}
    return found


def kept(metadata: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what metadata says in names and numbers."""
    if metadata is None:
        return None
    return {k: v for k, v in metadata.items() if k in _NAMES or v is None or isinstance(v, bool | int | float)}


def usage_facts(usage: Any) -> Facts:
    """Return the tokens that were used; None for what is not said."""
    found = usage or {}
    return {
        "call.input_tokens": found.get("input_tokens"),
        "call.output_tokens": found.get("output_tokens"),
        "call.cached_tokens": (found.get("input_token_details") or {}).get("cache_read"),
        "call.cache_write_tokens": (found.get("input_token_details") or {}).get("cache_creation"),
        "call.reasoning_tokens": (found.get("output_token_details") or {}).get("reasoning"),
    }


def told(*sources: Mapping[str, Any] | None) -> Facts:
    """Return the model and why it stopped, from the first source that says so."""
    return {
        "call.response_model": _first(sources, "model_name", "model"),
        "call.finish_reason": _first(sources, "finish_reason", "stop_reason", "done_reason"),
    }


def _first(sources: Iterable[Mapping[str, Any] | None], *names: str) -> object:
    return next((source[name] for source in sources if source for name in names if source.get(name)), None)
