"""`policykit fmt FILES...`: policies in the one layout that the language has."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from policykit.cli.format import Format, FormatOption
from policykit.cli.output import show, unwritable, write_json
from policykit.cli.policy_files import policy_files
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.source import MAX_FILE_BYTES, Diagnostic, display_path, errors_of
from policykit.source.reading import read_bytes, source_from_bytes

_STDIN = "-"
_STDIN_NAME = "<stdin>"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("fmt")(fmt)


def fmt(
    files: Annotated[
        list[str],
        typer.Argument(help="Policy files, or folders of them; `-` reads standard input and prints the result."),
    ],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; name the files that would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Format policies. A file whose text is not understood is never written.

    Exit 0; with --check or --diff 1 when a file would change; 2 when a file is not understood or cannot be written.
    """
    how = How(check=check, diff=diff, is_json=output is Format.JSON)
    documents: list[dict[str, object]] = []
    found: list[Diagnostic] = []
    changed = False
    for file in policy_files(files):
        result = _formatted(file)
        problems = result.found if isinstance(result, Diagnostics) else _act(file, result, how)
        if isinstance(result, Result) and not problems:
            documents.append(_document(file, result, how))
            changed = changed or result.changed
        if not how.is_json:
            show(problems)
        found += problems
    if how.is_json:
        write_json({"files": documents})
        show(found, output.value)
    if found:
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if changed and not how.writes:
        raise typer.Exit(EXIT_NO)


@dataclass(frozen=True, slots=True)
class How:
    """What the options ask for."""

    check: bool
    diff: bool
    is_json: bool

    @property
    def writes(self) -> bool:
        """Whether files are written."""
        return not (self.check or self.diff)


@dataclass(frozen=True, slots=True)
class Result:
    """A file before and after, as bytes, so that nothing about it goes unnoticed."""

    name: str
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether formatting changes the file."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Why a file was not understood."""

    found: tuple[Diagnostic, ...]


def _formatted(file: str) -> Result | Diagnostics:
    from policykit.language.format import format_tree
    from policykit.language.parse import parse

    name = _STDIN_NAME if file == _STDIN else display_path(file)
    data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1) if file == _STDIN else read_bytes(file)
    if isinstance(data, Diagnostic):
        return Diagnostics((data,))
    source = source_from_bytes(name, data)
    if isinstance(source, Diagnostic):
        return Diagnostics((source,))
    parsed = parse(source)
    errors = errors_of(parsed.diagnostics)
    if errors:
        return Diagnostics(errors)
    text = format_tree(parsed.tree)
    again = source_from_bytes(name, text.encode())
    assert not isinstance(again, Diagnostic)
    reread = parse(again)
    if errors_of(reread.diagnostics):  # with its blanks it may be longer than a policy can be
        return Diagnostics(errors_of(reread.diagnostics))
    assert reread.tree.statements == parsed.tree.statements, "formatting would change what the policy says"
    ending = "\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else "\n"
    return Result(name, data, text.replace("\n", ending).encode())


def _act(file: str, result: Result, how: How) -> tuple[Diagnostic, ...]:
    """Write a file, or print what is asked for; return why it could not be written."""
    if how.writes and file != _STDIN and result.changed:
        try:
            write_atomically(file, result.after)
        except OSError as error:
            return (unwritable(result.name, error),)
    if not how.is_json:
        _print(file, result, how)
    return ()


def _print(file: str, result: Result, how: How) -> None:
    if how.diff:
        sys.stdout.writelines(_difference(result))
    if how.check and result.changed:
        typer.echo(f"would format {result.name}")
    if how.writes and file == _STDIN:
        sys.stdout.buffer.write(result.after)
        sys.stdout.buffer.flush()
    elif how.writes and result.changed:
        typer.echo(f"formatted {result.name}")


def _document(file: str, result: Result, how: How) -> dict[str, object]:
    document: dict[str, object] = {"file": result.name, "changed": result.changed}
    if how.diff:
        document["diff"] = "".join(_difference(result))
    if how.writes and file == _STDIN:
        document["text"] = result.after.decode("utf-8")
    return document


def _difference(result: Result) -> list[str]:
    before = result.before.decode("utf-8").replace("\r\n", "\n").splitlines(keepends=True)
    after = result.after.decode("utf-8").replace("\r\n", "\n").splitlines(keepends=True)
    lines = difflib.unified_diff(before, after, result.name, f"{result.name} (formatted)")
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def write_atomically(path: str, data: bytes) -> None:
    """Replace a file's content as a whole, keeping its mode; a link stays a link.

    Raises:
        OSError: the file cannot be written; it is then as it was.
    """
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.tmp"
    mode = os.stat(target).st_mode & 0o7777
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
