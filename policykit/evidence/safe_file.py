"""Opens evidence files so that nothing but a regular file inside the project is ever read.

The steps, in order; each has a test of its number:

1. The path is a text without NUL, and resolves to a place inside the project, links followed.
2. It is opened without waiting: a FIFO without a writer must not hang the check.
3. What was opened is a regular file: no directory, FIFO, socket or device.
4. What was opened is what was resolved: same device and inode.
5. Bytes are digested as they are read, so the digest is over exactly the bytes that were understood.

Not defended against: an attacker who may write to the project while the check runs can still write evidence.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import BinaryIO, Self

from policykit.evidence.problems import refusal
from policykit.source.visible import quoted

Progress = Callable[[int, int], None]
"""Called with bytes read and bytes in all, every few megabytes."""

HEAD_BYTES = 65_536
"""How much of a file a reader sees to tell whether it is one of its own."""
MAX_WHOLE_BYTES = 64 * 1024 * 1024
"""Files that must be held in memory as a whole are refused beyond this."""
MAX_LINE_BYTES = 16 * 1024 * 1024
"""One line of a JSONL file; garak writes whole conversations into one line."""
_CHUNK_BYTES = 1 << 18
_PROGRESS_BYTES = 1 << 23

_WHAT = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def resolve(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> str:
    """Return the real path of a file that lies inside the project.

    Args:
        path: as the user wrote it; relative to `root`.
        root: the project's folder.

    Raises:
        EvidenceError: the path leaves the project, or cannot be a path.
    """
    text = os.fspath(path)
    if not text or "\0" in text:
        raise refusal("PK500", f"{quoted(text)} is not a path", help="write the path of a file inside the project")
    try:
        real_root = os.path.realpath(root)
        real = os.path.realpath(os.path.join(real_root, text))
    except (OSError, ValueError):
        raise refusal("PK500", "the path cannot be resolved", place=text) from None
    if real != real_root and not real.startswith(real_root.rstrip(os.sep) + os.sep):
        raise refusal(
            "PK502",
            "the path leads out of the project",
            place=text,
            help="copy the file into the project; links and `..` that lead out are not followed",
        )
    return real


class EvidenceFile:
    """One open evidence file, read once from start to end and digested on the way."""

    def __init__(self, name: str, stream: BinaryIO, size: int, progress: Progress | None = None) -> None:
        self.name = name
        """The path as the user wrote it; the place of diagnostics."""
        self.size = size
        """Bytes when it was opened."""
        self._stream = stream
        self._progress = progress
        self._state = hashlib.sha256()
        self._read = 0
        self._reported = 0
        self._head = b""
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    @property
    def head(self) -> bytes:
        """Return the first bytes, without using them up."""
        while len(self._head) < HEAD_BYTES and self._read == len(self._head):
            more = self._take()
            if not more:
                break
            self._head += more
            self._unread += more
        return self._head[:HEAD_BYTES]

    def whole(self, limit: int = MAX_WHOLE_BYTES) -> bytes:
        """Return all bytes that are left.

        Raises:
            EvidenceError: there are more than `limit`.
        """
        if self.size > limit:
            raise self._too_large(limit)
        parts = [self._unread]
        total = len(self._unread)
        self._unread = b""
        while piece := self._take():
            parts.append(piece)
            total += len(piece)
            if total > limit:  # it grew while it was read
                raise self._too_large(limit)
        return b"".join(parts)

    def lines(self, limit: int = MAX_LINE_BYTES) -> Iterator[bytes]:
        """Yield the lines that are left, without their line feed, holding one at a time.

        Raises:
            EvidenceError: a line is longer than `limit` bytes.
        """
        rest = self._unread
        self._unread = b""
        number = 0
        while True:
            *whole_lines, rest = rest.split(b"\n")
            for line in whole_lines:
                number += 1
                yield line
            if len(rest) > limit:
                raise refusal(
                    "PK503",
                    f"line {number + 1} is longer than {limit // 2**20} MB",
                    place=self.name,
                    help="have the tool write one JSON object a line",
                )
            piece = self._take_for_line(rest)
            if not piece:
                break
            rest = piece
        if rest:
            yield rest

    def _take_for_line(self, rest: bytes) -> bytes:
        """Return the unfinished line with enough behind it to make progress, or nothing at the end of the file."""
        pieces = [rest]
        length = len(rest)
        while True:
            piece = self._take()
            if not piece:
                return b"" if length == len(rest) else b"".join(pieces)
            pieces.append(piece)
            length += len(piece)
            # Joining only when a line ends keeps the work linear in the length of a long line.
            if b"\n" in piece or length > MAX_LINE_BYTES:
                return b"".join(pieces)

    def digest(self) -> str:
        """Return `sha256:` and hex over all bytes of the file; reads what is left."""
        self._unread = b""
        while self._take():
            pass
        return f"sha256:{self._state.hexdigest()}"

    def _take(self) -> bytes:
        try:
            piece = self._stream.read(_CHUNK_BYTES)
        except OSError as problem:
            raise refusal("PK500", "the file cannot be read", place=self.name, got=problem.strerror or "") from None
        self._state.update(piece)
        self._read += len(piece)
        if self._progress is not None and self._read - self._reported >= _PROGRESS_BYTES:
            self._reported = self._read
            self._progress(self._read, max(self.size, self._read))
        return piece

    def _too_large(self, limit: int) -> Exception:
        return refusal(
            "PK503",
            f"the file is larger than {limit // 2**20} MB",
            place=self.name,
            got=f"{self.size / 2**20:.0f} MB",
            help="split the run into several files and bind them with a glob",
        )


def open_evidence(
    path: str | os.PathLike[str], root: str | os.PathLike[str], progress: Progress | None = None
) -> EvidenceFile:
    """Open a regular file inside the project.

    Args:
        path: as the user wrote it; relative to `root`.
        root: the project's folder.
        progress: told how far reading has come.

    Raises:
        EvidenceError: it is missing, unreadable, no regular file, or outside the project.
    """
    name = os.fspath(path)
    real = resolve(path, root)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(real, flags | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        raise refusal(
            "PK500", "the file does not exist", place=name, help="run the tool that writes it, or correct the path"
        ) from None
    except (OSError, ValueError) as problem:
        if os.path.isdir(real):  # Windows refuses to open one
            raise _not_a_file(name, "a directory") from None
        reason = getattr(problem, "strerror", None) or "not a path"
        raise refusal("PK500", "the file cannot be opened", place=name, got=reason.lower()) from None
    try:
        status = os.fstat(descriptor)
        _require_regular(status, real, name)
        return EvidenceFile(name, os.fdopen(descriptor, "rb", buffering=0), status.st_size, progress)
    except BaseException:
        os.close(descriptor)
        raise


def _require_regular(status: os.stat_result, real: str, name: str) -> None:
    for is_it, what in _WHAT:
        if is_it(status.st_mode):
            raise _not_a_file(name, what)
    if not stat.S_ISREG(status.st_mode):
        raise _not_a_file(name, "not a regular file")
    try:
        again = os.stat(real, follow_symlinks=False)
    except OSError:
        raise refusal("PK500", "the file vanished while it was opened", place=name) from None
    if (again.st_dev, again.st_ino) != (status.st_dev, status.st_ino):
        raise refusal("PK502", "the path was changed while it was opened", place=name)


def _not_a_file(name: str, what: str) -> Exception:
    return refusal(
        "PK501",
        "evidence must be a regular file",
        place=name,
        got=what,
        help="name a file; for several files write a glob such as `results/*.xml`",
    )
