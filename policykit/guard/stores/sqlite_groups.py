"""One group of one window on disk: its sums, its slots, and its open claims. All within the caller's transaction.

The sums over the live slots stand in the group's own row; a slot that has left the window is subtracted from them, as
in memory. Values of percentiles are rows of their own.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

from policykit.guard.stores.protocol import Cell, Entry, Totals
from policykit.guard.stores.sqlite_codec import entries_of, exact_of, exact_text, key_text, optional_of, optional_text
from policykit.guard.stores.tally import WindowTally, greater, lesser

_SUMS = "calls, counted, valued, total, low, high, currencies"
_FIND = f"SELECT id, newest_slot, newest_first, {_SUMS} FROM window_groups WHERE window = ? AND grp = ? AND session = ?"  # noqa: S608
_SAVE = """UPDATE window_groups SET newest_slot = ?, newest_first = ?, used_ns = ?,
    calls = ?, counted = ?, valued = ?, total = ?, low = ?, high = ?, currencies = ? WHERE id = ?"""
_INSERT = f"INSERT INTO window_groups (window, grp, session, newest_slot, newest_first, used_ns, {_SUMS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: E501, S608
_SAVE_SLOT = f"INSERT OR REPLACE INTO window_slots (group_id, slot, {_SUMS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_COUNT_VALUE = """INSERT INTO window_values (group_id, slot, value, n) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET n = n + excluded.n"""
MIN_LEFT = 8
"""Slots that are kept at least after they have left their window."""


class Group:
    """The sums of a group, with the rows that belong to them."""

    __slots__ = ("first", "id", "newest", "running")

    def __init__(self, group_id: int, newest: int, first: int, running: WindowTally) -> None:
        self.id = group_id
        self.newest = newest
        self.first = first
        """The oldest live slot as of the newest one."""
        self.running = running
        """Sums over the slots, with the least and the greatest value of them."""

    @classmethod
    def found(cls, sql: sqlite3.Connection, cell: Cell) -> Group | None:
        """Return the group of a cell, or None."""
        row = sql.execute(_FIND, (cell.window, key_text(cell.group), cell.session)).fetchone()
        return None if row is None else cls(row[0], row[1], row[2], _tally_of(row[3:]))

    @classmethod
    def made(cls, sql: sqlite3.Connection, cell: Cell, now_ns: int) -> Group:
        """Add a group that was not there."""
        key = (cell.window, key_text(cell.group), cell.session, cell.slot, cell.first, now_ns)
        found = sql.execute(_INSERT, (*key, *_columns(WindowTally())))
        assert found.lastrowid is not None
        return cls(found.lastrowid, cell.slot, cell.first, WindowTally())

    def advance(self, sql: sqlite3.Connection, cell: Cell) -> None:
        """Leave out what has left the window once a newer slot begins; the newest of it is kept.

        A clock that was set forward comes back, and the clocks of processes differ: then it counts again.
        """
        if self.newest >= cell.slot:
            return
        self.newest = cell.slot
        self._begin_at(sql, cell.first)
        kept = max(MIN_LEFT, cell.slot - cell.first)
        oldest = sql.execute(
            "SELECT slot FROM window_slots WHERE group_id = ? AND slot < ? ORDER BY slot DESC LIMIT 1 OFFSET ?",
            (self.id, cell.first, kept),
        ).fetchone()
        for table in ("window_slots", "window_values") if oldest else ():
            sql.execute(f"DELETE FROM {table} WHERE group_id = ? AND slot <= ?", (self.id, oldest[0]))  # noqa: S608

    def save(self, sql: sqlite3.Connection, now_ns: int) -> None:
        """Write the group's own row."""
        sql.execute(_SAVE, (self.newest, self.first, now_ns, *_columns(self.running), self.id))

    def add(self, sql: sqlite3.Connection, entry: Entry, sign: int = 1) -> None:
        """Add a settled entry to its slot, or with a sign of -1 take it out; a slot that is gone gives nothing."""
        place = (self.id, entry.cell.slot)
        row = sql.execute(f"SELECT {_SUMS} FROM window_slots WHERE group_id = ? AND slot = ?", place).fetchone()  # noqa: S608
        if row is None and sign < 0:
            return
        slot = WindowTally() if row is None else _tally_of(row)
        slot.add(entry, sign)
        if entry.cell.slot >= self.first:
            self.running.add(entry, sign)
        sql.execute(_SAVE_SLOT, (*place, *_columns(slot)))
        if entry.keeps_values and entry.counts and entry.value is not None:
            sql.execute(_COUNT_VALUE, (*place, exact_text(entry.value), sign))
        if sign < 0:
            self._find_extremes(sql)
        elif slot.valued and entry.cell.slot >= self.first:
            self.running.low = lesser(self.running.low, slot.low)
            self.running.high = greater(self.running.high, slot.high)

    def totals(self, sql: sqlite3.Connection, first: int) -> Totals:
        """Return what the group holds as of a cell's oldest slot: slots and open claims. The group is spent by it."""
        self._begin_at(sql, first)
        values = sql.execute(
            "SELECT value, sum(n) FROM window_values WHERE group_id = ? AND slot >= ? GROUP BY value HAVING sum(n) > 0",
            (self.id, first),
        )
        self.running.values = Counter({exact_of(value): count for value, count in values})
        claims = sql.execute("SELECT entry FROM window_claims WHERE group_id = ? AND slot >= ?", (self.id, first))
        return self.running.totals([self.running], [entry for row in claims for entry in entries_of(row[0])])

    def _begin_at(self, sql: sqlite3.Connection, first: int) -> None:
        """Subtract the slots that have left the window, and add those that are in it again."""
        if first == self.first:
            return
        between = (self.id, min(first, self.first), max(first, self.first))
        rows = sql.execute(
            f"SELECT {_SUMS} FROM window_slots WHERE group_id = ? AND slot >= ? AND slot < ?",  # noqa: S608
            between,
        ).fetchall()
        change = self.running.subtract if first > self.first else self.running.join
        for row in rows:
            change(_tally_of(row))
        self.first = first
        if rows:
            self._find_extremes(sql)

    def _find_extremes(self, sql: sqlite3.Connection) -> None:
        self.running.low = self.running.high = None
        rows = sql.execute(
            "SELECT low, high FROM window_slots WHERE group_id = ? AND valued <> 0 AND slot >= ?",
            (self.id, self.first),
        )
        for low, high in rows:
            self.running.low = lesser(self.running.low, optional_of(low))
            self.running.high = greater(self.running.high, optional_of(high))


def _tally_of(row: Sequence[Any]) -> WindowTally:
    """Return the sums of a row."""
    tally = WindowTally()
    tally.calls, tally.counted, tally.valued, total, low, high, currencies = row
    tally.total, tally.low, tally.high = exact_of(total), optional_of(low), optional_of(high)
    tally.currencies = Counter(json.loads(currencies))
    return tally


def _columns(tally: WindowTally) -> tuple[object, ...]:
    """Return sums as a row, in the order of `_SUMS`."""
    currencies = json.dumps({name: n for name, n in tally.currencies.items() if n}) if tally.currencies else "{}"
    amounts = (exact_text(tally.total), optional_text(tally.low), optional_text(tally.high))
    return (tally.calls, tally.counted, tally.valued, *amounts, currencies)
