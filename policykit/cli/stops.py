"""`policykit stops`: see which calls are stopped, stop calls by hand, and let them go on."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli._desk import (
    REFUSED,
    By,
    PolicyFile,
    Role,
    Store,
    Why,
    check_declared,
    check_stop_name,
    check_words,
    loaded,
    now_ns,
    opened,
    problem,
    zone_of,
)
from policykit.cli._desk_text import event_json, scope_of, stop_json, write, write_event, write_stop
from policykit.cli._desk_trail import TrailFolder, TrailKey, TrailState, check_trail_options, recording
from policykit.cli._exit import reporting
from policykit.cli._format import Format, FormatOption
from policykit.cli._output import write_json
from policykit.errors import PolicykitError

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.stores.protocol import Stop
    from policykit.guard.stores.sqlite_database import Database
    from policykit.guard.stores.sqlite_stops import SqliteStops

app = typer.Typer(no_args_is_help=True, help="Calls that are stopped: see them, stop calls by hand, resume them.")

Name = Annotated[str, typer.Argument(metavar="STOP", help="The stop, or the rule that paused the calls.")]


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="stops")


@app.command("list")
def list_stops(store: Store, policy: PolicyFile = None, output: FormatOption = Format.TEXT) -> None:
    """Show the stops that are tripped. The store is not changed.

    Exit 0 when they were shown (an empty list too), 2 when the store could not be read.
    """
    with reporting(output.value, no=REFUSED):
        known = loaded(policy)
        zone, now = zone_of(known), now_ns()
        with opened(store) as database:
            found = list(_stops(database).tripped())
        if output is Format.JSON:
            write_json({"stops": [stop_json(each, known) for each in found]})
            return
        if not found:
            write("no stop is tripped: calls are made")
            return
        write(f"{len(found)} {'stop is' if len(found) == 1 else 'stops are'} tripped; times in {zone.label}")
        for each in found:
            write("")
            write_stop(each, known, zone, now)


@app.command()
def log(
    store: Store,
    policy: PolicyFile = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most N, the newest.")] = 100,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what was tripped and resumed, by whom and why.

    The oldest comes first. The store is not changed.

    Exit 0 when it was shown (an empty log too), 2 when the store could not be read.
    """
    with reporting(output.value, no=REFUSED):
        zone = zone_of(loaded(policy))
        with opened(store) as database:
            found = list(_stops(database).events())
        shown = found[-limit:]
        if output is Format.JSON:
            write_json({"events": [event_json(each) for each in shown], "not_shown": len(found) - len(shown)})
            return
        if not found:
            write("no stop was ever tripped")
            return
        write(f"times in {zone.label}")
        if len(found) > len(shown):
            write(f"{len(found) - len(shown)} older events: give --limit")
        for each in shown:
            write_event(each, zone)


