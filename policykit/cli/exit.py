"""How commands end: one table, which docs/commands.md prints, and one place where an exception becomes a message.

A command that answers a question ends with 0 for yes and 1 for no. Nothing else ever ends with 0 or 1: a reader that
has gone, a disk that is full and a fault of ours have statuses of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import typer

from policykit.cli.output import diagnostics_of, show
from policykit.errors import PolicykitError

EXIT_YES = 0
"""The answer is yes, or the work is done."""
EXIT_NO = 1
"""The answer is no: not met, findings, refused, refuted."""
EXIT_NOT_UNDERSTOOD = 2
"""No answer: a file, an option or a word was not understood, or something could not be read or written.
Of `trail verify`: the keys at hand cannot tell."""
EXIT_NO_TRAIL = 3
"""Of `trail verify` alone, where 2 is an answer: there is no trail, or an option is wrong."""


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
