"""Reading segments in bounded memory: lines in blocks, and one record by its number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from policykit.trail.format.layout import MAX_RECORD_BYTES, MAX_SEGMENT_BYTES, SEGMENT_RECORDS, TrailPaths, segment_of
from policykit.trail.format.record import HEADER, HEADER_BYTES
from policykit.trail.format.regular import open_regular, reason_of
from policykit.trail.problems import trail_problem

_BLOCK_BYTES = 1 << 20


class LineBlocks:
    """The lines of a file from its current position on, some thousand at a time, without their line feeds.

    After the iteration `fragment` holds what follows the last line feed: the trace of a crash, or nothing.
    """

    def __init__(self, file: BinaryIO, *, limit: int | None = None) -> None:
        self._file = file
        self._left = limit
        self.fragment = b""
        self.data = b""
        """The piece of the file that the last block came from; it may begin and end inside a line."""

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield lists of lines.

        Raises:
            CodedTrailError: when a line is longer than a record may be.
        """
        rest = b""
        while chunk := self._read():
            lines = (rest + chunk).split(b"\n")
            self.data = chunk
            rest = lines.pop()
            if len(rest) > MAX_RECORD_BYTES:
                rest = self._without_nuls(rest)
            yield lines
        self.fragment = rest

    def _without_nuls(self, data: bytes) -> bytes:
        """Return a fragment without the NULs at its end, when nothing follows them: a power cut leaves such blocks.

        Raises:
            CodedTrailError: it is the beginning of a line that is too long for a record.
        """
        rest = data.rstrip(b"\0")
        while len(rest) <= MAX_RECORD_BYTES and (chunk := self._read()):
            if chunk.strip(b"\0"):
                break
        else:
            if len(rest) <= MAX_RECORD_BYTES:
                return rest
        raise trail_problem("PK709", "a line that is too long for a record", place=self._file.name)

    def _read(self) -> bytes:
        count = _BLOCK_BYTES if self._left is None else min(_BLOCK_BYTES, self._left)
        chunk = self._file.read(count)
        if self._left is not None:
            self._left -= len(chunk)
        return chunk


def find_line(paths: TrailPaths, seq: int) -> bytes:
    """Return the line of record `seq`, found by halving: every record states its own number.

    Raises:
        CodedTrailError: when the trail holds no such record.
    """
    path = paths.segment(segment_of(seq))
    try:
        with open_regular(path) as file:
            offset = offset_of(file, seq)
            file.seek(offset)
            line = file.readline(MAX_RECORD_BYTES + 2)
    except OSError as error:
        raise trail_problem("PK700", f"cannot read record {seq}: {error.strerror}", place=str(path)) from None
    header = HEADER.match(line)
    if header is None or int(header[1]) != seq or not line.endswith(b"\n"):
        raise trail_problem("PK700", f"there is no record {seq}", place=str(path))
    return line[:-1]


def lines_from(paths: TrailPaths, first: int, end: int) -> Iterator[bytes]:
    """Yield the lines of records `first` up to before `end`, all in one segment.

    Raises:
        CodedTrailError: when the segment cannot be read or ends early.
    """
    path = paths.segment(segment_of(first))
    wanted = end - first
    try:
        with open_regular(path) as file:
            file.seek(offset_of(file, first))
            for lines in LineBlocks(file):
                yield from lines[:wanted]
                wanted -= min(wanted, len(lines))
                if wanted == 0:
                    return
    except OSError as error:
        raise trail_problem("PK700", f"cannot read the segment: {error.strerror}", place=str(path)) from None
    raise trail_problem("PK704", f"the segment ends before record {end - 1}", place=str(path))


def offset_of(file: BinaryIO, seq: int) -> int:
    """Return the offset of the first record whose number is at least `seq`; the end when there is none.

    Halves the file: reads about 2 log2(size) short pieces, whatever the file holds.
    """
    low, high = 0, file.seek(0, os.SEEK_END)
    if seq % SEGMENT_RECORDS == 0:
        return 0
    while low < high:
        middle = (low + high) // 2
        start, number = _record_at_or_after(file, middle, high)
        if number is None or number >= seq:
            high = middle
        else:
            low = start + 1
    return _line_start_at_or_after(file, low)


def _record_at_or_after(file: BinaryIO, offset: int, end: int) -> tuple[int, int | None]:
    """Return where the first line at or after `offset` starts, and its number; None at the end or for no record."""
    start = _line_start_at_or_after(file, offset)
    if start >= end:
        return start, None
    file.seek(start)
    header = HEADER.match(file.read(HEADER_BYTES))
    return start, int(header[1]) if header else None


def _line_start_at_or_after(file: BinaryIO, offset: int) -> int:
    if offset == 0:
        return 0
    file.seek(offset - 1)
    rest = file.readline(MAX_RECORD_BYTES + 2)
    return offset - 1 + len(rest)


def count_lines(path: Path) -> int:
    """Return how many whole lines a segment has, 0 when there is no such file or it is too large to be one.

    Raises:
        CodedTrailError: the file cannot be read.
    """
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MAX_SEGMENT_BYTES:
                return 0  # not a segment: reading what no record fills could take hours
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_BLOCK_BYTES), b""))
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise trail_problem("PK700", f"cannot read the segment: {reason_of(error)}", place=str(path)) from None


def file_size(path: Path) -> int:
    """Return a file's length in bytes, 0 when there is no such file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
