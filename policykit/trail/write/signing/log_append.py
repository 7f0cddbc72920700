"""Appending to `checkpoints.log`, by the writer and by whoever brings a cosignature or a time stamp."""

from __future__ import annotations

from pathlib import Path

from policykit.trail.format.note import MAX_NOTE_BYTES
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk, failing_as, outcome_unknown

_BEGINNING = b'{"kind":"'


def append_log_lines(disk: LocalDisk, log: Path, lines: bytes) -> None:
    """Append whole lines durably. The trail's lock must be held.

    Raises:
        StorageFailedError: when they cannot be stored.
        CodedTrailError: when the log ends in something that no crash leaves.
    """
    handle = disk.open_append(log)
    with failing_as("append to the checkpoint log", log):
        try:
            _cut_torn_line(disk, handle, log)
            disk.write_all(handle, lines)
            try:
                disk.sync(handle)
            except OSError as error:
                raise outcome_unknown("sync the checkpoint log", log, error) from error
        finally:
            disk.close(handle)


def cut_torn_line(disk: LocalDisk, log: Path) -> bool:
    """Cut what a crash left after the log's last line feed; say whether there was something. Requires the trail's lock.

    Raises:
        StorageFailedError: when it cannot be cut.
        CodedTrailError: when no crash explains it.
    """
    if not log.exists():
        return False
    handle = disk.open_append(log)
    with failing_as("repair the checkpoint log", log):
        try:
            is_torn = _cut_torn_line(disk, handle, log)
            if is_torn:
                disk.sync(handle)
            return is_torn
        finally:
            disk.close(handle)


def _cut_torn_line(disk: LocalDisk, handle: int, log: Path) -> bool:
    """Cut the fragment; the head that it was about is signed again."""
    size = disk.size(handle)
    if not size or disk.read(handle, 1, size - 1) == b"\n":
        return False
    start = max(0, size - 2 * MAX_NOTE_BYTES)
    tail = disk.read(handle, size - start, start)
    end = tail.rfind(b"\n") + 1
    if (start and not end) or not _is_torn(tail[end:]):
        raise trail_problem(
            "PK717", "the checkpoint log ends in something that is not a line and that no crash leaves", place=str(log),
            help="restore the log from a copy",
        )  # fmt: skip
    disk.truncate(handle, start + end)
    return True


def _is_torn(fragment: bytes) -> bool:
    """Say whether it is the beginning of a line, or zeros, or one after the other: what file systems leave."""
    begun = fragment.rstrip(b"\0")
    return b"\0" not in begun and (begun.startswith(_BEGINNING) or _BEGINNING.startswith(begun))
