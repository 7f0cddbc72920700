"""`GuardMiddleware`: the model and the tools of a LangChain agent, guarded.

    agent = create_agent(model, tools, middleware=[GuardMiddleware(guard, tools)])

It needs `langchain`, and replaces the model and the tools of each call by guarded ones, so that callbacks, and the
streams of an agent with them, are told what was checked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, ToolMessage

from policykit.errors import PolicyViolation
from policykit.guard.adapters.langchain.tool import guarded_tool, undeclared
from policykit.guard.flow.drivers import run, run_async

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


__all__ = ["GuardMiddleware", "guarded_tool"]
_MAX_BOUND = 256
"""Models and tools whose guarded form is kept; an agent may make new ones for every call."""


class GuardMiddleware(AgentMiddleware[Any, Any, Any]):
    """Guards an agent. Put it last: it is then next to the model and to the tools, behind what else changes calls."""

    def __init__(
        self,
        guard: Guard,
        tools: Sequence[Any] = (),
        *,
        facts: Mapping[str, Mapping[str, str]] | None = None,
        unknown: Iterable[str] = (),
        on_deny: Literal["raise", "message"] = "raise",
    ) -> None:
        """Bind the tools, so that what rules need and tools lack is found now.

        Args:
            guard: the guard.
            tools: the agent's tools; others are bound when they are first called.
            facts: for each tool, the facts that rules read and the arguments that they are.
            unknown: facts that rules read and no tool supplies.
            on_deny: whether a refusal is raised, or told to the agent as a message.

        Raises:
            GuardError: see `guarded_tool`.
        """
        super().__init__()
        self._guard = guard
        self._facts = dict(facts or {})
        self._unknown = tuple(unknown)
        self._raises = on_deny == "raise"
        self._bound: dict[int, tuple[Any, Any]] = {}
        for tool in tools:
            self._tool(tool)

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Let a guarded model answer."""
        try:
            return handler(request.override(model=self._model(request.model)))
        except PolicyViolation as violation:
            return self._said(violation)

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Let a guarded model answer."""
        try:
            return await handler(request.override(model=self._model(request.model)))
        except PolicyViolation as violation:
            return self._said(violation)

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Let a guarded tool act."""
        try:
            if (refused := undeclared(self._guard, request.tool_call)) is not None:
                run(refused)
            return handler(request.override(tool=self._tool(request.tool)))
        except PolicyViolation as violation:
            return self._told(violation, request.tool_call)

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Let a guarded tool act."""
        try:
            if (refused := undeclared(self._guard, request.tool_call)) is not None:
                await run_async(refused)
            return await handler(request.override(tool=self._tool(request.tool)))
        except PolicyViolation as violation:
            return self._told(violation, request.tool_call)

    def _model(self, model: Any) -> Any:
        return self._kept(model, self._guard.wrap)

    def _tool(self, tool: Any) -> Any:
        if tool is None:  # nothing of that name is there to act; the agent tells the model so
            return None
        facts = self._facts.get(tool.name)
        return self._kept(tool, lambda each: guarded_tool(self._guard, each, facts, unknown=self._unknown))

    def _kept(self, found: Any, wrap: Callable[[Any], Any]) -> Any:
        """Return the guarded form of a model or a tool, made once; the original is kept with it, as its name."""
        known = self._bound.get(id(found))
        if known is None:
            if len(self._bound) >= _MAX_BOUND:
                self._bound.pop(next(iter(self._bound)), None)
            known = self._bound[id(found)] = (found, wrap(found))
        return known[1]

    def _said(self, violation: PolicyViolation) -> AIMessage:
        if self._raises:
            raise violation
        return AIMessage(_refusal(violation))

    def _told(self, violation: PolicyViolation, call: Mapping[str, Any]) -> ToolMessage:
        if self._raises:
            raise violation
        return ToolMessage(_refusal(violation), name=call["name"], tool_call_id=call["id"], status="error")


def _refusal(violation: PolicyViolation) -> str:
    return f"Refused by policy: {violation}"
