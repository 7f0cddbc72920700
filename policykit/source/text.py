"""A file's text with line lookup, read so that nothing that cannot be understood gets further.

Spans are half-open ranges of character offsets into `SourceFile.text`. Lines and columns are 1-based and exist only
for people; columns count characters, tabs count as one.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_FILE_BYTES = 4 * 1024 * 1024
"""A policy file larger than this is refused unread; 1,000 clauses take about 0.25 MB."""


class Span(NamedTuple):
    """A half-open range of character offsets. Requires 0 <= start <= end."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


NO_SPAN = Span(0, 0)
"""For nodes that no text stands behind, such as a section default that a clause inherits."""


class Position(NamedTuple):
    """A 1-based line and column."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The text of one file and the name under which people know it."""

    name: str
    """The path as the user wrote it, or `<text>`."""
    text: str
    _line_starts: list[int] = field(default_factory=list, repr=False, compare=False)

    def position(self, offset: int) -> Position:
        """Return the line and column of a character offset. Requires 0 <= offset <= len(text)."""
        starts = self._starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return line `number` (1-based) without its line ending."""
        starts = self._starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def quote(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts.append(0)
            self._line_starts.extend(i + 1 for i, char in enumerate(self.text) if char == "\n")
        return self._line_starts


def display_path(path: str | os.PathLike[str]) -> str:
    """Return a path as people write it: relative to the working directory when it lies below it."""
    text = os.fspath(path)
    try:
        relative = os.path.relpath(text)
    except ValueError:  # another drive on Windows
        return text
    return text if relative.startswith("..") else relative
