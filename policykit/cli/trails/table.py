"""`policykit trail show`: a table that fits the terminal and breaks no name, or, where none fits, a few lines each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

HEADER = ("seq", "time", "type", "outcome", "clauses", "who")
_GAP = "  "

Cells = Sequence[str]


def shown(rows: Sequence[Cells], width: int) -> Iterator[str]:
    """Yield the lines that show records.

    Args:
        rows: the cells of each, as `policykit.trail.export.summary` gives them.
        width: characters of a line.
    """
    for spaced in (False, True):
        cells = [HEADER, *(_with_time(row, spaced=spaced) for row in rows)]
        widths = _fitting(cells, width)
        if widths is not None:
            for row in cells:
                yield from _lines(row, widths)
            return
    for row in rows:
        yield from _stacked(row, width)


def _with_time(row: Cells, *, spaced: bool) -> Cells:
    """Return the cells; `spaced`: with a time that can stand on two lines."""
    return (row[0], row[1].replace("T", " "), *row[2:]) if spaced else row


def _fitting(rows: Sequence[Cells], width: int) -> list[int] | None:
    """Return widths of the columns that together fit; None where a word would have to be broken."""
    columns = list(zip(*rows, strict=True))
    least = [max(len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    widths = [max(map(len, column)) for column in columns]
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda at: widths[at] - least[at])
        widths[widest] -= 1
    return widths


def _lines(row: Cells, widths: Sequence[int]) -> Iterator[str]:
    wrapped = [textwrap.wrap(cell, most, break_on_hyphens=False) for cell, most in zip(row, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        first = f"{parts[0]:>{widths[0]}}"
        rest = [f"{part:<{most}}" for part, most in zip(parts[1:], widths[1:], strict=True)]
        yield _GAP.join([first, *rest]).rstrip()


def _stacked(row: Cells, width: int) -> Iterator[str]:
    """Yield one record: what it is, and what came of it below; a word that is longer than a line stays whole."""
    seq, time, kind, *others = row
    indent = " " * (len(seq) + len(_GAP))
    texts = [_GAP.join((seq, time, kind)), *([f"{indent}{'; '.join(filter(None, others))}"] if any(others) else [])]
    for text in texts:
        yield from textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
