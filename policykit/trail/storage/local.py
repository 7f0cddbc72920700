"""A directory of this host: the few operations that appending needs, each of which fails as our own error.

POSIX only. Not for network file systems: their locks and syncs do not keep what they promise.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeGuard

try:
    import fcntl
except ImportError:  # not POSIX: trails can be verified there, not written
    fcntl = None  # type: ignore[assignment]

from policykit.source.diagnostic import Diagnostic
from policykit.trail.problems import StorageFailedError, UnknownOutcomeError

_HELP = {
    errno.ENOSPC: "free space on this file system, then try again",
    errno.EDQUOT: "this user's quota is used up; free space, then try again",
    errno.EMFILE: "this process has too many files open; close some, or raise its limit (`ulimit -n`)",
    errno.EROFS: "the file system is read-only; mount it for writing",
    errno.EACCES: "this user may not write here; give it write permission",
}

FILE_MODE = 0o640
DIRECTORY_MODE = 0o750
"""Records name people and models: not for everybody on the host to read."""
STATE_FILE_MODE = 0o600
STATE_DIRECTORY_MODE = 0o700


@contextmanager
def failing_as(doing: str, path: os.PathLike[str] | str) -> Iterator[None]:
    """Turn an operating system's error into our own."""
    try:
        yield
    except OSError as error:
        raise storage_failed(doing, path, error) from error


def is_from_system(error: BaseException) -> TypeGuard[OSError]:
    """Say whether the operating system reported this: a `TimeoutError` that a signal handler raises has no number."""
    return isinstance(error, OSError) and error.errno is not None


def storage_failed(doing: str, path: os.PathLike[str] | str, error: OSError) -> StorageFailedError:
    """Return our own error for an operating system's.

    Raises:
        OSError: this one, when it is not the operating system's: nothing failed, something was interrupted.
    """
    if not is_from_system(error):
        raise error
    reason = (error.strerror or "input/output error").lower()
    text = _HELP.get(error.errno or 0, "")
    return StorageFailedError(Diagnostic("PK712", f"cannot {doing}: {reason}", place=os.fspath(path), help=text))


def outcome_unknown(doing: str, path: os.PathLike[str] | str, error: OSError) -> UnknownOutcomeError:
    """Return our own error for a failure after which nobody can know what is on the disk.

    Raises:
        OSError: this one, when it is not the operating system's, as `storage_failed`.
    """
    if not is_from_system(error):
        raise error
    reason = (error.strerror or "input/output error").lower()
    return UnknownOutcomeError(
        Diagnostic(
            "PK714", f"cannot {doing}: {reason}; it is not known what is on the disk", place=os.fspath(path),
            help="close the trail and open it again: opening reads what is there; look for the record before you "
            "append it again",
        )
    )  # fmt: skip


def create_directories(path: Path, mode: int = DIRECTORY_MODE) -> None:
    """Create a directory and those above it, all with this mode; `mkdir(parents=True)` leaves the others open."""
    if path.is_dir():
        return
    create_directories(path.parent, mode)
    path.mkdir(mode, exist_ok=True)


_JOIN_TRIES = 5
"""A verifier that asks whether anybody writes holds this lock for an instant; a writer holds it until it closes."""
_JOIN_WAIT_S = 0.002


class LocalDisk:
    """The operations on files. Tests replace single ones to make them fail."""

    def make_directory(self, path: Path, mode: int = DIRECTORY_MODE) -> None:
        """Create a directory, with those above it, and make its name durable."""
        with failing_as("create the directory", path):
            if not path.is_dir():
                create_directories(path, mode)
                self.sync_directory(path.parent)

    def open_append(self, path: Path) -> int:
        """Open a file for reading and appending, creating it durably when it does not exist."""
        return self._open(path, os.O_APPEND, FILE_MODE)

    def open_state(self, path: Path) -> int:
        """Open a file that only this user may read, creating it durably when it does not exist."""
        return self._open(path, 0, STATE_FILE_MODE)

    def _open(self, path: Path, flags: int, mode: int) -> int:
        flags |= os.O_RDWR | os.O_CLOEXEC
        with failing_as("open", path):
            try:
                return os.open(path, flags)
            except FileNotFoundError:
                handle = os.open(path, flags | os.O_CREAT, mode)
            try:
                self.sync_directory(path.parent)
            except OSError:
                os.close(handle)
                raise
            return handle

    def close(self, handle: int) -> None:
        """Close a file; an error while closing tells nothing that a sync did not tell before."""
        try:
            os.close(handle)
        except OSError:
            return

    def size(self, handle: int) -> int:
        """Return the length of an open file in bytes."""
        return os.lseek(handle, 0, os.SEEK_END)

    def write(self, handle: int, data: bytes) -> int:
        """Append; may write less than asked, as the operating system may."""
        return os.write(handle, data)

    def write_at(self, handle: int, data: bytes, offset: int) -> None:
        """Write a few bytes in place, all of them or an error."""
        if os.pwrite(handle, data, offset) != len(data):
            raise OSError(errno.EIO, "wrote less than was asked")

    def read(self, handle: int, count: int, offset: int) -> bytes:
        """Read at an offset."""
        return os.pread(handle, count, offset)

    def truncate(self, handle: int, length: int) -> None:
        """Cut an open file."""
        os.ftruncate(handle, length)

    def sync(self, handle: int) -> None:
        """Return when the file's data is durable."""
        if hasattr(os, "fdatasync"):
            os.fdatasync(handle)
        else:  # macOS
            os.fsync(handle)

    def sync_directory(self, path: Path) -> None:
        """Return when the names in a directory are durable."""
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def replace(self, path: Path, data: bytes, *, durable: bool) -> None:
        """Put new content in place of a file's, all or nothing."""
        temporary = path.with_name(f"{path.name}.tmp{os.getpid()}")
        with failing_as("replace", path):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
            try:
                self.write_all(handle, data)
                if durable:
                    self.sync(handle)
            finally:
                os.close(handle)
            os.replace(temporary, path)

    def write_all(self, handle: int, data: bytes) -> None:
        """Write every byte, however few the operating system takes at a time."""
        view = memoryview(data)
        while view:
            written = self.write(handle, bytes(view))
            if written <= 0:
                raise OSError(errno.EIO, "wrote nothing")
            view = view[written:]

    def lock(self, handle: int) -> None:
        """Wait for the lock of a file, against every other process and every other open of it."""
        if fcntl is None:
            raise OSError(errno.ENOTSUP, "this system has no file locks")
        fcntl.flock(handle, fcntl.LOCK_EX)

    def join(self, handle: int) -> bool:
        """Take a shared lock; say whether nobody else had one. Callers hold another lock that orders them."""
        if fcntl is None:
            raise OSError(errno.ENOTSUP, "this system has no file locks")
        is_alone = any(_has_locked(handle) for _ in range(_JOIN_TRIES))
        fcntl.flock(handle, fcntl.LOCK_SH)
        return is_alone

    def unlock(self, handle: int) -> None:
        """Let go of the lock."""
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _has_locked(handle: int) -> bool:
    """Try to lock a file against everybody; rest for a moment where somebody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_JOIN_WAIT_S)
        return False
    return True
