"""`policykit check`: is the system ready for a gate, and if not, what is left to do.

Order matters: the verdict is decided, signed, recorded in the project's trail, and only then written and shown.
"""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.check_stops import trip_stops
from policykit.cli.console import Console
from policykit.cli.exit import reporting
from policykit.cli.output import fail
from policykit.cli.people.options import now_ns
from policykit.cli.reporting import ReadingProgress, instant_of
from policykit.cli.signing import TrailKey, signing_key, trail_key
from policykit.cli.statuses import EXIT_NO
from policykit.cli.verdict_text import print_verdict
from policykit.encoding.digest import digest_of_bytes
from policykit.readiness.attest import write_new
from policykit.readiness.check import check_loaded, load_project
from policykit.readiness.exports import exports
from policykit.readiness.project_trail import trail_of
from policykit.readiness.recording import record_verdict
from policykit.readiness.signed_verdict import is_backdated, met_property, sign_verdict, signed_at
from policykit.readiness.verdict import Verdict
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import visible

TEXT = "text"
_NOT_THEN = "it was judged for another instant than this, and says nothing about now"
_WITHOUT = "`--no-record` checks without recording, for trying things out"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("check")(check)


def check(
    project: Annotated[Path, typer.Argument(metavar="[PROJECT]", help="The project file, or its folder.")] = Path(),
    gate: Annotated[str | None, typer.Option(help="The gate to judge; the last one if left out.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="When, such as 2026-11-20T09:30:00+01:00; now if left out.")
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text, json, markdown or junit.")] = TEXT,
    sign: Annotated[
        Path | None,
        typer.Option(metavar="KEY", help="Sign the verdict too; POLICYKIT_KEY_PASSPHRASE opens an encrypted key."),
    ] = None,
    signed: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the signed verdict goes; never overwrites.")
    ] = None,
    trail_key_file: TrailKey = None,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Record the verdict in the trail that the project names.")
    ] = True,
) -> None:
    """Say whether the evidence meets the policy, clause by clause, and what is left to do.

    A stop of the record that acts is tripped in the store that the project file names as `stops:`; not with --at or
    --no-record, which only try things out. No gate is met while a stop acts.

    Exit 0 when the gate is met, 1 when it is not, 2 when the input was not understood.
    """
    _require_format(output)
    _require_pair(sign, signed)
    moment = instant_of(at)
    with reporting(output), ReadingProgress() as progress:
        policy, bound = load_project(project)
        signer = signing_key(sign) if sign is not None else None
        trail = trail_of(bound, policy) if record else None
        key = trail_key(trail_key_file, trail, _WITHOUT) if trail is not None else None
        verdict = check_loaded(policy, bound, at=moment, gate=gate, progress=progress)
        if record and at is None:
            tripped = trip_stops(verdict, policy, bound, now_ns())
            if tripped:
                typer.echo(f"tripped in {bound.stops}: {', '.join(tripped)}", err=True)
        verdict = signed_at(verdict, datetime.now(UTC)) if signer is not None else verdict
        envelope = sign_verdict(verdict, [signer.dsse_signer()]).to_json() if signer is not None else None
        if key is not None:
            statement = digest_of_bytes(envelope) if envelope is not None else None
            place = record_verdict(verdict, policy, bound, key, statement=statement)
            typer.echo(f"recorded: {place}", err=True)
        if envelope is not None and signed is not None:
            write_new(signed, envelope)
            if verdict.result == "met" and is_backdated(verdict.at, verdict.signed_at):
                typer.echo(f"signed without {met_property(verdict.gate)}: {_NOT_THEN}", err=True)
    _print(verdict, output)
    if verdict.result != "met":
        raise typer.Exit(EXIT_NO)


def _require_pair(sign: Path | None, signed: Path | None) -> None:
    """Refuse to sign without a new place for the statement, and a place without a signature."""
    if (sign is None) == (signed is None):
        if signed is None or not os.path.lexists(signed):
            return
        fail(Diagnostic("PK674", "the file exists, and nothing is overwritten", place=str(signed)))
    what = "`--sign KEY` needs a file to write to" if signed is None else "`--output` is for the signed verdict"
    fail(Diagnostic("PK652", what, expected="`--sign KEY --output FILE`"))


def _require_format(output: str) -> None:
    known = (TEXT, *exports())
    if output in known:
        return
    shown = visible(output, 40)
    expected = ", ".join(f"`{name}`" for name in known)
    fail(Diagnostic("PK609", f"there is no format `{shown}`", expected=expected, help=did_you_mean(output, known)))


def _print(verdict: Verdict, output: str) -> None:
    if output == TEXT:
        print_verdict(verdict, Console(highlight=False))
        return
    typer.echo(exports()[output].render(verdict), nl=False)
