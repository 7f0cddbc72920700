"""`checkpoints.log`: every checkpoint that was signed and every cosignature that arrived, one JSON object a line.

{"kind":"checkpoint","note":"<signed note>"}
{"kind":"cosignature","size":<tree size>,"line":"<signature line>"}
{"kind":"timestamp","size":<tree size>,"token":"<base64 of an RFC 3161 token over the checkpoint's text>"}
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from policykit.encoding.base64 import Base64Error, decode_base64
from policykit.encoding.strict_json import StrictJsonError, read_json_object
from policykit.trail.format.checkpoint import MAX_SIZE, SignedCheckpoint, parse_checkpoint
from policykit.trail.format.note import MAX_NOTE_BYTES, NoteSignature, parse_signature_line
from policykit.trail.format.regular import open_regular, reason_of
from policykit.trail.problems import CodedTrailError, trail_problem

MAX_LINE_BYTES = 2 * MAX_NOTE_BYTES
_TAIL_BYTES = 4 * MAX_LINE_BYTES


class LogKind(StrEnum):
    """What a line holds."""

    CHECKPOINT = "checkpoint"
    COSIGNATURE = "cosignature"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, read. Nothing in it is verified yet."""

    kind: LogKind
    size: int
    checkpoint: SignedCheckpoint | None = None
    cosignature: NoteSignature | None = None
    token: bytes = b""


_MEMBERS = {
    LogKind.CHECKPOINT: {"kind", "note"},
    LogKind.COSIGNATURE: {"kind", "size", "line"},
    LogKind.TIMESTAMP: {"kind", "size", "token"},
}


def checkpoint_line(note: bytes) -> bytes:
    """Return the line of a signed checkpoint."""
    return _line({"kind": LogKind.CHECKPOINT.value, "note": note.decode()})


def cosignature_line(size: int, signature: NoteSignature) -> bytes:
    """Return the line of a cosignature over the checkpoint of this size."""
    return _line({"kind": LogKind.COSIGNATURE.value, "size": size, "line": signature.to_line().removesuffix("\n")})


def timestamp_line(size: int, token: str) -> bytes:
    """Return the line of an RFC 3161 token, in base64, over the text of the checkpoint of this size."""
    return _line({"kind": LogKind.TIMESTAMP.value, "size": size, "token": token})


def _line(members: dict[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_log_line(data: bytes, place: str = "") -> LogLine:
    """Return what a line (with its line feed) holds.

    Raises:
        CodedTrailError: when it is not one of the known kinds with exactly their members.
    """
    try:
        if not any(shape.fullmatch(data) for shape in _SHAPES):
            raise ValueError  # noqa: TRY301 - one message for every malformed line
        members = read_json_object(data)
        kind = LogKind(str(members.get("kind")))
        if set(members) != _MEMBERS[kind]:
            raise ValueError  # noqa: TRY301 - one message for every malformed line
        if kind is LogKind.CHECKPOINT:
            signed = parse_checkpoint(_text(members["note"]).encode(), place)
            return LogLine(kind, signed.checkpoint.size, checkpoint=signed)
        size = members["size"]
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_SIZE:
            raise ValueError  # noqa: TRY301 - as above
        if kind is LogKind.COSIGNATURE:
            return LogLine(kind, size, cosignature=parse_signature_line(_text(members["line"]), place))
        return LogLine(kind, size, token=decode_base64(_text(members["token"])))
    except CodedTrailError:
        raise
    except (StrictJsonError, Base64Error, ValueError):
        raise trail_problem("PK717", "not a line of the checkpoint log", place=place) from None


CANONICAL_HEAD = re.compile(
    rb'\{"kind":"checkpoint","note":"([!#-\[\]-~]{1,255})\\n(0|[1-9][0-9]{0,17})\\n([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)'
    rb"\\n\\n((?:\xe2\x80\x94 [!#-*,-\[\]-~]{1,255} "
    rb'(?:[A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{101}[AQgw]==)\\n){1,16})"\}\n'
)
"""The line of a head as writers write it: a fast way to read one. Accepts only what `read_log_line` accepts.

Groups: origin, size, root, signature lines. Signatures have the length of an Ed25519 signature or of a cosignature; the
last character of each base64 text has its unused bits at zero.
"""

_STRING = rb'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"'
_SIZE = rb"(?:0|[1-9][0-9]{0,18})"
_SHAPES = (
    re.compile(rb'\{"kind":"checkpoint","note":' + _STRING + rb"\}\n"),
    re.compile(rb'\{"kind":"cosignature","size":' + _SIZE + rb',"line":' + _STRING + rb"\}\n"),
    re.compile(rb'\{"kind":"timestamp","size":' + _SIZE + rb',"token":' + _STRING + rb"\}\n"),
)
"""The one form of each line: its members in their order, without white space. What the strings hold is read after."""

_CUT_STRING = rb'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*(?:\\(?:u[0-9a-fA-F]{0,3})?|"\}?)?'
"""A string as in `_SHAPES`, cut off anywhere, in the middle of an escape too."""
_BEGINNINGS = (
    re.compile(rb'\{"kind":"checkpoint","note":' + _CUT_STRING),
    re.compile(rb'\{"kind":"cosignature","size":' + _SIZE + rb',"line":' + _CUT_STRING),
    re.compile(rb'\{"kind":"timestamp","size":' + _SIZE + rb',"token":"[A-Za-z0-9+/]*={0,2}(?:"\}?)?'),
)
_HEADS = (b'{"kind":"checkpoint","note":"', b'{"kind":"cosignature","size":', b'{"kind":"timestamp","size":')


def is_beginning(data: bytes) -> bool:
    """Say whether bytes without a line feed are the beginning of a line, as a crash leaves it."""
    if any(head.startswith(data) for head in _HEADS) or any(shape.fullmatch(data) for shape in _BEGINNINGS):
        return True
    for head, rest in zip(_HEADS[1:], (b',"line":"', b',"token":"'), strict=True):
        if data.startswith(head):
            after = data[len(head) :]
            size = re.match(_SIZE, after)
            return not after or (size is not None and rest.startswith(after[size.end() :]))
    return False


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - turned into our own error above
    return value


def log_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number (from 1) and bytes of each line, with its line feed if it has one; nothing when there is no file.

    Raises:
        CodedTrailError: when the file cannot be read or a line is too long.
    """
    try:
        with open_regular(path) as file:
            yield from _numbered(file, path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise trail_problem("PK717", f"cannot read: {reason_of(error)}", place=str(path)) from None


def last_logged(path: Path) -> SignedCheckpoint | None:
    """Return the last head of a log, read from its end; None when its last 8 MiB hold none."""
    try:
        with open_regular(path) as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return None
    for line in reversed(lines[:-1]):
        if line.startswith(_HEADS[0]):
            try:
                return read_log_line(line + b"\n", str(path)).checkpoint
            except CodedTrailError:
                return None
    return None


def _numbered(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise trail_problem("PK717", "a line that is too long", place=f"{path}:{number}")
        yield number, line
