"""What the commands of readiness share: instants and progress."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from policykit.cli._output import fail
from policykit.source import Diagnostic
from policykit.source.visible import visible

_PROGRESS_FROM_BYTES = 64 << 20
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)


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
    shown = visible(text, 60)
    expected = "an instant with `Z` or its offset such as 2026-11-20T09:30:00+01:00"
    return fail(Diagnostic("PK608", "`--at` is not an instant", expected=expected, got=f"`{shown}`"))


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
