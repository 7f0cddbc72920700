"""Anthropic's clients: `messages.create` its streams, and the helpers over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class AnthropicAdapter:
    """Guards `Anthropic`, `AsyncAnthropic` and their subclasses."""

    library = "anthropic"

    def wrap(self, guard: Guard, client: Any, *, provider: str = "") -> Any | None:
        """Return the client with its calls guarded; None when it is no client.

        Args:
            guard: the guard.
            client: the client.
            provider: who answers behind a gateway, or on a host of one's own, where the address does not say it.
        """
        import anthropic

        from policykit.guard.adapters.anthropic.messages import Messages
        from policykit.guard.adapters.shared.client import GuardedClient, GuardedPart, again, operation
        from policykit.guard.adapters.shared.client_binding import ClientBinding
        from policykit.guard.adapters.shared.helpers import helpers

        if not isinstance(client, anthropic.Anthropic | anthropic.AsyncAnthropic):
            return None
        is_async = isinstance(client, anthropic.AsyncAnthropic)
        binding = ClientBinding(guard.core, Messages(), client.messages.create, client, provider)
        create = operation(guard, Messages(), client.messages.create, is_async=is_async, binding=binding)
        ours = helpers(guard.core, client.messages, create, ("parse", "stream"), is_async=is_async)
        messages = GuardedPart("client.messages", client.messages, {"create": create, **ours})
        return GuardedClient("client", client, {"messages": messages, **again(self, guard, client, provider)})


ADAPTER = AnthropicAdapter()