@app.command()
def trip(
    stop: Annotated[str, typer.Argument(metavar="STOP", help="A name to resume the calls by.")],
    store: Store,
    role: Role,
    by: By,
    reason: Why,
    tool: Annotated[str, typer.Option(help="Only calls to this tool; all calls when left out.")] = "",
    resume_by: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE", help="Who may resume them. Repeatable; your own role when left out."),
    ] = None,
    policy: PolicyFile = None,
    trail: TrailFolder = None,
    key: TrailKey = None,
    state: TrailState = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Stop calls by hand: a kill switch with a name on it.

    Every guard that shares the store refuses them from its next call on. They are stopped first and recorded then.
    Exit 0 when they are stopped; 1 when they were already, under this name; 2 when something was not understood, or
    the stop is not on the trail (the message says whether calls are stopped).
    """
    roles = tuple(dict.fromkeys(resume_by or [role]))
    with reporting(output.value, no=REFUSED):
        check_stop_name(stop)
        check_words(role=role, by=by, reason=reason)
        check_words(**{f"resume-by {at}": each for at, each in enumerate(roles)})
        check_trail_options(trail, key)
        known = loaded(policy)
        if known is not None:
            check_declared("role", [role, *roles], list(known.checked.roles))
            check_declared("tool", [tool] if tool else [], list(known.checked.tools))
            check_stop_name(stop, known.clauses)
        tripped = _tripped(store, stop, tool, roles, known, by, role, reason)
        place = _recorded(store, trail, key, state)
        if output is Format.JSON:
            write_json({"stop": stop_json(tripped, known), "recorded": place})
            return
        calls = f"calls to {tool} are" if tool else "all calls are"
        write(f"{calls} stopped by {stop}, until {' or '.join(roles)} resumes them")
        _write_place(place)


def _tripped(
    store: Path, name: str, tool: str, roles: tuple[str, ...], known: Policy | None, by: str, role: str, reason: str
) -> Stop:
    from policykit.guard.stores.protocol import Stop

    now = now_ns()
    digest = known.digest if known is not None else ""
    stop = Stop(name, tool, reason, now, now, roles, digest)
    with opened(store, to_change=True) as database:
        if not _stops(database).trip(stop, person=by, role=role):
            problem(
                "PK391",
                f"{scope_of(tool)} are stopped already by `{name}`",
                help=f"`policykit stops list --store {shlex.quote(str(store))}` shows it; give another name",
            )
    return stop


def _recorded(store: Path, trail: Path | None, key: Path | None, state: Path | None) -> dict[str, object] | None:
    """Record what was done by hand; where that fails, calls stay stopped, and the next guard records it."""
    from policykit.guard.stopping import record_of

    try:
        with recording(trail, key, state) as desk:
            if desk is None:
                return None
            with opened(store, to_change=True) as database:
                _stops(database).record_events(lambda event: desk.append(record_of(event)))
            return desk.place
    except PolicykitError as error:
        problem("PK952", "the calls are stopped, and that is not on the trail", cause=error)


@app.command()
def resume(
    stop: Name,
    store: Store,
    role: Role,
    by: By,
    reason: Why,
    policy: PolicyFile = None,
    trail: TrailFolder = None,
    key: TrailKey = None,
    state: TrailState = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let stopped calls go on.

    They do from the next call of every guard that shares the store.

    With --trail it is recorded before it counts. Exit 0 when calls go on; 1 when the role may not resume them; 2 when
    there is no such stop, or it could not be lifted or recorded.
    """
    from policykit.guard.stores.protocol import StoreError
    from policykit.trail.entries import stop_resumed

    with reporting(output.value, no=REFUSED):
        check_words(role=role, by=by, reason=reason)
        known = loaded(policy)
        if known is not None:
            check_declared("role", [role], list(known.checked.roles))
        with opened(store, to_change=True) as database, recording(trail, key, state) as desk:

            def record(_: Stop) -> None:
                if desk is not None:
                    desk.append(stop_resumed(stop=stop, by=by, role=role, reason=reason))

            try:
                lifted = _stops(database).resume(
                    stop, role=role, person=by, reason=reason, now_ns=now_ns(),
                    recorded=record if desk is not None else None,
                )  # fmt: skip
            except StoreError as error:
                if desk is None or desk.place is None:
                    raise
                message = "the resumption is on the trail, and the store did not keep it: calls stay stopped"
                problem("PK952", message, help="resume again when the store works", cause=error)
            place = desk.place if desk is not None else None
        if output is Format.JSON:
            write_json({"stop": stop_json(lifted, known), "recorded": place})
            return
        write(f"{stop} is resumed by {by} as {role}: calls are made again")
        _write_place(place)


def _write_place(place: dict[str, object] | None) -> None:
    if place is not None:
        write(f"recorded: record {place['record']} of {place['trail']}")
    else:
        write("not on a trail yet: the next guard that looks at the store records it on its own")


def _stops(database: Database) -> SqliteStops:
    from policykit.guard.stores.sqlite_stops import SqliteStops

    return SqliteStops(database)
