"""OpenAI's clients: `chat.completions.create` and `responses.create`, with and without streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class OpenAIAdapter:
    """Guards `OpenAI`, `AsyncOpenAI` and their subclasses."""

    library = "openai"

    def wrap(self, guard: Guard, client: Any) -> Any | None:
        """Return the client with its calls guarded; None when it is no client."""
        import openai

        from policykit.guard.adapters._client import GuardedClient, GuardedPart, again, operation
        from policykit.guard.adapters._openai_chat import ChatCompletions
        from policykit.guard.adapters._openai_responses import Responses

        if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
            return None
        is_async = isinstance(client, openai.AsyncOpenAI)
        chat = client.chat
        completions = {
            "create": operation(guard, ChatCompletions(), chat.completions.create, is_async=is_async),
        }
        responses = {"create": operation(guard, Responses(), client.responses.create, is_async=is_async)}
        part = GuardedPart("client.chat.completions", chat.completions, completions)
        return GuardedClient(
            "client",
            client,
            {
                "chat": GuardedPart("client.chat", chat, {"completions": part}),
                "responses": GuardedPart("client.responses", client.responses, responses),
                **again(self, guard, client),
            },
        )


ADAPTER = OpenAIAdapter()
