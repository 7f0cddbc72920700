"""The three stores of a guard, together."""

from __future__ import annotations

import os
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

    @classmethod
    def sqlite(
        cls, path: str | os.PathLike[str], *, max_groups: int = 100_000, timeout_s: float = 5.0, durable: bool = False
    ) -> Stores:
        """Return stores in one file that the processes of a host share.

        Args:
            path: the file, on a local disk; made when it is not there, readable by this user alone.
            max_groups: groups of all windows together that are kept; a call that needs one more is refused.
            timeout_s: how long a call waits for other processes before the store cannot answer.
            durable: whether budgets, too, are on disk before a call goes on; approvals and stops always are.

        Raises:
            StoreError: the file cannot be used.
        """
        from policykit.guard.stores.sqlite_approvals import SqliteApprovals
        from policykit.guard.stores.sqlite_database import Database
        from policykit.guard.stores.sqlite_stops import SqliteStops
        from policykit.guard.stores.sqlite_windows import SqliteWindows

        # a connection each: every call reads the stops, which must not wait while an approval waits for the file's lock
        budgets = Database(path, timeout_s=timeout_s, durable=durable)
        approvals, stops = Database(path, timeout_s=timeout_s), Database(path, timeout_s=timeout_s)
        return cls(SqliteWindows(budgets, max_groups), SqliteApprovals(approvals), SqliteStops(stops))
