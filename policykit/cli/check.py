"""`policykit check`: is the system ready for a gate, and if not, what is left to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from policykit.cli._reporting import EXIT_NOT_MET, ReadingProgress, instant_of, reporting, show
from policykit.cli._verdict_text import print_verdict
from policykit.readiness.check import check_project
from policykit.readiness.exports import exports
from policykit.readiness.verdict import Verdict
from policykit.source import Diagnostic, did_you_mean

TEXT = "text"


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
) -> None:
    """Say whether the evidence meets the policy, clause by clause, and what is left to do.

    Exit 0 when the gate is met, 1 when it is not, 2 when the input was not understood.
    """
    _require_format(output)
    moment = instant_of(at)
    with reporting(output), ReadingProgress() as progress:
        verdict = check_project(project, at=moment, gate=gate, progress=progress)
    _print(verdict, output)
    if verdict.result != "met":
        raise typer.Exit(EXIT_NOT_MET)


def _require_format(output: str) -> None:
    known = (TEXT, *exports())
    if output in known:
        return
    shown = "".join(c if c.isprintable() else "?" for c in output[:40])
    expected = ", ".join(f"`{name}`" for name in known)
    show([Diagnostic("PK609", f"there is no format `{shown}`", expected=expected, help=did_you_mean(output, known))])
    raise typer.Exit(2)


def _print(verdict: Verdict, output: str) -> None:
    if output == TEXT:
        print_verdict(verdict, Console(highlight=False))
        return
    typer.echo(exports()[output].render(verdict), nl=False)
