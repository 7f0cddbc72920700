"""Windows in a SQLite file: exact aggregates in slots, shared by the processes of one host.

A claim has a lease: a process that ends between `reserve` and `settle` leaves it behind, and the first call after the
lease takes it out. Process numbers are not looked at, because processes in other containers may share the file.

Size: groups x slots, open claims, and `MAX_AMENDABLE` settled calls. Groups that hold nothing any more are dropped.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import Cell, Entry, Totals
from policykit.guard.stores.sqlite_codec import entries_of, entries_text
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_groups import Group

MAX_AMENDABLE = 100_000
"""Settled calls that later facts can still reach; the oldest are forgotten first."""
SESSION_IDLE_NS = 86_400 * 1_000_000_000
"""A session that made no call for this long is forgotten."""
SWEEP_EVERY = 1_000
"""New groups between two looks for groups that hold nothing any more."""
_SWEEP = """DELETE FROM window_groups WHERE id IN (
    SELECT g.id FROM window_groups AS g
    JOIN (SELECT window, max(newest_first) AS first FROM window_groups GROUP BY window) AS live USING (window)
    WHERE ((g.session <> '' AND g.used_ns < :idle) OR g.newest_slot < live.first
        OR (g.window = :window AND g.newest_slot < :first))
    AND NOT EXISTS (SELECT 1 FROM window_claims AS c WHERE c.group_id = g.id))"""


class SqliteWindows:
    """A `WindowStore` in a file."""

    blocking = True

    def __init__(self, database: Database, max_groups: int = 100_000) -> None:
        self._database = database
        self._max_groups = max_groups

    def reserve(
        self, claim: str, entries: Sequence[Entry], reads: Sequence[Cell], now_ns: int, lease_ns: int
    ) -> Mapping[str, Totals]:
        """Add a call's estimate and return totals, in one transaction."""
        with self._database.write() as sql:
            self._take_out(sql, claim, now_ns)
            for entry in entries:
                group = self._group(sql, entry.cell, now_ns)
                group.save(sql, now_ns)
                row = (group.id, claim, now_ns + lease_ns, entry.cell.slot, entries_text([entry]))
                sql.execute("INSERT OR REPLACE INTO window_claims VALUES (?, ?, ?, ?, ?)", row)
            return _totals(sql, reads)

    def settle(
        self,
        claim: str,
        entries: Sequence[Entry],
        reads: Sequence[Cell],
        now_ns: int,
        facts: Mapping[str, str] | None = None,
    ) -> Mapping[str, Totals]:
        """Replace what a claim reserved by what was used."""
        with self._database.write() as sql:
            self._take_out(sql, claim, now_ns)
            self._add(sql, entries, now_ns)
            if facts is not None:
                _remember(sql, claim, facts, entries)
            return _totals(sql, reads)

    def release(self, claim: str) -> None:
        """Take out what a claim reserved."""
        with self._database.write() as sql:
            sql.execute("DELETE FROM window_claims WHERE claim = ?", (claim,))

    def recall(self, claim: str) -> tuple[Mapping[str, str], Sequence[Entry]] | None:
        """Return what a settled call was remembered with."""
        with self._database.read() as sql:
            row = sql.execute("SELECT facts, entries FROM window_settled WHERE claim = ?", (claim,)).fetchone()
            return None if row is None else (json.loads(row[0]), entries_of(row[1]))

    def amend(self, claim: str, entries: Sequence[Entry], now_ns: int) -> bool:
        """Replace what a settled claim added."""
        with self._database.write() as sql:
            row = sql.execute("SELECT entries FROM window_settled WHERE claim = ?", (claim,)).fetchone()
            if row is None:
                return False
            self._add(sql, entries_of(row[0]), now_ns, -1)
            self._add(sql, entries, now_ns)
            sql.execute("UPDATE window_settled SET entries = ? WHERE claim = ?", (entries_text(entries), claim))
            return True

    def totals(self, reads: Sequence[Cell]) -> Mapping[str, Totals]:
        """Return totals without adding anything."""
        with self._database.read() as sql:
            return _totals(sql, reads)

    def end_session(self, session: str) -> None:
        """Forget the windows of a session; the empty one is none."""
        if session:
            with self._database.write() as sql:
                sql.execute("DELETE FROM window_groups WHERE session = ?", (session,))

    def _add(self, sql: sqlite3.Connection, entries: Sequence[Entry], now_ns: int, sign: int = 1) -> None:
        for entry in entries:
            group = self._group(sql, entry.cell, now_ns)
            group.add(sql, entry, sign)
            group.save(sql, now_ns)

    def _take_out(self, sql: sqlite3.Connection, claim: str, now_ns: int) -> None:
        """Take out a claim, and all whose lease has ended."""
        sql.execute("DELETE FROM window_claims WHERE claim = ?", (claim,))
        sql.execute("DELETE FROM window_claims WHERE deadline_ns <= ?", (now_ns,))

    def _group(self, sql: sqlite3.Connection, cell: Cell, now_ns: int) -> Group:
        group = Group.found(sql, cell)
        if group is None:
            self._make_room(sql, cell, now_ns)
            return Group.made(sql, cell, now_ns)
        group.advance(sql, cell)
        return group

    def _make_room(self, sql: sqlite3.Connection, wanted: Cell, now_ns: int) -> None:
        """Drop groups that hold nothing any more, now and then, and when there are too many.

        Raises:
            StoreError: all of them are in use.
        """
        (count,) = sql.execute("SELECT count(*) FROM window_groups").fetchone()
        if count < self._max_groups and (count + 1) % SWEEP_EVERY:
            return
        values = {"idle": now_ns - SESSION_IDLE_NS, "window": wanted.window, "first": wanted.first}
        count -= sql.execute(_SWEEP, values).rowcount
        if count >= self._max_groups:
            raise store_problem(
                "PK383", f"more than {self._max_groups:,} groups of windows are in use", place=self._database.place
            )


def _totals(sql: sqlite3.Connection, reads: Sequence[Cell]) -> dict[str, Totals]:
    found = {}
    for cell in reads:
        group = Group.found(sql, cell)
        found[cell.window] = Totals() if group is None else group.totals(sql, cell.first)
    return found


def _remember(sql: sqlite3.Connection, claim: str, facts: Mapping[str, str], entries: Sequence[Entry]) -> None:
    sql.execute(
        "INSERT INTO window_settled (claim, facts, entries) VALUES (?, ?, ?)"
        " ON CONFLICT (claim) DO UPDATE SET facts = excluded.facts, entries = excluded.entries",
        (claim, json.dumps(dict(facts)), entries_text(entries)),
    )
    sql.execute("DELETE FROM window_settled WHERE seq <= (SELECT max(seq) FROM window_settled) - ?", (MAX_AMENDABLE,))
