"""Approvals in a SQLite file: asked in one process, answered in another, used once, and still there after a restart.

Who may write to the file may answer: the file's permissions are the boundary, and names of people are what they say
they are.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from policykit.guard.stores.admission import check_answer
from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import Answer, Approval, ApprovalRequest, ApprovalState
from policykit.guard.stores.sqlite_database import Database

MAX_KEPT = 100_000
"""Requests that are kept; the oldest that are done go first."""
_USABLE = (ApprovalState.PENDING, ApprovalState.GRANTED)
_APPROVALS = "SELECT state, request, answer, answered_ns FROM approvals"
_OPEN = "state IN ('pending', 'granted') AND expires_ns > ?"


class SqliteApprovals:
    """An `ApprovalStore` in a file."""

    blocking = True

    def __init__(self, database: Database, max_kept: int = MAX_KEPT) -> None:
        self._database = database
        self._max_kept = max_kept

    def ask(self, request: ApprovalRequest, now_ns: int, taken: Collection[str] = ()) -> Approval:
        """Return the approval with this digest that is open or granted, else open a new one."""
        with self._database.write() as sql:
            rows = sql.execute(f"{_APPROVALS} WHERE digest = ? AND {_OPEN} ORDER BY seq", (request.digest, now_ns))
            for found in (_approval(row, now_ns) for row in rows.fetchall()):
                if found.request.id not in taken:
                    return found
            self._make_room(sql, now_ns)
            sql.execute(
                "INSERT INTO approvals (id, digest, state, expires_ns, request) VALUES (?, ?, 'pending', ?, ?)",
                (request.id, request.digest, request.expires_ns, json.dumps(asdict(request))),
            )
            return Approval(request, ApprovalState.PENDING)

    def get(self, request_id: str, now_ns: int) -> Approval | None:
        """Return an approval as it stands now."""
        with self._database.read() as sql:
            return _found(sql, request_id, now_ns)

    def find(self, beginning: str, now_ns: int) -> Approval:
        """Return the approval whose identifier begins so.

        Raises:
            StoreError: there is none, or more than one.
        """
        with self._database.read() as sql:
            rows = sql.execute(
                f"{_APPROVALS} WHERE id = ?1 OR substr(id, 1, length(?1)) = ?1 ORDER BY id <> ?1, seq LIMIT 2",
                (beginning,),
            ).fetchall()
            found = [_approval(row, now_ns) for row in rows]
        if not beginning or not found:
            raise store_problem("PK384", "there is no such approval", got=f"`{beginning}`")
        if len(found) > 1 and found[0].request.id != beginning:
            expected = " or ".join(f"`{each.request.id}`" for each in found)
            raise store_problem("PK390", "more than one approval begins so", expected=expected, got=f"`{beginning}`")
        return found[0]

    def answer(
        self, request_id: str, answer: Answer, now_ns: int, recorded: Callable[[Approval], None] | None = None
    ) -> Approval:
        """Keep an answer."""
        with self._database.write() as sql:
            found = check_answer(_found(sql, request_id, now_ns), request_id, answer)
            state = ApprovalState.GRANTED if answer.granted else ApprovalState.DENIED
            sql.execute(
                "UPDATE approvals SET state = ?, answer = ?, answered_ns = ? WHERE id = ?",
                (state.value, json.dumps(asdict(answer)), now_ns, request_id),
            )
            kept = Approval(found.request, state, answer, now_ns)
            if recorded is not None:
                recorded(kept)
            return kept

    def use(self, request_id: str, digest: str, now_ns: int) -> bool:
        """Use a granted approval up; False unless it is granted, in time, unused, and for this very digest."""
        with self._database.write() as sql:
            done = sql.execute(
                "UPDATE approvals SET state = 'used'"
                " WHERE id = ? AND digest = ? AND state = 'granted' AND expires_ns > ?",
                (request_id, digest, now_ns),
            )
            return done.rowcount == 1

    def pending(self, now_ns: int) -> Sequence[ApprovalRequest]:
        """Return what waits for an answer, the oldest first."""
        return [each.request for each in self.waiting(now_ns)]

    def waiting(self, now_ns: int) -> Sequence[Approval]:
        """Return the approvals that wait for an answer, the oldest first."""
        with self._database.read() as sql:
            rows = sql.execute(
                f"{_APPROVALS} WHERE state = 'pending' AND expires_ns > ? ORDER BY seq",
                (now_ns,),
            )
            found = [_approval(row, now_ns) for row in rows]
        return [each for each in found if each.state is ApprovalState.PENDING]

    def identifiers(self) -> Sequence[str]:
        """Return the identifiers of all requests that are kept."""
        with self._database.read() as sql:
            return [identifier for (identifier,) in sql.execute("SELECT id FROM approvals")]

    def kept(self, now_ns: int) -> Sequence[Approval]:
        """Return all requests that are kept, with what became of them, the oldest first."""
        with self._database.read() as sql:
            rows = sql.execute(f"{_APPROVALS} ORDER BY seq")
            return [_approval(row, now_ns) for row in rows]

    def _make_room(self, sql: sqlite3.Connection, now_ns: int) -> None:
        (count,) = sql.execute("SELECT count(*) FROM approvals").fetchone()
        if count < self._max_kept:
            return
        gone = sql.execute(
            f"DELETE FROM approvals WHERE seq IN (SELECT seq FROM approvals WHERE NOT ({_OPEN}) ORDER BY seq LIMIT ?)",  # noqa: S608
            (now_ns, max(1, self._max_kept // 10)),
        )
        if count - gone.rowcount >= self._max_kept:
            raise store_problem("PK383", f"more than {self._max_kept:,} approvals wait", place=self._database.place)


def _found(sql: sqlite3.Connection, request_id: str, now_ns: int) -> Approval | None:
    row = sql.execute(f"{_APPROVALS} WHERE id = ?", (request_id,)).fetchone()
    return None if row is None else _approval(row, now_ns)


def _approval(row: Sequence[Any], now_ns: int) -> Approval:
    """Return a row as it stands at a time: an answer that was not used in time has expired too."""
    parts = json.loads(row[1])
    request = ApprovalRequest(**{**parts, "clauses": tuple(parts["clauses"]), "roles": tuple(parts["roles"])})
    answer = None if row[2] is None else Answer(**json.loads(row[2]))
    state = ApprovalState(row[0])
    if state in _USABLE and now_ns >= request.expires_ns:
        state = ApprovalState.EXPIRED
    return Approval(request, state, answer, row[3] or 0)
