"""What the commands of readiness share: diagnostics on standard error, instants, progress."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from policykit.errors import PolicykitError
from policykit.source import Diagnostic
from policykit.source.render import render_as
from policykit.source.render.terminal import render

EXIT_NOT_MET = 1
EXIT_NOT_UNDERSTOOD = 2
_PROGRESS_FROM_BYTES = 64 << 20
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)


@contextmanager
def reporting(format_: str = "text") -> Iterator[None]:
    """Show our own errors as diagnostics on standard error, and exit 2: the input was not understood."""
    try:
        yield
    except PolicykitError as error:
        show(_diagnostics_of(error), format_)
        raise typer.Exit(EXIT_NOT_UNDERSTOOD) from None


def _diagnostics_of(error: PolicykitError) -> list[Diagnostic]:
    several = getattr(error, "diagnostics", None) or [getattr(error, "diagnostic", None)]
    found = [item for item in several if isinstance(item, Diagnostic)]
    return found or [Diagnostic("PK690", str(error))]


def show(diagnostics: list[Diagnostic], format_: str = "text") -> None:
    """Print diagnostics on standard error."""
    if format_ == "json":
        typer.echo(render_as("json", diagnostics), err=True, nl=False)
        return
    typer.echo(render(diagnostics, colour=sys.stderr.isatty()), err=True, nl=False)


def instant_of(text: str | None) -> datetime:
    """Return the instant that `--at` names, or now.

    Raises:
        typer.Exit: it names none; the diagnostic has been shown.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        if _INSTANT.match(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    shown = "".join(c if c.isprintable() else "?" for c in text[:60])
    expected = "an instant with `Z` or its offset such as 2026-11-20T09:30:00+01:00"
    show([Diagnostic("PK608", "`--at` is not an instant", expected=expected, got=f"`{shown}`")])
    raise typer.Exit(EXIT_NOT_UNDERSTOOD)


class ReadingProgress:
    """A bar for each large file, on a terminal only."""

    def __init__(self) -> None:
        self._bars: dict[str, int] = {}
        self._progress = Progress(
            TextColumn("reading {task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
            transient=True, disable=not sys.stderr.isatty(),
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, path: str, done: int, total: int) -> None:
        """Show how far the reading of a file has come."""
        if total < _PROGRESS_FROM_BYTES:
            return
        if path not in self._bars:
            self._bars[path] = self._progress.add_task(path, total=total)
        self._progress.update(self._bars[path], completed=done)  # type: ignore[arg-type]
