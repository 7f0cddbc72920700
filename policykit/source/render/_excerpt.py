"""Quotes lines of a file with marks under them, in at most about 100 columns whatever the file holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.source.text import SourceFile, Span
from policykit.source.visible import cell, visible

WIDTH = 100
"""Columns of source text shown; longer lines are cut to a window around the mark."""
_LEFT = 30
"""Columns kept before a mark when a line is cut."""
_SCAN = 4 * WIDTH
"""Characters looked at on either side of a mark: enough for a window, however long the line is."""
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to underline, the character to do it with, and the text behind it."""

    span: Span
    character: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an excerpt: a quoted line, the marks under it, or a gap between lines."""

    number: int | None
    """Line number; None for marks and gaps."""
    text: str
    mark: Mark | None = None
    """Set for a row of marks; `text` is then the indentation and the underline."""

    @property
    def is_gap(self) -> bool:
        """Whether lines are left out here."""
        return self.number is None and self.mark is None


def excerpt(source: SourceFile, marks: Sequence[Mark]) -> list[Row]:
    """Return the rows that show the marks, in the order of lines; a span over several lines is marked at its ends."""
    single = [part for mark in marks for part in _split(source, mark)]
    single.sort(key=lambda mark: (source.position(mark.span.start).line, mark.text != "", mark.span))
    rows: list[Row] = []
    last = 0
    for mark in single:
        number = source.position(mark.span.start).line
        shown, underline = _line(source, mark)
        if number != last:
            if last and number > last + 1:
                rows.append(Row(None, "..."))
            rows.append(Row(number, shown))
        elif shown != _last_shown(rows):  # cut elsewhere: the mark needs its own window
            rows.append(Row(number, shown))
        rows.append(Row(None, underline, mark))
        last = number
    return rows


def _last_shown(rows: list[Row]) -> str:
    return next(row.text for row in reversed(rows) if row.number is not None)


def _split(source: SourceFile, mark: Mark) -> list[Mark]:
    """Return the mark itself, or one for its first line and one, which carries the text, for its last."""
    first = source.position(mark.span.start)
    last_char = max(mark.span.start, mark.span.end - 1)
    last = source.position(last_char)
    if first.line == last.line:
        return [mark]
    start_of_last = last_char - last.column + 1
    indent = len(source.line(last.line)) - len(source.line(last.line).lstrip())
    end_of_first = mark.span.start + len(source.line(first.line)) - first.column + 1
    return [
        Mark(Span(mark.span.start, max(end_of_first, mark.span.start)), mark.character),
        Mark(Span(min(start_of_last + indent, last_char), mark.span.end), mark.character, mark.text),
    ]


def _line(source: SourceFile, mark: Mark) -> tuple[str, str]:
    """Return the line of a mark, cut to a window if need be, and the underline that stands under it."""
    start, end = mark.span
    line_start = start - source.position(start).column + 1
    low = max(line_start, start - _SCAN)
    newline = source.text.find("\n", start, start + _SCAN)
    high = newline if newline >= 0 else min(len(source.text), start + _SCAN)
    cells = [cell(char) for char in source.text[low:high].rstrip("\r\n")]
    at = start - low
    widths = [width for _, width in cells]
    complete = low == line_start and (newline >= 0 or high == len(source.text))
    first, last = (0, len(cells)) if complete and sum(widths) <= WIDTH else _window(widths, at)
    before = _CUT if first > 0 or low > line_start else ""
    after = _CUT if last < len(cells) or (newline < 0 and high < len(source.text)) else ""
    shown = before + "".join(text for text, _ in cells[first:last]) + after
    indent = len(before) + sum(widths[first:at])
    length = max(1, sum(widths[at : min(last, max(end - low, at))]))
    return shown.rstrip(), " " * indent + mark.character * length


def _window(widths: Sequence[int], at: int) -> tuple[int, int]:
    """Return the range of characters that fits into `WIDTH` columns with the mark near its left."""
    first, room = min(at, len(widths)), _LEFT
    while first > 0 and room >= widths[first - 1]:
        first -= 1
        room -= widths[first]
    last, room = first, WIDTH
    while last < len(widths) and room >= widths[last]:
        room -= widths[last]
        last += 1
    return first, last


def place(source: SourceFile, span: Span) -> str:
    """Return `file:line:column`, safe to show."""
    line, column = source.position(min(span.start, len(source.text)))
    return f"{visible(source.name)}:{line}:{column}"
