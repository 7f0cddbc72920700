"""Appending to `checkpoints.log`, by the writer and by whoever brings a cosignature or a time stamp."""

from __future__ import annotations

from pathlib import Path

from policykit.trail.note import MAX_NOTE_BYTES
from policykit.trail.storage.local import LocalDisk, failing_as


def append_log_lines(disk: LocalDisk, log: Path, lines: bytes, *, durable: bool) -> None:
    """Append whole lines. The trail's lock must be held.

    Raises:
        StorageFailedError: when they cannot be stored.
    """
    handle = disk.open_append(log)
    with failing_as("append to the checkpoint log", log):
        try:
            _cut_torn_line(disk, handle)
            disk.write_all(handle, lines)
            if durable:
                disk.sync(handle)
        finally:
            disk.close(handle)


def _cut_torn_line(disk: LocalDisk, handle: int) -> None:
    """Cut what a crash left after the log's last line feed; the head that it was about is signed again."""
    size = disk.size(handle)
    if not size or disk.read(handle, 1, size - 1) == b"\n":
        return
    start = max(0, size - 2 * MAX_NOTE_BYTES)
    tail = disk.read(handle, size - start, start)
    disk.truncate(handle, start + tail.rfind(b"\n") + 1)
