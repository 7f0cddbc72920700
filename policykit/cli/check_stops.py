"""What `policykit check` does about stops of the record that act: it trips them in the store of the guards, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.safe_file import resolve
from policykit.language import checked as c
from policykit.readiness.project import Project
from policykit.readiness.verdict import StopVerdict, Verdict

if TYPE_CHECKING:
    from policykit.guard.stores.sqlite_stops import SqliteStops

PERSON = "policykit check"
"""Under which the store keeps the event; the next guard with a trail puts it on record."""


def trip_stops(verdict: Verdict, policy: c.CheckedPolicy, project: Project, now_ns: int) -> tuple[str, ...]:
    """Trip the stops that act; return the IDs of those that were not tripped already.

    A stop that was resumed trips again only on another record than the one on which it was last tripped: who resumed it
    has seen that one.

    Raises:
        ProjectError: the path of the store leads out of the project.
        StoreError: the store that the project file names cannot be used.
    """
    acting = [stop for stop in verdict.stops if stop.acts]
    if not project.stops or not acting:
        return ()
    from policykit.guard.stores.sqlite_database import Database
    from policykit.guard.stores.sqlite_stops import SqliteStops

    database = Database(_store_path(project))  # made where no guard has run yet: the first one finds the stop in it
    try:
        return tuple(_tripped(acting, {stop.id: stop for stop in policy.stops}, policy, SqliteStops(database), now_ns))
    finally:
        database.close()


def _store_path(project: Project) -> str:
    try:
        return resolve(project.stops, project.root)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def _tripped(
    acting: list[StopVerdict], clauses: dict[str, c.Stop], policy: c.CheckedPolicy, store: SqliteStops, now_ns: int
) -> Iterator[str]:
    from policykit.guard.stores.protocol import Stop

    last = {event.clause: event.reason for event in store.events() if event.event == "tripped"}
    for stop in acting:
        cause = f"{stop.id} is {stop.state} by the record {stop.basis}"
        effect = clauses[stop.id].pause
        effective = now_ns + int((effect.seconds or 0) * 10**9)
        tripped = Stop(stop.id, effect.tool or "", cause, now_ns, effective, stop.resume_by, policy.digest, effect.gate)
        if last.get(stop.id) != cause and store.trip(tripped, person=PERSON):
            yield stop.id
