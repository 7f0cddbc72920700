"""Texts, numbers, patterns and names as the language spells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from policykit.language import syntax as s
from policykit.language.format.doc import Doc, Line, Token, align, cat, group, separated

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def name(node: s.Name | s.Ref) -> Token:
    """Return a word."""
    return Token(node.text if isinstance(node, s.Name) else node.name, node.span)


def text(node: s.Text) -> Token:
    """Return a quoted text."""
    return Token(quoted(node.value), node.span)


def quoted(value: str) -> str:
    """Return a text in quotes, with the escapes that the language knows."""
    return f'"{value.translate(_ESCAPES)}"'


def regex(node: s.Regex) -> Token:
    """Return a pattern between slashes."""
    return Token("/" + node.pattern.replace("/", "\\/") + "/", node.span)


def length(node: s.Length) -> Token:
    """Return a duration of a clause, or the name of one."""
    return Token(node.name, node.span) if isinstance(node, s.Ref) else number(node)


def number(node: s.Number) -> Token:
    """Return a number with its unit."""
    return Token(written(node), node.span)


def written(node: s.Number) -> str:
    """Return a number with its unit: `2_000 EUR`, `92%`, `1 percentage point`."""
    digits = underscored(node.value)
    if node.unit in {"", "%"}:
        return digits + node.unit
    return f"{digits} {_singular(node.unit) if abs(node.value) == Decimal(1) else node.unit}"


def underscored(value: Decimal) -> str:
    """Return a number's digits, in groups of three."""
    return f"{value or abs(value):,f}".replace(",", "_")  # no sign before zero


def _singular(unit: str) -> str:
    plural = unit.islower() and unit.endswith("s") and unit != "ms"
    return unit.removesuffix("s") if plural else unit


def yes_no(node: s.YesNo) -> Token:
    """Return `yes` or `no`."""
    return Token("yes" if node.value else "no", node.span)


def moment(node: s.Moment) -> Token:
    """Return a date, a time of day or an instant."""
    return Token(node.text, node.span)


def names(nodes: Iterable[s.Name]) -> Doc:
    """Return words separated by commas, as many on each row as fit."""
    return filled([name(node) for node in nodes], ",")


def filled(docs: Sequence[Doc], behind: str = "", before: str = "") -> Doc:
    """Return documents with a word behind each but the last, or before each but the first, as many on a row as fit."""
    last = len(docs) - 1
    ended = [cat(doc, behind) if index < last else doc for index, doc in enumerate(docs)]
    return align(ended[0], *(group(Line(), before, doc) for doc in ended[1:]))


def commas(docs: Iterable[Doc], *, forced: bool = False) -> Doc:
    """Return documents separated by commas, one below the other where they do not fit."""
    return group(align(*separated(docs, ",", Line())), forced=forced)


def words(*parts: Doc | str | None) -> Doc:
    """Return parts with a blank between each two, without those that are None."""
    docs = [Token(part) if isinstance(part, str) else part for part in parts if part is not None]
    return cat(*separated(docs, " "))
