"""How commands end: one place where an exception becomes a message and a status."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import typer

from policykit.cli.output import diagnostics_of, show
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.errors import PolicykitError


@contextmanager
def reporting(
    format_name: str = "text", *, no: Collection[str] = (), otherwise: int = EXIT_NOT_UNDERSTOOD
) -> Iterator[None]:
    """Show our own exceptions as diagnostics on standard error, and end the command.

    Args:
        format_name: of the diagnostics: `text` or `json`.
        no: codes that are an answer: understood, and no.
        otherwise: the status for all other codes.

    Raises:
        typer.Exit: with 1 when the first diagnostic is an answer, otherwise with `otherwise`.
    """
    try:
        yield
    except PolicykitError as error:
        found = diagnostics_of(error)
        show(found, format_name)
        raise typer.Exit(EXIT_NO if found[0].code in no else otherwise) from None
