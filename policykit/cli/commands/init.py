"""`policykit init`: a starting project that checks at once."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.reporting import instant_of
from policykit.readiness.init import Answers, write_project


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("init")(init)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where to write; made if it is not there.")
    ] = Path(),
    name: Annotated[str | None, typer.Option(help="Of the policy and the system, such as invoice-triage.")] = None,
    title: Annotated[str | None, typer.Option(help="What the policy is called.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Legal name of who builds the system.")] = None,
    customer: Annotated[str | None, typer.Option(help="Legal name of who uses it.")] = None,
    timezone: Annotated[str | None, typer.Option(help="In which days end, such as Europe/Berlin.")] = None,
    at: Annotated[str | None, typer.Option(metavar="INSTANT", help="When; now if left out.", hidden=True)] = None,
) -> None:
    """Write a starting project: a policy, a project file, and a folder for evidence.

    Asks for what is not given when run on a terminal. Nothing is ever overwritten.

    Exit 0 when the project was written, 2 when an answer was not understood or a file is there already.
    """
    guess = re.sub("[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    answers = Answers(
        name=_answer(name, "Name of the system (small letters and hyphens)", guess or "my-assistant"),
        title=_answer(title, "Title of the policy", "What production-ready means"),
        supplier=_answer(supplier, "Who builds it (legal name)", "the supplier"),
        customer=_answer(customer, "Who uses it (legal name)", "the customer"),
        timezone=_answer(timezone, "Time zone", "UTC"),
    )
    with reporting():
        written = write_project(folder, answers, instant_of(at))
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo(f"Next: policykit check{'' if folder == Path() else f' {folder}'}")


def _answer(given: str | None, question: str, default: str) -> str:
    """Return what was given, or ask on a terminal, or take the default."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return default
    return str(typer.prompt(question, default=default))
