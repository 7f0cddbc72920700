"""What other processes do to a store in the tests, run as `python processes.py WHAT STORE ...`."""

import os
import signal
import sys
import time

from policykit.guard.stores.protocol import Cell, Entry
from policykit.guard.stores.sqlite_approvals import SqliteApprovals
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_windows import SqliteWindows

CELL = Cell("spend", "north", 0, 0)
LEASE_NS = 60 * 10**9


def spend(path, name, calls, limit):
    """Make calls of 7 as long as the budget holds, as the guard does: reserve, look, settle or release."""
    store, made = SqliteWindows(Database(path, timeout_s=3_600, durable=False)), 0
    for number in range(int(calls)):
        claim, entry = f"{name}-{number}", Entry(CELL, True, 7, "EUR")
        total = store.reserve(claim, [entry], [CELL], time.time_ns(), LEASE_NS)["spend"].total
        if total > int(limit):
            store.release(claim)
        else:
            store.settle(claim, [entry], [], time.time_ns())
            made += 1
    print(made)  # noqa: T201 - how the parent learns of it


def die(path):
    """Reserve, and be killed before settling."""
    store = SqliteWindows(Database(path))
    store.reserve("lost", [Entry(CELL, True, 7, "EUR")], [CELL], 1000, LEASE_NS)
    os.kill(os.getpid(), signal.SIGKILL)


def die_writing(path):
    """Be killed in the middle of a transaction."""
    with Database(path).write() as sql:
        sql.execute("DELETE FROM window_groups")
        os.kill(os.getpid(), signal.SIGKILL)


def use(path, request_id, digest):
    """Use an approval up, and say whether it could be."""
    print(SqliteApprovals(Database(path, timeout_s=3_600)).use(request_id, digest, 2000))  # noqa: T201 - how the parent learns of it


if __name__ == "__main__":
    {"spend": spend, "die": die, "die-writing": die_writing, "use": use}[sys.argv[1]](*sys.argv[2:])
