"""Reads a file, or takes a text, so that only text that reads the same to everyone gets further.

Refused, each with its place: what is not a regular file, too large, not UTF-8 or empty, and characters that a reader
cannot see or that change the order in which text is shown. A UTF-8 byte order mark at the start is dropped; both `LF`
and `CRLF` end a line. Nothing here blocks or grows without bound, whatever the path leads to.
"""

from __future__ import annotations

import os
import re
import stat
from itertools import islice
from typing import BinaryIO

from policykit.source.diagnostic import Diagnostic
from policykit.source.suggest import nearest
from policykit.source.text import MAX_FILE_BYTES, SourceFile, Span, display_path

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_BIDIRECTIONAL = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = r"\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"
_SURROGATE = r"\ud800-\udfff"

_REFUSED = re.compile(rf"[{_CONTROL}{_BIDIRECTIONAL}{_INVISIBLE}{_SURROGATE}]|\r(?!\n)")
_IS_CONTROL = re.compile(rf"[{_CONTROL}\r]")
_IS_BIDIRECTIONAL = re.compile(f"[{_BIDIRECTIONAL}]")
_IS_SURROGATE = re.compile(f"[{_SURROGATE}]")

_BOM = "\ufeff"
_FILE_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def read_source(path: str | os.PathLike[str]) -> SourceFile | Diagnostic:
    """Return the text of a file, or the one diagnostic that says why it cannot be used.

    Reads at most `MAX_FILE_BYTES` + 1 bytes and never waits for a writer, as opening a pipe would.
    """
    data = read_bytes(path)
    return data if isinstance(data, Diagnostic) else source_from_bytes(display_path(path), data)


def read_bytes(path: str | os.PathLike[str], limit: int = MAX_FILE_BYTES) -> bytes | Diagnostic:
    """Return the bytes of a regular file of at most `limit` bytes, or the diagnostic that says why not."""
    name = display_path(path)
    file = open_regular(path)
    if isinstance(file, Diagnostic):
        return file
    with file:
        if os.fstat(file.fileno()).st_size > limit:
            return _too_large(name, limit)
        try:
            data = file.read(limit + 1)  # the size may be a lie, as under /proc, or the file may be growing
        except OSError as error:
            return _unreadable(name, error)
    return data if len(data) <= limit else _too_large(name, limit)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO | Diagnostic:
    """Return a regular file opened for reading, which the caller closes, or the diagnostic that says why not."""
    name = display_path(path)
    try:
        return _open_regular(os.fspath(path), name)
    except FileNotFoundError:
        return Diagnostic("PK001", "there is no such file", place=name, help=_similar_file(os.fspath(path)))
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        return _unreadable(name, error)


def source_from_bytes(name: str, data: bytes) -> SourceFile | Diagnostic:
    """Return the text of bytes that somebody else read, such as standard input."""
    if len(data) > MAX_FILE_BYTES:
        return _too_large(name, MAX_FILE_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _not_utf8(name, data, error)
    return source_from_text(name, text)


def source_from_text(name: str, text: str) -> SourceFile | Diagnostic:
    """Return a source file of this text, or the diagnostic that says why the text cannot be used."""
    if len(text) > MAX_FILE_BYTES:
        return _too_large(name, MAX_FILE_BYTES)
    text = text.removeprefix(_BOM)
    found = _REFUSED.search(text)
    if found is not None:
        return _refused(SourceFile(name, text), Span(*found.span()))
    if not text.strip():
        return Diagnostic("PK006", "the file is empty", place=name, expected="a policy that begins with `language 1`")
    return SourceFile(name, text)


def _open_regular(path: str, name: str) -> BinaryIO | Diagnostic:
    wrong_kind = _not_regular(os.stat(path), name)  # before opening: opening a device can have effects
    if wrong_kind is not None:
        return wrong_kind
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    wrong_kind = _not_regular(os.fstat(file.fileno()), name)  # again: the path may lead elsewhere by now
    if wrong_kind is not None:
        file.close()
        return wrong_kind
    return file


def _unreadable(name: str, error: OSError | ValueError) -> Diagnostic:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Diagnostic("PK003", f"the file cannot be read: {reason.lower()}", place=name)


def _not_regular(status: os.stat_result, name: str) -> Diagnostic | None:
    if stat.S_ISREG(status.st_mode):
        return None
    kind = next((words for test, words in _FILE_KINDS if test(status.st_mode)), "something else")
    return Diagnostic("PK002", "this is not a file", place=name, expected="a regular file", got=kind)


def _similar_file(path: str) -> str:
    folder, base = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            near = nearest(base, [entry.name for entry in islice(entries, 1_000) if entry.is_file()])
    except (OSError, ValueError):
        return ""
    return f"did you mean `{display_path(os.path.join(folder, near))}`?" if near else ""


def _too_large(name: str, limit: int) -> Diagnostic:
    size = f"{limit // (1024 * 1024)} MiB" if limit >= 1024 * 1024 else f"{limit:,} bytes"
    return Diagnostic("PK004", "the file is too large", place=name, expected=f"at most {size}", got="more")


def _not_utf8(name: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    before = data[: error.start].decode("utf-8").removeprefix(_BOM)
    line_rest = data[error.start :].split(b"\n", 1)[0][:400].decode("utf-8", "backslashreplace")
    escaped = r"\x00"  # a byte that is not UTF-8 is shown in four characters
    help_ = "save the file as UTF-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        help_ = "the file looks like UTF-16: save it as UTF-8"
    return Diagnostic(
        "PK005",
        f"the file is not UTF-8 text at byte {error.start + 1:,}",
        source=SourceFile(name, before + line_rest),
        span=Span(len(before), len(before) + len(escaped)),
        expected="UTF-8",
        got=f"the byte 0x{data[error.start]:02X}",
        help=help_,
    )


def _refused(source: SourceFile, span: Span) -> Diagnostic:
    char = source.quote(span)
    got = f"U+{ord(char):04X}"
    if _IS_SURROGATE.match(char):
        return Diagnostic(
            "PK009",
            "the text holds half of a character",
            source=source,
            span=span,
            expected="whole characters",
            got=got,
        )
    if _IS_CONTROL.match(char):
        return Diagnostic(
            "PK007",
            "the text holds a control character",
            source=source,
            span=span,
            expected="text, tabs and line ends (`LF` or `CRLF`)",
            got=f"{got} (a carriage return alone)" if char == "\r" else got,
            help="end the line with `LF` or `CRLF`" if char == "\r" else "delete it",
        )
    effect = "changes the order of the text shown" if _IS_BIDIRECTIONAL.match(char) else "cannot be seen"
    return Diagnostic(
        "PK008",
        f"the text holds a character that {effect}",
        source=source,
        span=span,
        expected="characters that every reader sees in the order written",
        got=got,
        help="delete it",
    )
