"""`chat.completions.create`: a message for each choice, and chunks of deltas."""

from __future__ import annotations

from functools import cache
from typing import Any

from policykit.guard.adapters.openai.chat_deltas import ChatDeltas
from policykit.guard.adapters.openai.probabilities import spelled
from policykit.guard.adapters.shared.shape import Facts, Request

_SAID_EACH_TIME = ("service_tier", "system_fingerprint")


class ChatCompletions:
    """Chat completions."""

    name = "openai chat.completions.create"
    provider = "openai"
    prompt: tuple[str, ...] = ("messages", "prediction", "functions")
    instructions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ("max_completion_tokens", "max_tokens")

    def content(self, answer: Any) -> Any:
        """Return the answer, and what the tokens' probabilities spell besides."""
        return [answer, *(text for choice in answer.choices for text in _spelled(choice))]

    def answer_facts(self, answer: Any) -> Facts:
        """Return model, tokens and why it stopped."""
        reason = answer.choices[0].finish_reason if answer.choices else None
        return {"call.response_model": answer.model, "call.finish_reason": reason, **usage_facts(answer.usage)}

    def cleaned(self, answer: Any) -> None:
        """Drop the tokens' probabilities, which spell the text, and the sound, which speaks it."""
        for choice in answer.choices:
            choice.logprobs = None
            if getattr(choice.message, "audio", None) is not None:
                choice.message.audio.data = ""

    def answer(self, text: str, request: Request) -> Any:
        """Return a completion with one message."""
        from openai.types.chat import ChatCompletion

        message = {"role": "assistant", "content": text}
        return ChatCompletion.model_validate(
            {
                "id": "fallback",
                "object": "chat.completion",
                "created": 0,
                "model": str(request.get("model", "")),
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            }
        )

    def deltas(self, request: Request, *, is_read: bool) -> ChatDeltas:
        """Return what takes chunks apart."""
        del request
        return ChatDeltas(self.chunk, usage_facts, is_read=is_read)

    def events(self, answer: Any) -> list[Any]:
        """Return a completion as chunks: what each choice says, and how it ended."""
        said, ended = [], []
        for choice in answer.choices:
            delta = choice.message.model_dump(exclude_none=True)
            for index, call in enumerate(delta.get("tool_calls") or ()):
                call["index"] = index
            said.append({"index": choice.index, "delta": delta})
            ended.append({"index": choice.index, "delta": {}, "finish_reason": choice.finish_reason})
        usage = getattr(answer, "usage", None)
        return [self.chunk(answer, said), self.chunk(answer, ended, None if usage is None else usage.model_dump())]

    def chunk(self, like: Any, choices: list[dict[str, Any]], usage: Any = None) -> Any:
        """Return a chunk of the same completion with other choices."""
        members = {**_head(like), "choices": choices, "usage": usage}
        try:
            return _chunk_type().model_validate(members)
        except ValueError:  # what the library itself takes as it comes, such as a call without an index
            return _chunk_type().construct(**members)


def usage_facts(usage: Any) -> Facts:
    """Return the tokens that were used; None for what is not said."""
    before = getattr(usage, "prompt_tokens_details", None)
    after = getattr(usage, "completion_tokens_details", None)
    return {
        "call.input_tokens": getattr(usage, "prompt_tokens", None),
        "call.output_tokens": getattr(usage, "completion_tokens", None),
        "call.cached_tokens": getattr(before, "cached_tokens", None),
        "call.cache_write_tokens": getattr(before, "cache_write_tokens", None),
        "call.reasoning_tokens": getattr(after, "reasoning_tokens", None),
    }


def _head(like: Any) -> dict[str, Any]:
    more = {name: found for name in _SAID_EACH_TIME if (found := getattr(like, name, None)) is not None}
    return {"id": like.id, "object": "chat.completion.chunk", "created": like.created, "model": like.model, **more}


def _spelled(choice: Any) -> list[str]:
    """Return what the probabilities of a choice's tokens spell that its message does not say."""
    message, found = choice.message, getattr(choice, "logprobs", None)
    if found is None:
        return []
    lists = [getattr(found, name, None) for name in ("content", "refusal")]
    said = {message.content, getattr(message, "refusal", None)}
    return [text for each in lists for text in spelled(each) if text not in said]


@cache
def _chunk_type() -> Any:
    """Return the library's type; looked up once, because this is asked for with every chunk."""
    from openai.types.chat import ChatCompletionChunk

    return ChatCompletionChunk
