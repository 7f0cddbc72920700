"""How a stream of pieces is checked: one channel of text, and the shape of the pieces that carry it.

Adapters give each channel of a provider's deltas (the answer, the arguments of each tool call) a `Channel` of its own.
"""

from __future__ import annotations

from typing import Protocol


class Channel(Protocol):
    """Text that comes in pieces and leaves only after it was checked; `PolicyViolation` where it must not leave."""

    def push(self, text: str) -> str:
        """Take a piece; return what may leave now, often nothing yet."""

    def finish(self) -> str:
        """Return the rest, after the whole text was checked. Called once, when the source has ended."""
