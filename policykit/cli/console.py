"""The console on which commands print tables."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console as _Console


class Console(_Console):
    """Rich's console, which lets `main` say that the reader of the output has gone: Rich itself would end with 1."""

    def on_broken_pipe(self) -> NoReturn:
        """Say that nobody reads."""
        raise BrokenPipeError
