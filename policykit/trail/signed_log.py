"""The checkpoint log as a writer follows it: one running digest of its lines, and the newest head that it holds.

Records name that head and that digest (`policykit.trail.record`), so a signature over records covers the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from policykit.trail.checkpoint_log import read_log_line
from policykit.trail.log_append import append_log_lines
from policykit.trail.note import MAX_NOTE_BYTES
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk, failing_as

_BLOCK_BYTES = 1 << 20
_MAX_LINE_BYTES = 2 * MAX_NOTE_BYTES
_HEAD = b'{"kind":"checkpoint",'


@dataclass(frozen=True, slots=True)
class LoggedHead:
    """A head as the log holds it."""

    size: int
    log: str
    """SHA-256 of the log through the head's line, in hexadecimal digits."""
    line: bytes


class SignedLog:
    """One writer's view of the log. Callers hold the trail's lock."""

    def __init__(self, path: Path, disk: LocalDisk) -> None:
        self.path = path
        self.head: LoggedHead | None = None
        """The newest head among the lines that were read."""
        self._disk = disk
        self._hash = sha256()
        self._digest_at_head = ""
        self._end = 0
        """How many bytes were read: whole lines only."""

    def follow(self) -> int:
        """Read the lines that were appended since; return how many bytes follow the last line feed.

        Raises:
            CodedTrailError: when the log shrank or holds no log line.
        """
        with failing_as("read the checkpoint log", self.path):
            size = self.path.stat().st_size if self.path.exists() else 0
            if size < self._end:
                raise trail_problem(
                    "PK711", "the checkpoint log shrank under this writer", place=str(self.path),
                    expected=f"at least {self._end} bytes", got=str(size),
                )  # fmt: skip
            newest = b""
            for lines in self._whole_lines(size) if size > self._end else ():
                newest = self._take(lines) or newest
        if newest:
            entry = read_log_line(newest, str(self.path))
            self.head = LoggedHead(entry.size, self._digest_at_head, newest)
        return size - self._end

    def append(self, lines: bytes) -> None:
        """Append whole lines durably, after whatever others appended; a torn end is cut off first.

        Raises:
            CodedTrailError: when they cannot be stored, or the log is not what this writer knows.
        """
        self.follow()
        append_log_lines(self._disk, self.path, lines, durable=True)
        self.follow()

    def _whole_lines(self, size: int) -> Iterator[bytes]:
        """Yield what is new, in large pieces that end with a line feed."""
        rest = b""
        with self.path.open("rb") as file:
            file.seek(self._end)
            while chunk := file.read(min(_BLOCK_BYTES, size - file.tell())):
                data = rest + chunk
                cut = data.rfind(b"\n") + 1
                rest = data[cut:]
                if len(rest) > _MAX_LINE_BYTES:
                    raise trail_problem("PK717", "a line that is too long", place=str(self.path))
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
        return lines[start:end]
