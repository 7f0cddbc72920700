"""Puts comments back: at the end of the row they stood at, or above the row they stood before."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from policykit.language import syntax as s
from policykit.language.format.doc import Row

_WORD = re.compile(r"[a-z&|!]")


@dataclass(slots=True)
class _Placed:
    """The comments of one row."""

    above: list[s.Comment] = field(default_factory=list)
    behind: list[s.Comment] = field(default_factory=list)


def attach(tree: s.Tree, blocks: Sequence[Sequence[Row]]) -> list[s.Comment]:
    """Write each comment into the row it belongs to; return those behind the last statement."""
    rows = sorted((row for rows in blocks for row in rows if row.start >= 0), key=lambda row: row.start)
    starts = [row.start for row in rows]
    placed = [_Placed() for _ in rows]
    rest: list[s.Comment] = []
    for comment in tree.comments:
        before = bisect_right(starts, comment.span.start)
        if not comment.own_line and before:
            placed[_row_of_line(tree, rows, before, comment)].behind.append(comment)
        elif before and comment.span.start < rows[before - 1].end:  # within a row that is not broken there
            placed[before - 1].above.append(comment)
        elif before < len(rows):
            placed[before].above.append(comment)
        else:
            rest.append(comment)
    heads = {id(block[0]) for block in blocks}
    for row, comments in zip(rows, placed, strict=True):
        _write(tree, row, comments, is_head=id(row) in heads)
    return rest


def _row_of_line(tree: s.Tree, rows: Sequence[Row], before: int, comment: s.Comment) -> int:
    """Return the row that a comment at the end of a line belongs to: `before` rows begin before it.

    A keyword may stand between the row before and the comment, and belongs to the row behind it.
    """
    gap = tree.source.text[rows[before - 1].end : comment.span.start]
    own = gap.rpartition("\n")[2] if "\n" in gap else ""
    return before if before < len(rows) and _WORD.search(own) else before - 1


def finish(tree: s.Tree, blocks: Sequence[tuple[int, Sequence[Row]]], rest: Sequence[s.Comment]) -> str:
    """Return the text of all rows with their comments and blank lines."""
    lines: list[str] = []
    own = [comment for comment in tree.comments if comment.own_line]
    starts = [comment.span.start for comment in own]
    for gap, rows in blocks:
        head = _head_of(rows, own, starts) if lines and not gap else None
        lines += [""] * (gap or int(head is not None and _blank_before(tree, head)))
        for row in rows:
            margin = row.text[: len(row.text) - len(row.text.lstrip())]
            lines += [f"{margin}{comment}" if comment else "" for comment in row.before]
            lines.append(f"{row.text}  {row.trailing}" if row.trailing else row.text)
    if rest:
        lines += [""] if lines and _blank_before(tree, rest[0]) else []
        lines += _lines(tree, rest, None)
    return "\n".join(lines) + "\n" if lines else ""


def _write(tree: s.Tree, row: Row, comments: _Placed, *, is_head: bool) -> None:
    """Keep the last comment behind a row and put all others above it, in the order of the file."""
    above = sorted([*comments.above, *comments.behind[:-1]], key=lambda comment: comment.span.start)
    row.before = _lines(tree, above, row) if is_head else [comment.text for comment in above]
    row.trailing = comments.behind[-1].text if comments.behind else ""


def _lines(tree: s.Tree, comments: Sequence[s.Comment], row: Row | None) -> list[str]:
    """Return comments as lines, with an empty line where the file has at least one."""
    lines: list[str] = []
    for index, comment in enumerate(comments):
        lines.append(comment.text)
        following = comments[index + 1].span.start if index + 1 < len(comments) else (row.start if row else None)
        if following is not None and _is_blank(tree, comment.span.end, following):
            lines.append("")
    return lines


def _is_blank(tree: s.Tree, start: int, end: int) -> bool:
    """Whether there is nothing but at least one empty line between two places."""
    between = tree.source.text[start:end]
    return not between.strip() and between.count("\n") > 1


def _blank_before(tree: s.Tree, comment: s.Comment) -> bool:
    text, place = tree.source.text, comment.span.start
    while place and text[place - 1].isspace():
        place -= 1
    return text.count("\n", place, comment.span.start) > 1


def _head_of(rows: Sequence[Row], own: Sequence[s.Comment], starts: Sequence[int]) -> s.Comment | None:
    """Return the first of the comments that head a declaration, of all comments with a line of their own."""
    above = sum(1 for line in rows[0].before if line) if rows else 0
    before = bisect_left(starts, rows[0].start) if above else 0
    return own[max(0, before - above)] if before else None
