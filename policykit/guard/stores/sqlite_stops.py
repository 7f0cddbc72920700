"""Stops in a SQLite file: tripped in one process, they refuse the calls of all, until a named role resumes them.

What happened to them is kept beside them, so that a stop that was lifted can still be accounted for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NamedTuple

from policykit.guard.stores.admission import check_resumption
from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import Stop
from policykit.guard.stores.sqlite_database import Database

MAX_STOPS = 10_000
"""Stops that are tripped at a time."""
MAX_EVENTS = 10_000
"""Events that are kept; the oldest go first."""


class StopEvent(NamedTuple):
    """A stop was tripped or resumed."""

    at_ns: int
    event: str
    """`tripped` or `resumed`."""
    clause: str
    tool: str
    person: str
    """Empty where the guard did it."""
    role: str
    reason: str


class SqliteStops:
    """A `StopStore` in a file."""

    blocking = True

    def __init__(self, database: Database) -> None:
        self._database = database

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped."""
        with self._database.read() as sql:
            return _stops(sql)

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
            _note(sql, StopEvent(stop.tripped_ns, "tripped", stop.clause, stop.tool, person, role, stop.cause))
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
                _note(sql, StopEvent(now_ns, "resumed", clause, stop.tool, person, role, reason))
            if recorded is not None:
                recorded(found[0])
            return found[0]

    def events(self) -> Sequence[StopEvent]:
        """Return what happened, the oldest first."""
        with self._database.read() as sql:
            rows = sql.execute("SELECT at_ns, event, clause, tool, person, role, reason FROM stop_events ORDER BY seq")
            return [StopEvent(*row) for row in rows]


def _stops(sql: sqlite3.Connection) -> list[Stop]:
    rows = sql.execute("SELECT stop FROM stops ORDER BY seq")
    return [Stop(**{**(parts := json.loads(text)), "resume_by": tuple(parts["resume_by"])}) for (text,) in rows]


def _note(sql: sqlite3.Connection, event: StopEvent) -> None:
    sql.execute(
        "INSERT INTO stop_events (at_ns, event, clause, tool, person, role, reason) VALUES (?, ?, ?, ?, ?, ?, ?)", event
    )
    sql.execute("DELETE FROM stop_events WHERE seq <= (SELECT max(seq) FROM stop_events) - ?", (MAX_EVENTS,))
