"""How commands show what is wrong, and end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

import typer

from policykit.cli.statuses import EXIT_NOT_UNDERSTOOD
from policykit.errors import PolicykitError
from policykit.source import Diagnostic
from policykit.source.render import render_as, terminal


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user has not declined colours (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(diagnostics: Sequence[Diagnostic], format_name: str = "text", *, stream: TextIO | None = None) -> None:
    """Write diagnostics to a stream, standard error unless told otherwise."""
    if not diagnostics and stream is None:
        return
    out = stream or sys.stderr
    if format_name == "text":
        out.write(terminal.render(diagnostics, colour=wants_colour(out)))
    else:
        out.write(render_as(format_name, diagnostics))
    out.flush()


def show_error(error: PolicykitError) -> None:
    """Write what an exception has to say."""
    show(diagnostics_of(error))


def diagnostics_of(error: PolicykitError) -> list[Diagnostic]:
    """Return what an exception has to say; one without diagnostics says its text under the code PK690."""
    return list(error.diagnostics) or [Diagnostic("PK690", str(error))]


def fail(*diagnostics: Diagnostic, format_name: str = "text") -> NoReturn:
    """Show what was not understood and end the command with 2."""
    show(diagnostics, format_name)
    raise typer.Exit(EXIT_NOT_UNDERSTOOD)


def write_json(document: object) -> None:
    """Print one JSON document, which no terminal acts upon."""
    sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=2) + "\n")


def unwritable(name: str, error: OSError) -> Diagnostic:
    """Return the diagnostic for a file that cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return Diagnostic("PK903", f"the file cannot be written: {reason}", place=name)
