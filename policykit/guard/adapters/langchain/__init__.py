"""LangChain: chat models and tools. `policykit.guard.langchain` has the middleware for agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class LangChainAdapter:
    """Guards `BaseChatModel` and `BaseTool`, of whatever integration."""

    library = "langchain_core"

    def wrap(self, guard: Guard, client: Any) -> Any | None:
        """Return a chat model or a tool with its calls guarded; None when it is neither."""
        from langchain_core.language_models.chat_models import BaseChatModel
        from langchain_core.tools import BaseTool

        if isinstance(client, BaseChatModel):
            from policykit.guard.adapters.langchain.model import guarded_model, is_guarded_model

            return client if is_guarded_model(client) else guarded_model(guard, client)
        if isinstance(client, BaseTool):
            from policykit.guard.adapters.langchain.tool import guarded_tool

            return guarded_tool(guard, client)
        return None


ADAPTER = LangChainAdapter()
