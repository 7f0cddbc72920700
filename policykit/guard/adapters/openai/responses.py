"""`responses.create`: a list of output items, and events that say its texts several times over."""

from __future__ import annotations

from typing import Any

from policykit.guard.adapters.openai.probabilities import spelled
from policykit.guard.adapters.openai.response_deltas import ResponseDeltas
from policykit.guard.adapters.shared.shape import Facts, Request


class Responses:
    """Responses."""

    name = "openai responses.create"
    provider = "openai"
    prompt: tuple[str, ...] = ("instructions", "input", "prompt")
    instructions: tuple[str, ...] = ("instructions",)
    limits: tuple[str, ...] = ("max_output_tokens",)

    def content(self, answer: Any) -> Any:
        """Return the response, and what the tokens' probabilities spell besides."""
        parts = _parts(answer)
        found = [(part, text) for part in parts for text in spelled(getattr(part, "logprobs", None))]
        return [answer, *(text for part, text in found if text != getattr(part, "text", None))]

    def answer_facts(self, answer: Any) -> Facts:
        """Return model, tokens and why it stopped."""
        usage = answer.usage
        before, after = getattr(usage, "input_tokens_details", None), getattr(usage, "output_tokens_details", None)
        return {
            "call.response_model": answer.model,
            "call.finish_reason": getattr(answer.incomplete_details, "reason", None) or answer.status,
            "call.input_tokens": getattr(usage, "input_tokens", None),
            "call.output_tokens": getattr(usage, "output_tokens", None),
            "call.cached_tokens": getattr(before, "cached_tokens", None),
            "call.cache_write_tokens": getattr(before, "cache_write_tokens", None),
            "call.reasoning_tokens": getattr(after, "reasoning_tokens", None),
        }

    def cleaned(self, answer: Any) -> None:
        """Drop the tokens' probabilities, which spell the text."""
        for part in _parts(answer):
            if getattr(part, "logprobs", None) is not None:
                part.logprobs = None

    def answer(self, text: str, request: Request) -> Any:
        """Return a response with one message."""
        from openai.types.responses import Response

        content = {"type": "output_text", "text": text, "annotations": []}
        message = {
            "id": "fallback",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [content],
        }
        return Response.model_validate(
            {
                "id": "fallback",
                "object": "response",
                "created_at": 0,
                "model": str(request.get("model", "")),
                "status": "completed",
                "output": [message],
                "parallel_tool_calls": False,
                "tool_choice": "auto",
                "tools": [],
            }
        )

    def deltas(self, request: Request, *, is_read: bool) -> ResponseDeltas:
        """Return what takes events apart."""
        return ResponseDeltas(self.answer_facts, request, is_read=is_read)

    def events(self, answer: Any) -> list[Any]:
        """Return a response as events; what is no message and no call of a function comes whole with its item."""
        response = answer.model_dump()
        begun = {**response, "status": "in_progress", "output": [], "usage": None}
        found = [_event("ResponseCreatedEvent", "response.created", response=begun)]
        for index, item in enumerate(response["output"]):
            found += _item_events(index, item)
        found.append(_event("ResponseCompletedEvent", "response.completed", response=response))
        for number, event in enumerate(found):
            event.sequence_number = number
        return found


def _parts(answer: Any) -> list[Any]:
    """Return the parts of the output, and of the instructions where the response says them back."""
    asked = getattr(answer, "instructions", None)
    items = [*answer.output, *(asked if isinstance(asked, list) else ())]
    return [part for item in items for part in getattr(item, "content", None) or () if not isinstance(part, str)]


def _item_events(index: int, item: dict[str, Any]) -> list[Any]:
    """Return an item as the events that add it, fill it and say that it is done."""
    where = {"output_index": index, "item_id": item.get("id") or ""}
    added, filled = dict(item), []
    if item["type"] == "message":
        added["content"] = []
        filled = [each for place, part in enumerate(item["content"]) for each in _part_events(where, place, part)]
    elif item["type"] == "function_call":
        added["arguments"] = ""
        filled = _text_events("FunctionCallArguments", "function_call_arguments", "arguments", where, item)
    return [
        _event("ResponseOutputItemAddedEvent", "response.output_item.added", output_index=index, item=added),
        *filled,
        _event("ResponseOutputItemDoneEvent", "response.output_item.done", output_index=index, item=item),
    ]


def _part_events(where: dict[str, Any], place: int, part: dict[str, Any]) -> list[Any]:
    where = {**where, "content_index": place}
    kind = part["type"]
    member = "refusal" if kind == "refusal" else "text"
    title = "Refusal" if kind == "refusal" else "Text"
    return [
        _event("ResponseContentPartAddedEvent", "response.content_part.added", **where, part={**part, member: ""}),
        *_text_events(title, kind, member, where, part),
        _event("ResponseContentPartDoneEvent", "response.content_part.done", **where, part=part),
    ]


def _text_events(title: str, kind: str, member: str, where: dict[str, Any], holder: dict[str, Any]) -> list[Any]:
    """Return a text as one delta and its end."""
    more: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
    text = holder[member]
    return [
        _event(f"Response{title}DeltaEvent", f"response.{kind}.delta", **where, **more, delta=text),
        _event(f"Response{title}DoneEvent", f"response.{kind}.done", **where, **more, **{member: text}),
    ]


def _event(kind: str, name: str, **members: Any) -> Any:
    from openai.types import responses

    return getattr(responses, kind).model_validate({"type": name, "sequence_number": 0, **members})
