"""Opening files that others may have put there: never waits on a pipe, never reads a device, never follows a link."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

NOT_REGULAR = frozenset({errno.EINVAL, errno.EISDIR, errno.ENOTDIR, errno.ENXIO})
"""What opening something other than a regular file fails with."""
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BufferedReader:
    """Return a regular file, open for reading.

    Raises:
        OSError: it cannot be opened, or it is something else; then `errno` is one of `NOT_REGULAR`.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):  # said here: opening a link fails as a loop of links on the way does
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    file = open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS))  # noqa: SIM115 - handed on; has an opener
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))


def reason_of(error: OSError) -> str:
    """Return what went wrong, in lower case."""
    return (error.strerror or "input/output error").lower()
