"""The checkpoint log as a writer follows it: one running digest of its lines, and the newest head that it holds.

Records name that head and that digest (`policykit.trail.record`), so a signature over records covers the log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from policykit.trail.checkpoint import SignedCheckpoint
from policykit.trail.checkpoint_log import CANONICAL_HEAD, checkpoint_line, read_log_line
from policykit.trail.log_append import append_log_lines
from policykit.trail.note import MAX_NOTE_BYTES, Note
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk, failing_as, storage_failed

_BLOCK_BYTES = 1 << 20
_MAX_LINE_BYTES = 2 * MAX_NOTE_BYTES
_HEAD = b'{"kind":"checkpoint",'


@dataclass(frozen=True, slots=True)
class LoggedHead:
    """A head as the log holds it."""

    size: int
    log: str
    """SHA-256 of the log through the head's line, in hexadecimal digits."""
    note: Note

    def holds(self, note: Note) -> bool:
        """Say whether this is that head, with these signatures and perhaps with cosignatures."""
        return self.note.text == note.text and set(note.signatures) <= set(self.note.signatures)


class SignedLog:
    """One writer's view of the log. Callers hold the trail's lock."""

    def __init__(self, path: Path, disk: LocalDisk) -> None:
        self.path = path
        self._place = str(path)
        self.head: LoggedHead | None = None
        """The newest head among the lines that were read."""
        self._disk = disk
        self._hash = sha256()
        self._digest_at_head = ""
        self._end = 0
        """How many bytes were read: whole lines only."""

    def follow(self) -> SignedCheckpoint | None:
        """Read the lines that were appended since; return the newest head if there is another one now.

        Raises:
            CodedTrailError: when the log shrank, or holds what is not a line of it.
        """
        size = self._size()
        if size < self._end:
            raise trail_problem(
                "PK711", "the checkpoint log shrank under this writer", place=self._place,
                expected=f"at least {self._end} bytes", got=str(size), help="restore it from a copy",
            )  # fmt: skip
        if size == self._end:
            return None
        newest = b""
        with failing_as("read the checkpoint log", self._place):
            for lines in self._whole_lines(size):
                newest = self._take(lines) or newest
        entry = read_log_line(newest, self._place) if newest else None
        if entry is None or entry.checkpoint is None:
            return None
        self.head = LoggedHead(entry.size, self._digest_at_head, entry.checkpoint.note)
        return entry.checkpoint

    def check_after(self, size: int) -> None:
        """Refuse what is not a line of a log after the newest head of fewer than `size` records.

        Records bind the lines up to a head that they name; what comes later the next signature would bind.

        Raises:
            CodedTrailError: when there is such a line.
        """
        with failing_as("read the checkpoint log", self._place):
            for line in self._backwards():
                head = CANONICAL_HEAD.fullmatch(line)
                if head is None:
                    read_log_line(line, self._place)
                elif int(head[2]) < size:
                    return

    def _backwards(self) -> Iterator[bytes]:
        """Yield the lines that were read, the last one first."""
        end, rest = self._end - 1, b""
        if end < 0:
            return
        with open(self._place, "rb") as file:
            while end > 0:
                start = max(0, end - _BLOCK_BYTES)
                file.seek(start)
                rest, *lines = (file.read(end - start) + rest).split(b"\n")
                yield from (line + b"\n" for line in reversed(lines))
                end = start
        yield rest + b"\n"

    def append(self, lines: bytes) -> None:
        """Append cosignatures or time stamps durably. Requires the log to have been followed.

        Raises:
            CodedTrailError: when they cannot be stored.
        """
        append_log_lines(self._disk, self.path, lines)
        self._hash.update(lines)
        self._end += len(lines)

    def append_head(self, size: int, note: Note) -> None:
        """Append a head durably; `append` says the rest."""
        self.append(checkpoint_line(note.to_bytes()))
        self.head = LoggedHead(size, self._hash.hexdigest(), note)

    def _size(self) -> int:
        try:
            return os.stat(self._place).st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise storage_failed("read the checkpoint log", self._place, error) from None

    def _whole_lines(self, size: int) -> Iterator[bytes]:
        """Yield what is new, in large pieces that end with a line feed."""
        rest = b""
        with open(self._place, "rb") as file:
            file.seek(self._end)
            while chunk := file.read(min(_BLOCK_BYTES, size - file.tell())):
                data = rest + chunk
                cut = data.rfind(b"\n") + 1
                rest = data[cut:]
                if len(rest) > _MAX_LINE_BYTES:
                    raise trail_problem("PK717", "a line that is too long", place=self._place)
                if cut:
                    yield data[:cut]

    def _take(self, lines: bytes) -> bytes:
        """Hash whole lines; return the line of the newest head among them, empty when there is none."""
        start = lines.rfind(b"\n" + _HEAD) + 1
        has_head = lines.startswith(_HEAD, start)
        end = lines.index(b"\n", start) + 1 if has_head else 0
        self._hash.update(lines[:end])
        if has_head:
            self._digest_at_head = self._hash.hexdigest()
        self._hash.update(lines[end:])
        self._end += len(lines)
        for line in lines[end:].splitlines(keepends=True):
            read_log_line(line, self._place)  # the next signature covers it, so it must be one
        return lines[start:end]
