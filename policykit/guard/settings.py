"""The settings of a guard, for `Guard.load` and `Guard.of`, and of what it wraps, for `Guard.wrap`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from policykit.guard.adapters._mcp_facts import Facts, McpTool
    from policykit.guard.cost import CostModel
    from policykit.guard.fallbacks import Fallback
    from policykit.guard.observer import Observer
    from policykit.guard.options import GuardOptions
    from policykit.guard.recording.commitments import Commitments
    from policykit.guard.recording.writer import Appendable
    from policykit.guard.stores.bundle import Stores
    from policykit.guard.stores.protocol import Answer, ApprovalRequest, Stop
    from policykit.trail.clock import Clock


class Settings(TypedDict, total=False):
    """What a deployment gives a guard."""

    trail: Appendable | None
    """Where decisions are recorded (`policykit.trail.Trail`); without one, nothing is."""
    commitments: Commitments | None
    """How records commit to texts; without, records leave texts out altogether."""
    fallbacks: Mapping[str, Fallback | Callable[..., Any]] | None
    """Functions behind the policy's fallbacks, by name."""
    approvers: Mapping[str, Callable[[ApprovalRequest], Answer | Awaitable[Answer | None] | None]] | None
    """Asked on behalf of a role: they take an `ApprovalRequest` and return an `Answer`, or None when it comes later.

    They are waited for no longer than the time to answer; functions that are no coroutines run in a thread.
    """
    tell: Mapping[str, Callable[[Stop], object]] | None
    """Told, by role, when calls are paused; they may be coroutine functions, and what they return is not looked at."""
    context_facts: Iterable[str]
    """Facts that `Guard.context` supplies for all calls."""
    stores: Stores | None
    """Windows, approvals and stops; in memory by default."""
    cost: CostModel | None
    """Estimates and settles `call.cost`, such as `policykit.guard.PriceTable`."""
    observers: Sequence[Observer]
    """Told of every decision."""
    require: Sequence[str]
    """Functions and tools without which `Guard.start` refuses."""
    options: GuardOptions | None
    """How the guard enforces."""
    clock: Clock | None
    """The time."""
    secret: bytes | None
    """32 bytes or more, for pseudonyms and approvals that several processes share, or the next one finds again."""


class Wrapping(TypedDict, total=False):
    """What the adapters of clients take; each takes some of it."""

    provider: str
    """Who answers behind a gateway or on a host of one's own, where the address does not say it (OpenAI, Anthropic)."""
    tools: Mapping[str, McpTool | Facts] | None
    """By its name at the server, the facts that each tool supplies; other tools are refused (MCP)."""
    fixed: Mapping[str, object] | None
    """Facts that are the same for all calls of this client, such as `tool.server` (MCP)."""
    unknown: Iterable[str]
    """Facts that rules read and nobody supplies here, so that the rules' `unknown` decides (MCP)."""
