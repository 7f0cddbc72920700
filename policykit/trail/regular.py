"""Opening files that others may have put there: never waits on a pipe, never reads a device, never follows a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

NOT_REGULAR = frozenset({errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENOTDIR, errno.ENXIO})
"""What opening something other than a regular file fails with."""
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """Return a regular file, open for reading.

    Raises:
        OSError: it cannot be opened, or it is something else; then `errno` is one of `NOT_REGULAR`.
    """
    file = open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS))  # noqa: SIM115 - handed on; has an opener
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))


def reason_of(error: OSError) -> str:
    """Return what went wrong, in lower case."""
    return (error.strerror or "input/output error").lower()
