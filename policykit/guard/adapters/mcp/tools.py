"""Which tools of a server may be called, and the plan of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters.mcp.binding import McpBinding, supplied
from policykit.guard.adapters.mcp.facts import McpTool
from policykit.guard.call.calls import Bound
from policykit.guard.problems import unknown_name
from policykit.guard.setup.plan import CallPlan, Supplied

if TYPE_CHECKING:
    from policykit.guard.guard import Guard

MAX_PLANS = 1_000
"""Tools of one client whose plans are kept; a server may name any number."""


class Tools:
    """The tools of one client. Not in it: what the server says of them."""

    def __init__(
        self,
        guard: Guard,
        given: Mapping[str, McpTool] | None,
        fixed: Mapping[str, object],
        unknown: frozenset[str],
    ) -> None:
        """Check what was given against the policy.

        Raises:
            GuardError: a tool is not declared, or what it supplies does not fit the rules.
        """
        self.guard = guard
        self._given = given
        self._fixed = fixed
        self._unknown = unknown
        self._plans: dict[str, CallPlan] = {}
        declared = guard.policy.checked.tools
        for tool in (given or {}).values():
            if declared and tool.name not in declared:
                raise GuardError([unknown_name("PK348", "tool", tool.name, declared)])
        for name, tool in (given or {}).items():
            self._plans[name] = self._plan(name, tool, is_kept=True)
        self.overhearing("list_tools")  # what rules need and nobody supplies is found now, not at the first call

    def may_be_called(self, name: str) -> bool:
        """Whether a tool of the server may be called at all."""
        if self._given is not None:
            return name in self._given
        declared = self.guard.policy.checked.tools
        return not declared or name in declared

    def bound(self, name: str, kind: str, function: Callable[..., Any]) -> Bound:
        """Return how a tool is called. Requires that it may be."""
        tool = self._tool(name)
        return Bound(self.plan(name), McpBinding(function, kind, tool.facts), function)

    def plan(self, name: str) -> CallPlan:
        """Return the plan of a tool that may be called."""
        found = self._plans.get(name)
        if found is None:
            is_kept = len(self._plans) < MAX_PLANS
            found = self._plan(name, self._tool(name), is_kept=is_kept)
            if is_kept:
                self._plans[name] = found
        return found

    def outsider(self, name: str) -> CallPlan:
        """Return a plan for a record about what is no tool of the policy."""
        everything = frozenset(self.guard.policy.checked.facts)
        return CallPlan(self.guard.core, f"mcp {name:.200}", Supplied((), (), (), (), everything), tool=name)

    def overhearing(self, name: str) -> CallPlan:
        """Return the plan for what a server says without a tool being called: facts of tools are unknown there."""
        of_tools = {fact for tool in (self._given or {}).values() for fact in tool.facts}
        supplies = supplied({}, self._unknown | of_tools)
        return CallPlan(self.guard.core, f"mcp {name}", supplies, tool=name, fixed=self._fixed)

    def _tool(self, name: str) -> McpTool:
        return McpTool(name) if self._given is None else self._given[name]

    def _plan(self, name: str, tool: McpTool, *, is_kept: bool) -> CallPlan:
        supplies = supplied(tool.facts, self._unknown)
        title = f"mcp {name:.200}"
        if is_kept:
            return self.guard.plan(title, supplies, tool=tool.name, fixed=self._fixed)
        return CallPlan(self.guard.core, title, supplies, tool=tool.name, fixed=self._fixed)
