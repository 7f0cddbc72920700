"""LiteLLM's answers: those of `chat.completions.create` and more, which providers add wherever there is room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policykit.guard.adapters.openai.chat import ChatCompletions, usage_facts
from policykit.guard.adapters.openai.chat_deltas import ChatDeltas
from policykit.guard.adapters.shared.shape import Facts, Piece, Request
from policykit.guard.adapters.shared.values.walk import slots

_KEPT = frozenset(
    {
        "additional_headers",
        "api_base",
        "cache_hit",
        "cache_key",
        "created_at",
        "custom_llm_provider",
        "litellm_call_id",
        "litellm_model_name",
        "model_id",
        "provider_response_model",
        "region_name",
        "response_cost",
    }
)
"""What LiteLLM notes beside an answer and is none of its text; some providers' whole answers are among the rest."""


class LiteLLMCompletion(ChatCompletions):
    """`completion` and `acompletion`, of the module and of routers."""

    provider = ""
    """Worked out for each call."""
    prompt: tuple[str, ...] = (
        "litellm_system_prompt",
        "messages",
        "prediction",
        "functions",
        "user_continue_message",
        "assistant_continue_message",
    )
    instructions: tuple[str, ...] = ("litellm_system_prompt",)

    def __init__(self, name: str) -> None:
        self.name = name

    def content(self, answer: Any) -> Any:
        """Return the whole answer: what is no word of the protocol is text, wherever it stands."""
        if not hasattr(answer, "choices"):
            raise ValueError("this is no completion")
        return answer

    def answer_facts(self, answer: Any) -> Facts:
        """Return model, tokens and why it stopped."""
        usage = getattr(answer, "usage", None)
        return {**super().answer_facts(_With(answer, usage)), "call.response_model": _model(answer)}

    def cleaned(self, answer: Any) -> None:
        """Drop what would still spell the text: probabilities, and the provider's own answer."""
        for choice in answer.choices:
            if getattr(choice, "logprobs", None) is not None:
                choice.logprobs = None
        _forget(answer)

    def answer(self, text: str, request: Request) -> Any:
        """Return a completion with one message."""
        from litellm import ModelResponse

        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return ModelResponse(id="fallback", created=0, model=str(request.get("model", "")), choices=[choice])

    def deltas(self, request: Request, *, is_read: bool) -> ChatDeltas:
        """Return what takes chunks apart."""
        del request
        return LiteLLMDeltas(self.chunk, usage_facts, is_read=is_read)

    def chunk(self, like: Any, choices: list[dict[str, Any]], usage: Any = None) -> Any:
        """Return a chunk of the same completion with other choices."""
        from litellm import ModelResponseStream

        more = {} if usage is None else {"usage": usage}
        return ModelResponseStream(id=like.id, created=like.created, model=like.model, choices=choices, **more)


class LiteLLMDeltas(ChatDeltas):
    """The chunks of one completion."""

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield what a chunk says besides its texts, and its texts.

        Raises:
            ValueError: rules read the answer, and it says something in a place where it cannot be checked in pieces.
        """
        event = event.model_copy(deep=True)
        told = _model(event)
        usage = event.usage = getattr(event, "usage", None)
        _forget(event)
        for choice in event.choices:
            choice.logprobs = getattr(choice, "logprobs", None)
            _drop_empty(choice.delta)
        pieces = list(super().take(event))
        self._model = told
        is_end = usage is not None and len(pieces) == 1
        yield from (piece._replace(is_late=True) if is_end and piece.make is None else piece for piece in pieces)


class _With:
    """An answer with a usage, which LiteLLM leaves out where there is none."""

    def __init__(self, answer: Any, usage: Any) -> None:
        self.choices, self.model, self.usage = answer.choices, answer.model, usage


def _model(answer: Any) -> object:
    """Return the model that the provider says it was; LiteLLM's chunks name the one that was asked for."""
    hidden = getattr(answer, "_hidden_params", None)
    found = hidden.get("provider_response_model") if isinstance(hidden, dict) else None
    return found or answer.model


def _forget(answer: Any) -> None:
    hidden = getattr(answer, "_hidden_params", None)
    if isinstance(hidden, dict):
        for name in hidden.keys() - _KEPT:
            del hidden[name]


def _members(value: Any) -> dict[str, Any]:
    return {**value.__dict__, **(value.model_extra or {})}


def _drop_empty(delta: Any) -> None:
    """Take out of a delta what holds no text, such as `provider_specific_fields` of nothing."""
    for name, value in _members(delta).items():
        if name != "tool_calls" and value and not isinstance(value, str) and not any(s.text for s in slots([value])):
            setattr(delta, name, None)
