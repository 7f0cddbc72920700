"""Stops in a SQLite file: tripped in one process, they refuse the calls of all, until a named role resumes them.

What happened to them is kept beside them, so that a stop that was lifted can still be accounted for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict

from policykit.guard.stores.admission import check_resumption
from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import Stop, StopEvent
from policykit.guard.stores.sqlite_database import Database

MAX_STOPS = 10_000
"""Stops that are tripped at a time."""
MAX_EVENTS = 10_000
"""Events that are kept; the oldest go first."""
_ALL = "SELECT at_ns, event, clause, tool, person, role, reason FROM stop_events ORDER BY seq"
_UNRECORDED = """SELECT at_ns, event, clause, tool, person, role, reason, seq FROM stop_events
    WHERE recorded = 0 ORDER BY seq"""
_INSERT = """INSERT INTO stop_events (at_ns, event, clause, tool, person, role, reason, recorded)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


class SqliteStops:
    """A `StopStore` in a file."""

    blocking = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._has_unrecorded = False

    @property
    def has_unrecorded(self) -> bool:
        """Whether a person did something that no trail held when `tripped` was last asked."""
        return self._has_unrecorded

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped."""
        with self._database.read() as sql:
            (found,) = sql.execute("SELECT EXISTS (SELECT 1 FROM stop_events WHERE recorded = 0)").fetchone()
            self._has_unrecorded = bool(found)
            return _stops(sql)

    def record_events(self, record: Callable[[StopEvent], None]) -> None:
        """Put on record what people did and no trail holds yet, the oldest first; several guards take turns."""
        with self._database.write() as sql:
            rows = sql.execute(_UNRECORDED).fetchall()
            for *event, seq in rows:
                record(StopEvent(*event))
                sql.execute("UPDATE stop_events SET recorded = 1 WHERE seq = ?", (seq,))

    def trip(self, stop: Stop, *, person: str = "", role: str = "") -> bool:
        """Trip a stop; False where the same clause already pauses the same calls."""
        with self._database.write() as sql:
            (count,) = sql.execute("SELECT count(*) FROM stops").fetchone()
            done = sql.execute(
                "INSERT INTO stops (clause, tool, stop) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (stop.clause, stop.tool, json.dumps(asdict(stop))),
            )
            if done.rowcount != 1:
                return False
            if count >= MAX_STOPS:
                raise store_problem("PK383", f"more than {MAX_STOPS:,} stops are tripped", place=self._database.place)
            event = StopEvent(stop.tripped_ns, "tripped", stop.clause, stop.tool, person, role, stop.cause)
            _note(sql, event, is_recorded=not person)  # the guard records its own
            return True

    def resume(  # noqa: PLR0913 - as the protocol
        self,
        clause: str,
        *,
        role: str,
        person: str = "",
        reason: str = "",
        now_ns: int = 0,
        recorded: Callable[[Stop], None] | None = None,
    ) -> Stop:
        """Lift a stop, for all tools that it pauses."""
        with self._database.write() as sql:
            stops = _stops(sql)
            found = [stop for stop in stops if stop.clause == clause]
            check_resumption(found, clause, role, [stop.clause for stop in stops])
            sql.execute("DELETE FROM stops WHERE clause = ?", (clause,))
            for stop in found:
                event = StopEvent(now_ns, "resumed", clause, stop.tool, person, role, reason)
                _note(sql, event, is_recorded=recorded is not None)
            if recorded is not None:
                recorded(found[0])
            return found[0]

    def events(self) -> Sequence[StopEvent]:
        """Return what happened, the oldest first."""
        with self._database.read() as sql:
            rows = sql.execute(_ALL)
            return [StopEvent(*row) for row in rows]


def _stops(sql: sqlite3.Connection) -> list[Stop]:
    rows = sql.execute("SELECT stop FROM stops ORDER BY seq")
    return [Stop(**{**(parts := json.loads(text)), "resume_by": tuple(parts["resume_by"])}) for (text,) in rows]


def _note(sql: sqlite3.Connection, event: StopEvent, *, is_recorded: bool) -> None:
    sql.execute(_INSERT, (*event, is_recorded))
    sql.execute("DELETE FROM stop_events WHERE seq <= (SELECT max(seq) FROM stop_events) - ?", (MAX_EVENTS,))
