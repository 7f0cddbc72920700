"""`policykit lint FILES...`: everything that loading a policy finds."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from policykit.cli.format import ReportFormat
from policykit.cli.output import show
from policykit.cli.policy_files import policy_files
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.source import Diagnostic, Severity


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("lint")(lint)


def lint(
    files: Annotated[list[str], typer.Argument(help="Policy files, or folders of them.")],
    output: Annotated[ReportFormat, typer.Option("--format", help="How findings are printed.")] = ReportFormat.TEXT,
) -> None:
    """Check policies and print all errors and warnings.

    Exit 0 without findings, 1 with errors or warnings, 2 when a file cannot be read.
    """
    from policykit.engine.load import standard_vocabulary
    from policykit.language.load import load_file

    vocabulary = standard_vocabulary()
    found: list[Diagnostic] = []
    unread = False
    named = policy_files(files)
    for file in named:
        loaded = load_file(file, vocabulary)
        found += loaded.diagnostics
        unread = unread or loaded.tree is None
    show(found, output.value, stream=sys.stdout)
    if output.value == "text" and not found:
        typer.echo(f"no findings in {len(named)} file{'' if len(named) == 1 else 's'}")
    if unread:
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if any(diagnostic.severity is not Severity.INFO for diagnostic in found):
        raise typer.Exit(EXIT_NO)
