"""Adapters: `guard.wrap(client)` for clients of other libraries. One file each, found by its place.

A file defines `ADAPTER`, an object of the protocol below. It imports its library only when it wraps a client of it, and
goes through `policykit.guard.call.open_call.OpenCall` for every call, as the decorator does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from policykit.guard.guard import Guard


class Adapter(Protocol):
    """Guards the clients of one library."""

    @property
    def library(self) -> str:
        """Return the top-level module whose objects it wraps."""

    def wrap(self, guard: Guard, client: Any) -> Any | None:
        """Return the client with its calls guarded; None when it is not a client that this adapter knows.

        An adapter may take more, by name: `Guard.wrap` passes it on.
        """
