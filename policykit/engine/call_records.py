"""Call records from a file or standard input, one at a time: JSONL in flat memory, or one JSON document.

A record is an object with the facts of a call, nested or under dotted names. Beside them, `phase` names the phase of
the call, and `windows` holds the values of windows under their keys.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from policykit.encoding.exact_json import JsonProblem, read_json
from policykit.source import Diagnostic, SourceFile, Span, display_path
from policykit.source.reading import open_regular

if TYPE_CHECKING:
    from policykit.vocabulary.phase import PhaseName

MAX_RECORD_BYTES = 16 * 1024 * 1024
"""Longest line of a JSONL file, and largest JSON document."""
MAX_MEMBERS = 10_000
"""Members of all objects of one record; the engine reads fewer still."""
_MAX_PADDED_LINES = 100_000
"""Up to this line, a mistake is shown in its line; further on, only the line's number is given."""
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Call:
    """One record, or why it could not be read."""

    line: int
    """Of the file, 1-based; of the record itself in a document that is a list."""
    record: dict[str, Any]
    phase: PhaseName | None = None
    problem: Diagnostic | None = None


def size_of(path: str) -> int | None:
    """Return the size of a file in bytes, or None where it cannot be told."""
    try:
        return None if path == _STDIN else os.stat(path).st_size
    except (OSError, ValueError):
        return None


def read_calls(path: str | os.PathLike[str], told: Callable[[int], None]) -> Iterator[Call]:
    """Yield the calls of a file; what cannot be understood is yielded as a problem, and reading goes on if it can.

    Args:
        path: The file; `-` is standard input.
        told: Called with the number of bytes of each piece read.
    """
    path = os.fspath(path)
    name = "<stdin>" if path == _STDIN else display_path(path)
    file = sys.stdin.buffer if path == _STDIN else open_regular(path)
    if isinstance(file, Diagnostic):
        yield Call(0, {}, problem=file)
        return
    with file:
        yield from _calls(file, name, is_document=path.endswith(".json"), told=told)


def _calls(file: BinaryIO, name: str, *, is_document: bool, told: Callable[[int], None]) -> Iterator[Call]:
    found = _document(file.read(MAX_RECORD_BYTES + 1), name, told) if is_document else _lines(file, name, told)
    first = next(found, None)
    if first is None:
        yield Call(0, {}, problem=Diagnostic("PK480", "there is no call record", place=name, expected="one at least"))
    else:
        yield from chain([first], found)


def _lines(file: BinaryIO, name: str, told: Callable[[int], None]) -> Iterator[Call]:
    number = 0
    while data := file.readline(MAX_RECORD_BYTES + 1):
        number += 1
        told(len(data))
        if len(data) > MAX_RECORD_BYTES:
            yield Call(number, {}, problem=_too_long(f"{name}:{number}"))
            return  # where the next record begins is not known
        if not data.strip():
            continue
        if number == 1 and data.strip() in {b"{", b"["}:  # a document that is spread over lines, on standard input
            yield from _document(data + file.read(MAX_RECORD_BYTES + 1), name, told)
            return
        yield from _records(data, name, number)


def _document(data: bytes, name: str, told: Callable[[int], None]) -> Iterator[Call]:
    told(len(data))
    if len(data) > MAX_RECORD_BYTES:
        yield Call(1, {}, problem=_too_long(name))
    elif data.strip():
        yield from _records(data, name, 1)


def _records(data: bytes, name: str, line: int) -> Iterator[Call]:
    """Yield the record of a piece of JSON, or all records of a list."""
    try:
        text = data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        place = f"{name}:{line}"
        message = f"the record is not UTF-8 text at byte {error.start + 1:,}"
        yield Call(
            line, {}, problem=Diagnostic("PK005", message, place=place, got=f"the byte 0x{data[error.start]:02X}")
        )
        return
    value, problem = read_json(text, max_members=MAX_MEMBERS)
    if problem is not None:
        yield Call(line, {}, problem=_shown(problem, name, text, line))
    elif isinstance(value, list):
        yield from (_call(item, name, place) for place, item in enumerate(value, 1))
    else:
        yield _call(value, name, line)


def _call(value: object, name: str, line: int) -> Call:
    place = f"{name}:{line}"
    if not isinstance(value, dict):
        return Call(line, {}, problem=Diagnostic("PK452", "a call record is an object with named fields", place=place))
    record = dict(value)
    phase, windows = record.pop("phase", None), record.pop("windows", {})
    if phase is not None and not isinstance(phase, str):
        return Call(line, {}, problem=_unclear(place, "`phase` is no text", "the name of a phase in quotes"))
    if not isinstance(windows, dict) or windows.keys() & record.keys():
        return Call(
            line, {}, problem=_unclear(place, "`windows` is not understood", "an object of windows by their keys")
        )
    # another word than that of a phase is refused by whoever decides
    return Call(line, record | windows, cast("PhaseName | None", phase))


def _unclear(place: str, message: str, expected: str) -> Diagnostic:
    return Diagnostic("PK482", message, place=place, expected=expected)


def _too_long(place: str) -> Diagnostic:
    expected = f"at most {MAX_RECORD_BYTES // (1024 * 1024)} MiB"
    help_ = "leave out of it what no rule reads; what follows it was not read"
    return Diagnostic("PK481", "the record is too long", place=place, expected=expected, got="more", help=help_)


def _shown(problem: JsonProblem, name: str, text: str, line: int) -> Diagnostic:
    """Return the diagnostic of a problem, at its place in the whole file."""
    if line > _MAX_PADDED_LINES:
        place = f"{name}:{line}:{problem.offset + 1}"
        return Diagnostic(problem.code, problem.message, place=place, expected=problem.expected, got=problem.got)
    before = "\n" * (line - 1)  # so that the line has its number
    start = len(before) + problem.offset
    return Diagnostic(
        problem.code,
        problem.message,
        source=SourceFile(name, before + text),
        span=Span(start, min(start + problem.length, len(before) + len(text))),
        expected=problem.expected,
        got=problem.got,
    )
