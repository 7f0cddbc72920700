"""`responses.create`: a list of output items. Its streams are refused: they say every text several times over."""

from __future__ import annotations

from typing import Any

from policykit.errors import GuardError
from policykit.guard.adapters._shape import Deltas, Facts, Request
from policykit.source import Diagnostic


class Responses:
    """Responses."""

    name = "openai responses.create"
    provider = "openai"
    prompt: tuple[str, ...] = ("instructions", "input", "prompt")
    instructions: tuple[str, ...] = ("instructions",)
    limits: tuple[str, ...] = ("max_output_tokens",)

    def content(self, answer: Any) -> Any:
        """Return the output items."""
        return answer.output

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
        for item in answer.output:
            for part in getattr(item, "content", None) or ():
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

    def deltas(self, *, is_read: bool) -> Deltas:
        """Refuse to stream."""
        del is_read
        problem = "streams of `responses.create` are not guarded"
        help_text = "ask for the answer as a whole, or use `chat.completions.create`"
        raise GuardError([Diagnostic("PK357", problem, place=self.name, help=help_text)])

    def events(self, answer: Any) -> list[Any]:
        """Return nothing: there are no streams."""
        del answer
        return []
