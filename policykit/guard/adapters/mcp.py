"""MCP's clients (`mcp` 2.x): `Client` and `ClientSession`, over any transport.

    async with guard.wrap(Client("https://tools.example/mcp"), tools={"look_up": {"invoice.id": "invoice"}}) as client:
        await client.call_tool("look_up", {"invoice": "R-17"})

A call of a tool goes through tool input and tool output, as one of `Guard.tool` does; so do `read_resource` and
`get_prompt`, as calls of tools of these names. What a server says without being called is text that reaches the model
too, and is checked as output of tools that bear the names of the client's methods: `list_tools`, `list_prompts`,
`list_resources`, `list_resource_templates`, `instructions`. They need not be declared and count in no window. Facts
that only a call has are unknown there, so that a rule about these says which tool it is about
(`tool.name is "look_up" and ...`). Everything else of a client is refused unless it carries no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.guard.adapters._mcp_facts import Facts, McpTool

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class McpAdapter:
    """Guards `Client`, `ClientSession` and their subclasses."""

    library = "mcp"

    def wrap(
        self,
        guard: Guard,
        client: Any,
        *,
        tools: Mapping[str, McpTool | Facts] | None = None,
        fixed: Mapping[str, object] | None = None,
        unknown: Iterable[str] = (),
    ) -> Any | None:
        """Return the client with its calls guarded; None when it is no client.

        Args:
            guard: the guard.
            client: a `Client` or a `ClientSession`.
            tools: by its name at the server, the facts that each tool supplies; other tools are refused. Without it,
                every tool may be called that the policy declares, or any where it declares none.
            fixed: facts that are the same for all calls of this client, such as `tool.server`.
            unknown: facts that rules read and nobody supplies here, so that the rules' `unknown` decides.

        Raises:
            GuardError: the tools do not fit the policy, or the client's sampling callback is not guarded.
        """
        from mcp import Client, ClientSession

        from policykit.guard.adapters._mcp_client import GuardedMcpClient
        from policykit.guard.adapters._mcp_tools import Tools

        if not isinstance(client, Client | ClientSession):
            return None
        given = None if tools is None else {name: _tool(name, each) for name, each in tools.items()}
        return GuardedMcpClient(client, Tools(guard, given, dict(fixed or {}), frozenset(unknown)))


def _tool(name: str, given: McpTool | Facts) -> McpTool:
    return given if isinstance(given, McpTool) else McpTool(name, given)


ADAPTER = McpAdapter()
