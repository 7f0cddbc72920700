"""The checkpoint log as a writer follows it: one running digest of its lines, and the newest head that it holds.

Records name that head and that digest (`policykit.trail.format.record`), so a signature over records covers the log.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from policykit.trail.format.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint_text
from policykit.trail.format.checkpoint_log import checkpoint_line, read_log_line
from policykit.trail.format.note import MAX_NOTE_BYTES, Note
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk, failing_as, storage_failed
from policykit.trail.write.signing.log_append import append_log_lines

_BLOCK_BYTES = 1 << 20
_MAX_LINE_BYTES = 2 * MAX_NOTE_BYTES
_HEAD = b'{"kind":"checkpoint",'


Refuse = Callable[[SignedCheckpoint], None]
"""Raises for a head that may not be bound."""


class Named(NamedTuple):
    """A head as a record names it."""

    size: int
    log: str
    """SHA-256 of the log through the head's line, in hexadecimal digits."""


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

    def follow(self, refuse: Refuse | None = None) -> SignedCheckpoint | None:
        """Read the lines that were appended since; return the newest head if there is another one now.

        Args:
            refuse: asked about every head among them, if the lines are to be held to what verifiers ask of a log.

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
        known = parse_checkpoint_text(self.head.note.text, self._place) if self.head else None
        check = _LineCheck(self._place, known, refuse) if refuse else None
        with failing_as("read the checkpoint log", self._place):
            for lines in self._whole_lines(size):
                if check is not None:
                    check.take_all(lines)
                newest = self._take(lines) or newest
        entry = read_log_line(newest, self._place) if newest else None
        if entry is None or entry.checkpoint is None:
            return None
        self.head = LoggedHead(entry.size, self._digest_at_head, entry.checkpoint.note)
        return entry.checkpoint

    def check_after(self, named: Collection[Named], origin: str, refuse: Refuse) -> None:
        """Hold the lines after the newest head that a record names to what verifiers ask of a log.

        Records bind the lines up to a head that they name; what comes later the next signature would bind.

        Args:
            named: the heads that records name; each must stand in the log.
            origin: the trail's name.
            refuse: asked about every head after them.

        Raises:
            CodedTrailError: when a named head is missing, or a later line is none that verifiers accept there.
        """
        with failing_as("read the checkpoint log", self._place):
            bound, head = self._end_of(named, origin) if named else (0, None)
            check = _LineCheck(self._place, head, refuse if named else None)
            if self._end > bound:
                with open(self._place, "rb") as file:
                    file.seek(bound)
                    while file.tell() < self._end:
                        check.take(file.readline(_MAX_LINE_BYTES + 1))

    def _end_of(self, named: Collection[Named], origin: str) -> tuple[int, Checkpoint]:
        """Return where the line of the newest named head ends, and the head."""
        missing, found = set(named), None
        start = checkpoint_line(f"{origin}\n".encode()).removesuffix(b'"}\n')
        starts = tuple(b"%b%d\\n" % (start, one.size) for one in named)
        running, end = sha256(), 0
        with open(self._place, "rb") as file:
            while missing and end < self._end and (line := file.readline(_MAX_LINE_BYTES + 1)):
                running.update(line)
                end += len(line)
                if line.startswith(starts):
                    found = read_log_line(line, self._place).checkpoint or found
                    missing -= {one for one in missing if one.log == running.hexdigest()}
        if missing or found is None:
            raise trail_problem(
                "PK717", "a record names a head that the checkpoint log does not hold as it was", place=self._place,
                expected=f"a head of {max(one.size for one in missing or named)} records",
                help="restore the trail from a copy",
            )  # fmt: skip
        return end, found.checkpoint

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
        return lines[start:end]


class _LineCheck:
    """Lines of a log, one after the other, held to what every verifier asks of them."""

    def __init__(self, place: str, before: Checkpoint | None, refuse: Refuse | None) -> None:
        self._place = place
        self._before = before
        self._refuse = refuse

    def take_all(self, lines: bytes) -> None:
        """Check the next lines, whole ones."""
        for line in lines.splitlines(keepends=True):
            self.take(line)

    def take(self, line: bytes) -> None:
        """Check the next line, with its line feed."""
        signed = read_log_line(line, self._place).checkpoint
        if signed is None:
            return
        head, before = signed.checkpoint, self._before
        is_again = before is not None and head.size == before.size
        if before is not None and (
            head.origin != before.origin or head.size < before.size or (is_again and head.root != before.root)
        ):
            raise trail_problem(
                "PK717", "the checkpoint log holds a head that does not follow the one before", place=self._place,
                expected=f"at least {before.size} records", got=str(head.size), help="restore the log from a copy",
            )  # fmt: skip
        if self._refuse is not None and not is_again:
            self._refuse(signed)
        self._before = head
