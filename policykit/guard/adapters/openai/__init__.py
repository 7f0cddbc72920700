"""OpenAI's clients: `chat.completions.create` and `responses.create`, their streams, and the helpers over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.adapters.shared.shape import Shape
    from policykit.guard.guard import Guard


class OpenAIAdapter:
    """Guards `OpenAI`, `AsyncOpenAI` and their subclasses."""

    library = "openai"

    def wrap(self, guard: Guard, client: Any, *, provider: str = "") -> Any | None:
        """Return the client with its calls guarded; None when it is no client.

        Args:
            guard: the guard.
            client: the client.
            provider: who answers behind a gateway, or on a host of one's own, where the address does not say it.
        """
        import openai

        from policykit.guard.adapters.openai.chat import ChatCompletions
        from policykit.guard.adapters.openai.responses import Responses
        from policykit.guard.adapters.shared.client import GuardedClient, GuardedPart, again, operation
        from policykit.guard.adapters.shared.client_binding import ClientBinding
        from policykit.guard.adapters.shared.helpers import helpers
        from policykit.guard.adapters.shared.streams.streaming_response import StreamingMethods

        if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
            return None
        is_async = isinstance(client, openai.AsyncOpenAI)

        def guarded(path: str, part: Any, shape: Shape) -> GuardedPart:
            binding = ClientBinding(guard.core, shape, part.create, client, provider)
            create = operation(guard, shape, part.create, is_async=is_async, binding=binding)
            ours = helpers(guard.core, part, create, ("parse", "stream"), is_async=is_async)
            streaming = StreamingMethods(create, is_async=is_async)
            return GuardedPart(path, part, {"create": create, "with_streaming_response": streaming, **ours})

        chat = {"completions": guarded("client.chat.completions", client.chat.completions, ChatCompletions())}
        return GuardedClient(
            "client",
            client,
            {
                "chat": GuardedPart("client.chat", client.chat, chat),
                "responses": guarded("client.responses", client.responses, Responses()),
                **again(self, guard, client, provider),
            },
        )


ADAPTER = OpenAIAdapter()
