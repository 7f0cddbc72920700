"""The three stores of a guard, together."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.guard.stores.protocol import ApprovalStore, StopStore, WindowStore


@dataclass(frozen=True, slots=True)
class Stores:
    """Windows, approvals and stops. A server shared by several hosts is three objects of these protocols."""

    windows: WindowStore
    approvals: ApprovalStore
    stops: StopStore

    @classmethod
    def in_memory(cls, *, max_groups: int = 100_000) -> Stores:
        """Return stores of this process; what they hold ends with it.

        Args:
            max_groups: groups of all windows together that are kept; a call that needs one more is refused.
        """
        from policykit.guard.stores.memory_approvals import MemoryApprovals
        from policykit.guard.stores.memory_stops import MemoryStops
        from policykit.guard.stores.memory_windows import MemoryWindows

        return cls(MemoryWindows(max_groups), MemoryApprovals(), MemoryStops())
