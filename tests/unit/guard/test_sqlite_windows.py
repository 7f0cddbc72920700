"""Budgets on disk: never overspent by several processes, released after a crash, bounded in size."""

import os
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from policykit.guard.stores import sqlite_windows
from policykit.guard.stores.bundle import Stores
from policykit.guard.stores.memory_windows import MemoryWindows
from policykit.guard.stores.protocol import Cell, Entry, StoreError, Totals
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_groups import MIN_LEFT
from policykit.guard.stores.sqlite_windows import SqliteWindows

PROCESSES = str(Path(__file__).with_name("processes.py"))
CELL = Cell("spend", "north", 0, 0)
SECOND = 10**9
LEASE = 60 * SECOND


def start(what, *arguments):
    return subprocess.Popen([sys.executable, PROCESSES, what, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def entry(value, cell=CELL, **more):
    return Entry(cell, True, value, "EUR", **more)


@pytest.fixture
def windows(database):
    return SqliteWindows(database)


def test_four_processes_never_spend_more_than_the_budget_and_what_they_spent_is_what_is_kept(tmp_path):
    path = tmp_path / "store.db"
    running = [start("spend", path, name, 40, 500) for name in "abcd"]  # all four open a file that is not there yet
    made = [int(process.communicate()[0]) for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert sum(made) * 7 <= 500
    assert sum(made) * 7 > 500 - 4 * 7, "calls at the edge may refuse each other, but no more than one for each process"
    assert SqliteWindows(Database(path)).totals([CELL])["spend"].total == sum(made) * 7


def test_200_threads_on_one_budget_never_spend_more_than_it(tmp_path):
    # An hour, however slow the disk is: that a call does not wait for ever has a law of its own.
    windows, spent = SqliteWindows(Database(tmp_path / "store.db", timeout_s=3_600, durable=False)), []

    def call(number):
        total = windows.reserve(f"c{number}", [entry(7)], [CELL], SECOND, LEASE)["spend"].total
        if total > 500:
            windows.release(f"c{number}")
        else:
            windows.settle(f"c{number}", [entry(7)], [], SECOND)
            spent.append(7)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 450 < sum(spent) <= 500
    assert windows.totals([CELL])["spend"].total == sum(spent)


def test_a_process_killed_between_reserve_and_settle_holds_its_reservation_until_the_lease_ends(tmp_path):
    path = tmp_path / "store.db"
    died = start("die", path)
    died.communicate()
    assert died.returncode == -signal.SIGKILL
    windows = SqliteWindows(Database(path))
    before = windows.reserve("next", [], [CELL], 1000 + LEASE - 1, LEASE)
    after = windows.reserve("next", [], [CELL], 1000 + LEASE, LEASE)
    assert (before["spend"].total, after["spend"].total) == (7, 0)


def test_a_process_killed_in_the_middle_of_a_change_changes_nothing(tmp_path):
    path = tmp_path / "store.db"
    windows = SqliteWindows(Database(path))
    windows.settle("a", [entry(7)], [], SECOND)
    start("die-writing", path).communicate()
    assert windows.totals([CELL])["spend"].total == 7


def test_what_was_settled_and_reserved_is_there_after_a_restart(tmp_path):
    first = Stores.sqlite(tmp_path / "store.db").windows
    first.settle("a", [entry(Decimal("0.1"))], [], SECOND, {"call.team": "north"})
    first.settle("b", [entry(Fraction(1, 3))], [], SECOND)
    first.reserve("c", [entry(Decimal("0.2"))], [], SECOND, LEASE)
    second = Stores.sqlite(tmp_path / "store.db").windows
    assert second.totals([CELL])["spend"] == Totals(
        3, 3, 3, Fraction(19, 30), Decimal("0.1"), Fraction(1, 3), {}, frozenset({"EUR"})
    )
    assert second.recall("a") == ({"call.team": "north"}, (entry(Decimal("0.1")),))


def test_a_call_that_fails_halfway_reserves_nothing(database):
    windows = SqliteWindows(database, max_groups=1)
    with pytest.raises(StoreError, match="PK383"):
        windows.reserve("a", [entry(1), entry(1, Cell("spend", "south", 0, 0))], [], SECOND, LEASE)
    assert windows.totals([CELL])["spend"] == Totals()


def test_groups_and_slots_that_no_window_can_need_are_dropped(database):
    windows = SqliteWindows(database, max_groups=10)
    for slot in range(200):
        cell = Cell("spend", f"team {slot}", slot, slot - 4)
        windows.settle(
            f"c{slot}", [entry(1, cell), entry(1, Cell("all", "", slot, slot - 4), keeps_values=True)], [], slot
        )
    with database.read() as sql:
        counts = [
            sql.execute(f"SELECT count(*) FROM window_{each}").fetchone()[0] for each in ("groups", "slots", "values")
        ]
    assert counts[0] <= 10
    left = 1 + max(MIN_LEFT, 4)  # kept for clocks that go back
    assert counts[1] <= 15 + left
    assert counts[2] <= 5 + left


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_clock_that_goes_forward_and_back_forgets_nothing(kind, database):
    windows = SqliteWindows(database) if kind == "sqlite" else MemoryWindows()

    def day(number: int) -> Cell:
        return Cell("spend", "", number, number)

    for number, spent in ((5, 3), (5, 4), (6, 10), (5, 1), (400, 20), (5, 2)):
        windows.settle(f"c{number}-{spent}", [entry(spent, day(number))], [], SECOND)
    back = windows.totals([day(5)])["spend"]
    assert (back.calls, back.total, back.low, back.high) == (
        6,
        40,
        1,
        20,
    )  # the days to come count too: never too little
    assert windows.totals([day(6)])["spend"].total == 30
    assert windows.totals([day(400)])["spend"].total == 20
    assert windows.totals([day(5)])["spend"].total == 40


def test_groups_that_are_in_use_are_never_dropped_the_call_is_refused(database):
    windows = SqliteWindows(database, max_groups=2)
    windows.reserve("a", [entry(1, Cell("spend", "a", 0, 0))], [], SECOND, LEASE)
    windows.settle("b", [entry(1, Cell("spend", "b", 9, 9))], [], SECOND)
    with pytest.raises(StoreError, match="PK383"):
        windows.settle("c", [entry(1, Cell("spend", "c", 9, 9))], [], SECOND)
    windows.release("a")
    windows.settle("c", [entry(1, Cell("spend", "c", 9, 9))], [], SECOND)


def test_settled_calls_are_remembered_up_to_a_bound_and_the_oldest_are_forgotten(windows, monkeypatch):
    monkeypatch.setattr(sqlite_windows, "MAX_AMENDABLE", 3)
    for number in range(5):
        windows.settle(f"c{number}", [entry(1)], [], SECOND, {})
    assert [windows.recall(f"c{number}") is not None for number in range(5)] == [False, False, True, True, True]
    assert windows.amend("c0", [], SECOND) is False


def test_a_sum_that_would_have_to_be_rounded_is_an_error_and_changes_nothing(windows):
    windows.settle("a", [entry(Decimal("1E+60"))], [], SECOND)
    with pytest.raises(StoreError, match="PK382"):
        windows.settle("b", [entry(Decimal("1E-60"))], [], SECOND)
    assert windows.totals([CELL])["spend"].total == 10**60


def test_the_empty_session_is_no_session_that_could_be_ended(windows):
    windows.settle("a", [entry(1)], [], SECOND)
    windows.end_session("")
    assert windows.totals([CELL])["spend"].total == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_opens_its_own_connection(windows):
    windows.settle("a", [entry(1)], [], SECOND)
    child = os.fork()
    if child == 0:
        try:
            windows.settle("b", [entry(2)], [], SECOND)
            os._exit(0 if windows.totals([CELL])["spend"].total == 3 else 1)
        except BaseException:  # noqa: BLE001 - the child must not go on with the tests
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert windows.totals([CELL])["spend"].total == 3
