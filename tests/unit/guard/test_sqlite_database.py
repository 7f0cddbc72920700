"""A store on disk fails closed: whatever is wrong with the file, it is a `StoreError`, and nothing is answered."""

import os
import sqlite3
import stat

import pytest

from policykit.guard.stores.protocol import Cell, Entry, Stop, StoreError
from policykit.guard.stores.sqlite_approvals import SqliteApprovals
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_stops import SqliteStops
from policykit.guard.stores.sqlite_windows import SqliteWindows

CELL = Cell("spend", "", 0, 0)
ENTRY = Entry(CELL, True, 1)


def test_a_file_of_another_kind_or_version_is_refused_and_left_as_it_is(tmp_path):
    text, other, newer = tmp_path / "text", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("policy x version '1'\n" * 100)
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE customers (name)")
    connection.close()
    Database(newer).close()
    connection = sqlite3.connect(newer)
    connection.execute("PRAGMA user_version = 3")
    connection.close()
    before = [path.read_bytes() for path in (text, other)]
    for path in (text, other, newer):
        with pytest.raises(StoreError, match="PK381"):
            Database(path)
    assert [path.read_bytes() for path in (text, other)] == before


def test_a_folder_a_missing_folder_and_a_missing_store_are_refused(tmp_path):
    for path, create in ((tmp_path, True), (tmp_path / "none" / "store.db", True), (tmp_path / "store.db", False)):
        with pytest.raises(StoreError, match="PK380"):
            Database(path, create=create)
    assert not (tmp_path / "store.db").exists()


def test_a_store_that_is_made_is_readable_by_its_user_alone(tmp_path):
    database = Database(tmp_path / "store.db")
    SqliteWindows(database).settle("a", [ENTRY], [], 1)
    assert {stat.S_IMODE(os.stat(path).st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_waiting_for_another_process_is_bounded_and_ends_in_an_error(tmp_path):
    database = Database(tmp_path / "store.db", timeout_s=0.05)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="PK382"):
        SqliteWindows(database).reserve("a", [ENTRY], [CELL], 1, 1)
    other.execute("ROLLBACK")
    other.close()
    assert SqliteWindows(database).reserve("a", [ENTRY], [CELL], 1, 1)["spend"].total == 1


def test_a_store_that_was_deleted_or_replaced_while_in_use_answers_nothing(tmp_path):
    path = tmp_path / "store.db"
    database = Database(path)
    os.replace(path, tmp_path / "elsewhere")
    for _ in range(2):
        with pytest.raises(StoreError, match="PK382"):
            SqliteWindows(database).totals([CELL])
        Database(path).close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE window_groups SET total = 'many'",
        "UPDATE window_groups SET total = 'NaN'",
        "UPDATE window_groups SET currencies = '['",
        "UPDATE window_groups SET total = x'00'",
        "DROP TABLE window_claims",
        "UPDATE approvals SET request = '{}'",
        "UPDATE stops SET stop = '{\"clause\": 1}'",
    ],
)
def test_a_row_that_is_not_understood_is_an_error_never_an_answer(database, damage):
    stop = Stop("STOP-1", "", "cause", 1, 1, ())
    SqliteWindows(database).settle("a", [ENTRY], [], 1)
    SqliteStops(database).trip(stop)
    with database.write() as sql:
        sql.execute(
            "INSERT INTO approvals (id, digest, state, expires_ns, request) VALUES ('a', 'd', 'granted', 9, '{')"
        )
        sql.execute(damage)
    looks = {
        "window": lambda: SqliteWindows(database).totals([CELL]),
        "stops": lambda: SqliteStops(database).tripped(),
        "": lambda: SqliteApprovals(database).get("a", 1),
    }
    look = next(each for word, each in looks.items() if word in damage)
    with pytest.raises(StoreError, match="PK382"):
        look()


def test_values_that_sqlite_cannot_hold_are_an_error_and_change_nothing(database):
    windows = SqliteWindows(database)
    for claim, slot in (("\ud800", 0), ("a", 2**63)):
        with pytest.raises(StoreError, match="PK382"):
            windows.reserve(claim, [Entry(Cell("spend", "", slot, 0), True, 1)], [], 1, 1)
    assert windows.totals([CELL])["spend"].calls == 0


def test_an_error_inside_a_change_undoes_it(database):
    with pytest.raises(RuntimeError), database.write() as sql:  # noqa: PT012 - the block is the transaction
        sql.execute("INSERT INTO stops (clause, tool, stop) VALUES ('A', '', '{}')")
        raise RuntimeError
    assert SqliteStops(database).tripped() == []
