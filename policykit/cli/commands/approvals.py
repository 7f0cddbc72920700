"""`policykit approvals`: see what calls wait for a person, and answer them."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import write_json
from policykit.cli.people.options import (
    REFUSED,
    By,
    PolicyFile,
    Role,
    Store,
    Why,
    check_declared,
    check_words,
    loaded,
    now_ns,
    opened,
    problem,
    zone_of,
)
from policykit.cli.people.recording import DeskTrail, TrailFolder, TrailKey, TrailState, recording
from policykit.cli.people.text import (
    approval_json,
    short_ids,
    write,
    write_approval,
    write_details,
)

if TYPE_CHECKING:
    from policykit.guard.stores.protocol import Answer, Approval
    from policykit.guard.stores.sqlite_approvals import SqliteApprovals
    from policykit.guard.stores.sqlite_database import Database

app = typer.Typer(
    no_args_is_help=True, help="Calls that wait for a person (`ask ROLE, answer within ...`): see them, answer them."
)

Which = Annotated[str, typer.Argument(metavar="ID", help="Its identifier, or a beginning that no other has.")]
Limit = Annotated[int, typer.Option(min=1, help="Show at most N, oldest first.")]


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="approvals")


@app.command("list")
def list_approvals(
    store: Store,
    policy: PolicyFile = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were answered, used, or have expired.")] = False,
    limit: Limit = 100,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the calls that wait for an answer, the oldest first. The store is not changed.

    Exit 0 when they were shown (an empty list too), 2 when the store could not be read.
    """
    with reporting(output.value, no=REFUSED):
        known = loaded(policy)
        zone, now = zone_of(known), now_ns()
        with opened(store) as database:
            approvals = _approvals(database)
            found = approvals.kept(now) if every else approvals.waiting(now)
            names = short_ids(approvals.identifiers())
        shown = found[:limit]
        if output is Format.JSON:
            entries = [approval_json(each, known, now) for each in shown]
            write_json({"approvals": entries, "not_shown": len(found) - len(shown)})
            return
        if not found:
            write("no approvals are kept" if every else "no call waits for an answer")
            return
        waits = "1 call waits for an answer" if len(found) == 1 else f"{len(found)} calls wait for an answer"
        write(f"{f'approvals that are kept: {len(found)}' if every else waits}; times in {zone.label}")
        for each in shown:
            write("")
            write_approval(each, names.get(each.request.id, each.request.id), known, zone, now)
        if len(found) > len(shown):
            write("")
            write(f"{len(found) - len(shown)} more: give --limit")


@app.command("show")
def show_approval(which: Which, store: Store, policy: PolicyFile = None, output: FormatOption = Format.TEXT) -> None:
    """Show one approval, whatever became of it. The store is not changed.

    Exit 0 when it was shown, 2 when there is none, or the store could not be read.
    """
    with reporting(output.value, no=REFUSED):
        known = loaded(policy)
        zone, now = zone_of(known), now_ns()
        with opened(store) as database:
            approvals = _approvals(database)
            found = approvals.find(which, now)
            name = short_ids(approvals.identifiers()).get(found.request.id, found.request.id)
        if output is Format.JSON:
            write_json({"approval": approval_json(found, known, now)})
            return
        write_approval(found, name, known, zone, now)
        write_details(found, zone)
        write(f"  times in {zone.label}")


@app.command()
def approve(
    which: Which,
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
    """Let a call be made, once, before its time is up. The person for whom it is made may not do it.

    With --trail the answer is recorded before it counts. Exit 0 when the call may be made; 1 when the answer was
    refused (answered, expired, another role, one's own call); 2 when it was not understood, kept or recorded.
    """
    _answer(which, store, role, by, reason, policy, trail, key, state, output, granted=True)


@app.command()
def deny(
    which: Which,
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
    """Refuse a call.

    That is so whatever its rule says for the case that nobody answers.

    With --trail the answer is recorded before it counts. Exit 0 when the call is refused; 1 when the answer was
    refused (answered, expired, another role, one's own call); 2 when it was not understood, kept or recorded.
    """
    _answer(which, store, role, by, reason, policy, trail, key, state, output, granted=False)


def _answer(
    which: str,
    store: Path,
    role: str,
    by: str,
    reason: str,
    policy: Path | None,
    trail: Path | None,
    key: Path | None,
    state: Path | None,
    output: Format,
    *,
    granted: bool,
) -> None:
    from policykit.guard.stores.protocol import Answer

    with reporting(output.value, no=REFUSED):
        check_words(role=role, by=by, reason=reason)
        known = loaded(policy)
        if known is not None:
            check_declared("role", [role], list(known.checked.roles))
        with opened(store, to_change=True) as database, recording(trail, key, state) as desk:
            approvals = _approvals(database)
            request_id = approvals.find(which, now_ns()).request.id
            kept = _kept(approvals, request_id, Answer(by, role, granted, reason), desk)
            place = desk.place if desk is not None else None
        if output is Format.JSON:
            write_json({"approval": approval_json(kept, known, now_ns()), "recorded": place})
            return
        clauses, zone = ", ".join(kept.request.clauses), zone_of(known)
        what = (
            f"the call may be made once, until {zone.text(kept.request.expires_ns)}"
            if granted
            else "the call is refused"
        )
        write(f"{kept.state.value} {request_id} ({clauses}) by {by} as {role}: {what}")
        if place is not None:
            write(f"recorded: record {place['record']} of {place['trail']}")


def _kept(approvals: SqliteApprovals, request_id: str, answer: Answer, desk: DeskTrail | None) -> Approval:
    """Keep an answer; with a trail, what cannot be recorded is not kept."""
    from policykit.guard.recording.approvals import answer_record
    from policykit.guard.stores.protocol import StoreError

    def record(approval: Approval) -> None:
        if desk is not None:
            desk.append(answer_record(approval, approval.request.clauses[0]))

    try:
        return approvals.answer(request_id, answer, now_ns(), record)
    except StoreError as error:
        if desk is None or desk.place is None:
            raise
        message = "the answer is on the trail, and the store did not keep it: it does not count"
        problem("PK952", message, help="answer again when the store works", cause=error)


def _approvals(database: Database) -> SqliteApprovals:
    from policykit.guard.stores.sqlite_approvals import SqliteApprovals

    return SqliteApprovals(database)
