"""A small pretty printer: documents that are laid out on one line where they fit, and broken at their lines otherwise.

Every row that comes out knows which part of the source it was made from, so that comments find their place.

Source: P. Wadler, "A prettier printer" (2003), with the flat width kept in each document, so that layout takes linear
time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from policykit.source import NO_SPAN, Span

WIDTH = 120
"""Columns that a row may have where it can be broken."""


@dataclass(slots=True)
class Row:
    """One line of output and the source between the first and the last word that it was made from."""

    text: str = ""
    start: int = -1
    """-1 when the row was made from nothing that has a place."""
    end: int = -1
    before: list[str] = field(default_factory=list)
    """Lines of comments that stand above."""
    trailing: str = ""
    """The comment at the end."""

    def cover(self, span: Span) -> None:
        """Widen the source that the row was made from."""
        if span != NO_SPAN:
            self.start = span.start if self.start < 0 else min(self.start, span.start)
            self.end = max(self.end, span.end)


@dataclass(frozen=True, slots=True)
class Token:
    """Text that is never broken."""

    text: str
    span: Span = NO_SPAN
    forced: bool = False

    @property
    def width(self) -> int:
        """Return the columns it takes on one line."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """A new line where the group around it is broken, and `flat` otherwise."""

    flat: str = " "
    forced: bool = False

    @property
    def width(self) -> int:
        """Return the columns it takes on one line."""
        return len(self.flat)


@dataclass(frozen=True, slots=True)
class IfBroken:
    """Text that stands only where the group around it is broken, such as the comma behind the last item."""

    text: str
    width: int = 0
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Cat:
    """Documents one after another."""

    parts: tuple[Doc, ...]
    width: int
    forced: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Laid out on one line where it fits, unless it is forced to break."""

    doc: Doc
    width: int
    forced: bool


@dataclass(frozen=True, slots=True)
class Indent:
    """Moves the rows after the first by `by` columns, from where the document starts if `here`."""

    doc: Doc
    by: int
    here: bool
    width: int
    forced: bool


Doc = Token | Line | IfBroken | Cat | Group | Indent


def cat(*parts: Doc | str) -> Cat:
    """Return documents one after another."""
    docs: list[Doc] = []
    width, forced = 0, False
    for part in parts:  # one pass: a large file has hundreds of thousands of parts
        doc: Doc = Token(part) if isinstance(part, str) else part
        docs.append(doc)
        width += doc.width
        forced = forced or doc.forced
    return Cat(tuple(docs), width, forced)


def group(*parts: Doc | str, forced: bool = False) -> Group:
    """Return documents that are broken together, or not at all."""
    doc = cat(*parts)
    return Group(doc, doc.width, forced or doc.forced)


def indent(*parts: Doc | str, by: int) -> Indent:
    """Return documents whose further rows stand `by` columns further in than the rows around them."""
    doc = cat(*parts)
    return Indent(doc, by, here=False, width=doc.width, forced=doc.forced)


def align(*parts: Doc | str, by: int = 0) -> Indent:
    """Return documents whose further rows stand `by` columns right of where the first begins."""
    doc = cat(*parts)
    return Indent(doc, by, here=True, width=doc.width, forced=doc.forced)


def separated(docs: Iterable[Doc], *separator: Doc | str) -> list[Doc]:
    """Return documents with a separator between each two."""
    result: list[Doc] = []
    for doc in docs:
        if result:
            result.extend(cat(*separator).parts)
        result.append(doc)
    return result


def layout(doc: Doc, width: int = WIDTH) -> list[Row]:
    """Return the rows of a document."""
    rows = [Row()]
    stack: list[tuple[int, bool, Doc]] = [(0, False, doc)]
    while stack:
        margin, flat, item = stack.pop()
        row = rows[-1]
        match item:
            case Token(text, span):
                row.text += text
                if span is not NO_SPAN:
                    row.cover(span)
            case Line():
                if flat:
                    row.text += item.flat
                else:
                    rows.append(Row(" " * margin))
            case IfBroken(text):
                row.text += "" if flat else text
            case Cat(parts):
                stack.extend((margin, flat, part) for part in reversed(parts))
            case Group(inner):
                room = width - len(row.text)
                stack.append((margin, flat or (not item.forced and _fits(item.width, room, stack)), inner))
            case Indent(inner, by, here):
                stack.append(((len(row.text) if here else margin) + by, flat, inner))
    for row in rows:
        row.text = row.text.rstrip()
    return rows


def _fits(wanted: int, room: int, rest: Sequence[tuple[int, bool, Doc]]) -> bool:
    """Whether a group and what must follow it on the same row fit."""
    for _, flat, doc in reversed(rest):
        if wanted > room:
            return False
        width, ends = (doc.width, False) if flat else _head(doc)
        wanted += width
        if ends:
            break
    return wanted <= room


def _head(doc: Doc) -> tuple[int, bool]:
    """Return the columns up to the first line end of a document that need not be flat, and whether it has one."""
    match doc:
        case Line():
            return 0, True
        case Cat(parts):
            width = 0
            for part in parts:
                more, ends = _head(part)
                width += more
                if ends:
                    return width, True
            return width, False
        case Indent(inner) | Group(inner):
            return _head(inner)
        case _:
            return doc.width, False
