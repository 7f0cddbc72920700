"""`messages.create`: a list of content blocks, and events that open, fill and close them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policykit.guard.adapters.shared.shape import Facts, Piece, Request
from policykit.guard.adapters.shared.values.at_once import AtOnce

_TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""Kinds of deltas, and the member that is a piece of the block's text."""
_OPENED_BY_NAME = ("tool_use", "server_tool_use", "mcp_tool_use")


class Messages:
    """Messages."""

    name = "anthropic messages.create"
    provider = "anthropic"
    prompt: tuple[str, ...] = ("system", "messages")
    instructions: tuple[str, ...] = ("system",)
    limits: tuple[str, ...] = ("max_tokens",)

    def content(self, answer: Any) -> Any:
        """Return the message: whatever is not a word of the protocol is text."""
        return answer if hasattr(answer, "content") else answer.content

    def answer_facts(self, answer: Any) -> Facts:
        """Return model, tokens and why it stopped."""
        return {
            "call.response_model": answer.model,
            "call.finish_reason": answer.stop_reason,
            **_usage_facts(answer.usage, answer.usage),
        }

    def cleaned(self, answer: Any) -> None:
        """Leave the answer as it is: nothing else in it says the text."""

    def answer(self, text: str, request: Request) -> Any:
        """Return a message with one block of text."""
        from anthropic.types import Message

        return Message.model_validate(
            {
                "id": "fallback",
                "type": "message",
                "role": "assistant",
                "model": str(request.get("model", "")),
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            }
        )

    def deltas(self, request: Request, *, is_read: bool) -> MessageDeltas:
        """Return what takes events apart."""
        del request
        return MessageDeltas(is_read=is_read)

    def events(self, answer: Any) -> list[Any]:
        """Return a message as events; a block comes whole, in the event that opens it."""
        message = answer.model_dump()
        start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
        ended = {name: message[name] for name in ("stop_reason", "stop_sequence")}
        found = [_event("RawMessageStartEvent", "message_start", message=start)]
        for index, block in enumerate(message["content"]):
            found += _block_events(index, block)
        found.append(_event("RawMessageDeltaEvent", "message_delta", delta=ended, usage=message["usage"]))
        return [*found, _event("RawMessageStopEvent", "message_stop")]


def _block_events(index: int, block: dict[str, Any]) -> list[Any]:
    """Return a block as the events that open it, fill it where it is a text or a tool's input, and close it."""
    import json

    kind, opened, deltas = block["type"], dict(block), []
    if kind == "text":
        opened["text"] = ""
        deltas = [{"type": "text_delta", "text": block["text"]}]
    elif kind in _OPENED_BY_NAME:
        opened["input"] = {}
        deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"], ensure_ascii=False)}]
    return [
        _event("RawContentBlockStartEvent", "content_block_start", index=index, content_block=opened),
        *(_event("RawContentBlockDeltaEvent", "content_block_delta", index=index, delta=each) for each in deltas),
        _event("RawContentBlockStopEvent", "content_block_stop", index=index),
    ]


def _usage_facts(before: Any, after: Any) -> Facts:
    """Return the tokens that were used; None for what is not said.

    The provider counts what was read from its cache and written to it beside the input; the facts count it as input.
    """
    details = getattr(after, "output_tokens_details", None)
    plain, cached, written = (
        getattr(before, f"{name}input_tokens", None) for name in ("", "cache_read_", "cache_creation_")
    )
    return {
        "call.input_tokens": None if plain is None else plain + (cached or 0) + (written or 0),
        "call.output_tokens": getattr(after, "output_tokens", None),
        "call.cached_tokens": cached,
        "call.cache_write_tokens": written,
        "call.reasoning_tokens": getattr(details, "thinking_tokens", None),
    }


class MessageDeltas:
    """The events of one message."""

    def __init__(self, *, is_read: bool) -> None:
        self._is_read = is_read
        self._model: object = None
        self._reason: object = None
        self._before: Any = None
        self._after: Any = None
        self._open: set[int] = set()
        self._at_once = AtOnce(is_read=is_read)

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield what an event says besides its texts, and its texts."""
        match event.type:
            case "content_block_start":
                yield from self._opened(event)
            case "content_block_delta":
                yield from self._filled(event)
            case "content_block_stop":
                if event.index in self._open:
                    yield Piece(channel=event.index)
                yield Piece(event)
            case "message_start":
                self._model, self._before = event.message.model, event.message.usage
                yield from self._at_once.take(event.model_copy(deep=True), "start")
            case "message_delta":
                self._reason, self._after = event.delta.stop_reason, event.usage
                yield from self._at_once.take(event.model_copy(deep=True), "end", is_late=True)
            case "message_stop":
                yield Piece(event, is_late=True)
            case _:
                yield from self._at_once.take(event.model_copy(deep=True), event.type, goes_on=True)

    def facts(self) -> Facts:
        """Return model, tokens and why it stopped."""
        return {
            "call.response_model": self._model,
            "call.finish_reason": self._reason,
            **_usage_facts(self._before, self._after),
        }

    def _opened(self, event: Any) -> Iterator[Piece]:
        """Yield the opening of a block; that of a tool's call leaves when the tool's name was checked."""
        block = event.content_block
        if block.type in _OPENED_BY_NAME and not block.input:
            yield from self._at_once.take(event.model_copy(deep=True), ("opened", event.index), goes_on=True)
            yield self._text(event.index, "", _arguments(event.index), is_json=True)
        elif block.type in {"text", "thinking"}:
            text = getattr(block, block.type)
            yield from self._at_once.take(_with(event, "content_block", block.type, ""), event.index)
            delta = {"type": f"{block.type}_delta", block.type: ""}
            like = _event("RawContentBlockDeltaEvent", "content_block_delta", index=event.index, delta=delta)
            yield self._text(event.index, text, _maker(like, "delta", block.type))
        else:
            yield from self._at_once.take(event.model_copy(deep=True), event.index)

    def _filled(self, event: Any) -> Iterator[Piece]:
        kind = event.delta.type
        if kind in _TEXTS:
            if event.index not in self._open:
                raise ValueError("the block was not opened")
            name = _TEXTS[kind]
            is_json = kind == "input_json_delta"
            yield self._text(event.index, getattr(event.delta, name), _maker(event, "delta", name), is_json=is_json)
        else:
            yield from self._at_once.take(event.model_copy(deep=True), (event.index, kind), goes_on=True)

    def _text(self, index: int, text: str, make: Callable[[str], Any], *, is_json: bool = False) -> Piece:
        self._open.add(index)
        return Piece(channel=index, text=text, make=make, is_json=is_json)


def _arguments(index: int) -> Callable[[str], Any]:
    delta = {"type": "input_json_delta", "partial_json": ""}
    return _maker(
        _event("RawContentBlockDeltaEvent", "content_block_delta", index=index, delta=delta), "delta", "partial_json"
    )


def _maker(event: Any, part: str, name: str) -> Callable[[str], Any]:
    return lambda text: _with(event, part, name, text)


def _with(event: Any, part: str, name: str, text: str) -> Any:
    """Return an event with another text."""
    changed = event.model_copy(deep=True)
    setattr(getattr(changed, part), name, text)
    return changed


def _event(kind: str, name: str, **members: Any) -> Any:
    from anthropic import types

    return getattr(types, kind).model_validate({"type": name, **members})
