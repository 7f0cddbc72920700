"""Anthropic's clients: `messages.create` its streams, and the helpers over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class AnthropicAdapter:
    """Guards `Anthropic`, `AsyncAnthropic` and their subclasses."""

    library = "anthropic"

    def wrap(self, guard: Guard, client: Any) -> Any | None:
        """Return the client with its calls guarded; None when it is no client."""
        import anthropic

        from policykit.guard.adapters._anthropic_messages import Messages
        from policykit.guard.adapters._client import GuardedClient, GuardedPart, again, operation
        from policykit.guard.adapters._helpers import helpers

        if not isinstance(client, anthropic.Anthropic | anthropic.AsyncAnthropic):
            return None
        is_async = isinstance(client, anthropic.AsyncAnthropic)
        create = operation(guard, Messages(), client.messages.create, is_async=is_async)
        ours = helpers(client.messages, create, ("parse", "stream"), is_async=is_async)
        messages = GuardedPart("client.messages", client.messages, {"create": create, **ours})
        return GuardedClient("client", client, {"messages": messages, **again(self, guard, client)})


ADAPTER = AnthropicAdapter()
