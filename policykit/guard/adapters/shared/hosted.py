"""Tools that run at the provider, past every rule on tools: which of them a request hands out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OURS = ("function", "custom", "namespace", "computer", "local_shell", "apply_patch", "bash", "text_editor", "memory")
"""Kinds of tools that the application runs; Anthropic's have a date behind them. All others run at the provider.

Source: OpenAI's `ToolParam` and Anthropic's `ToolUnionParam`, of openai 3.57 and anthropic 2.14.
"""


def hosted_tools(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the tools that the provider would run, as `call.tools` has them."""
    tools, body = request.get("tools"), request.get("extra_body")
    found = [tool for tool in tools if _is_hosted(tool)] if isinstance(tools, list | tuple) else []
    names = [tool_name(tool) or "" for tool in found]
    more = {**request, **body} if isinstance(body, Mapping) else request
    if more.get("web_search_options") is not None and isinstance(more["web_search_options"], Mapping):
        names.append("web_search")
    for each in ("mcp_servers", "plugins"):
        items = more.get(each)
        names += [tool_name(item) or each for item in items] if isinstance(items, list | tuple) else []
    return tuple(names)


def tool_name(tool: Any) -> str | None:
    """Return what identifies a tool: its name, the label of a server, or what kind of tool it is."""
    if not isinstance(tool, Mapping):
        return None
    inner = tool.get("function") or tool.get("custom")
    named = inner if isinstance(inner, Mapping) else tool
    found = [named.get("name"), *(tool.get(each) for each in ("server_label", "mcp_server_name", "id", "type"))]
    return next((name for name in found if isinstance(name, str) and name), None)


def _is_hosted(tool: Any) -> bool:
    kind = tool.get("type") if isinstance(tool, Mapping) else None
    if kind is None or kind == "":
        return False
    environment = tool.get("environment")
    if kind == "shell":
        return not (isinstance(environment, Mapping) and environment.get("type") == "local")
    return not any(kind == each or str(kind).startswith(f"{each}_") for each in _OURS)
