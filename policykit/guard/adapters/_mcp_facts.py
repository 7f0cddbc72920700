"""What calls of a server's tools are to the policy, as `Guard.wrap` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policykit.guard.argument import Argument, Result

Facts = Mapping[str, str | Argument | Result]
"""Each fact, and the member of the arguments that it is, or where it stands in one, or in the result."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """What a tool of a server is to the policy, where its name is another, such as one with a hyphen."""

    name: str
    """As the policy declares it."""
    facts: Facts = field(default_factory=dict)
