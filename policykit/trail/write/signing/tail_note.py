"""The tail note: where the trail ends, as its writers say, kept next to the remembered head.

Growth that ends where the note says was written by a writer of this trail; any other was not. The note is written
before the records are, and names the end before and after them: whatever a kill interrupts, one of the two is true.
It is not synced. After a power cut it may be old, and the records that it does not know are reported as foreign.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from policykit.trail.storage.local import STATE_DIRECTORY_MODE, LocalDisk, failing_as
from policykit.trail.write.signing.head import state_file

_MAGIC = b"policykit-tail/v1\n"
_NOTE = re.compile(_MAGIC + rb"([0-9]{20}) ([0-9a-f]{64})\n([0-9]{20}) ([0-9a-f]{64})\n")
_END_BYTES = 86
_BYTES = len(_MAGIC) + 2 * _END_BYTES
_SLOTS = (len(_MAGIC), len(_MAGIC) + _END_BYTES)
"""Where the two ends stand, in either order."""


class End(NamedTuple):
    """Where a trail ends."""

    size: int
    """How many records there are."""
    last: str
    """The leaf hash of the last one, in hexadecimal digits."""


class TailNote:
    """The note of one origin. Callers hold the trail's lock."""

    def __init__(self, directory: Path, origin: str, disk: LocalDisk) -> None:
        self.path = state_file(directory, origin, "tail")
        self._disk = disk
        self._handle = -1
        self._size = -1
        self._last = ""
        self._at = _SLOTS[1]
        """Where the end that was noted last stands, so that it need not be written out again."""

    def open(self) -> None:
        """Open the note, creating it when there is none.

        Raises:
            StorageFailedError: when it cannot be opened.
        """
        self._disk.make_directory(self.path.parent, STATE_DIRECTORY_MODE)
        self._handle = self._disk.open_state(self.path)

    def write(self, size: int, last: str, new_size: int, new_last: str) -> None:
        """Note that the records after an end, up to a new one, are about to be written.

        Raises:
            OSError: when it cannot be written.
        """
        new = b"%020d %b\n" % (new_size, new_last.encode())
        if size == self._size and last == self._last:
            self._at = _SLOTS[self._at == _SLOTS[0]]  # the end before stands in the other slot already
            self._size = -1  # until this is written, nobody knows what the note says
            self._disk.write_at(self._handle, new, self._at)
        else:
            self._size, self._at = -1, _SLOTS[1]
            self._disk.write_at(self._handle, b"%b%020d %b\n%b" % (_MAGIC, size, last.encode(), new), 0)
        self._size, self._last = new_size, new_last

    def read(self) -> tuple[End, ...]:
        """Return the ends that the note names, the smaller first; none when there is no note.

        Raises:
            StorageFailedError: when it cannot be read.
        """
        with failing_as("read the tail note", self.path):
            note = _NOTE.fullmatch(self._disk.read(self._handle, _BYTES + 1, 0))
        if note is None:
            return ()
        return tuple(sorted((End(int(note[1]), note[2].decode()), End(int(note[3]), note[4].decode()))))

    def close(self) -> None:
        """Close the note."""
        if self._handle >= 0:
            self._disk.close(self._handle)
            self._handle = -1
