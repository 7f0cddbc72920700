"""What the commands of the trail share: their arguments, files, and how errors end them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from policykit.trail.problems import trail_problem

REFUTED = frozenset({"PK705", "PK707", "PK708", "PK718", "PK719", "PK721", "PK728", "PK754", "PK755", "PK756", "PK757"})
"""Codes that say a claim is false, rather than that something could not be read."""
_MAX_FILE_BYTES = 32 << 20

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The trail's directory.")]
Keys = Annotated[
    list[str], typer.Option("--vkey", metavar="VKEY", help="A verifier key, or a file that holds it. Repeatable.")
]


def read_file(path: Path) -> bytes:
    """Return a file's first 32 MiB."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise trail_problem("PK700", f"cannot read: {(error.strerror or 'error').lower()}", place=str(path)) from None


def write_file(path: Path, data: bytes) -> None:
    """Write a file."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise trail_problem("PK712", f"cannot write: {(error.strerror or 'error').lower()}", place=str(path)) from None


def write_lines(lines: Iterator[bytes], output: Path | None) -> None:
    """Write to a file, or to standard output."""
    if output is None:
        for line in lines:
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        return
    try:
        with output.open("wb") as file:
            file.writelines(lines)
    except OSError as error:
        raise trail_problem("PK712", f"cannot write: {error.strerror}", place=str(output)) from None
