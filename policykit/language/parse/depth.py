"""Bounds on nesting, checked without recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policykit.language import syntax as s
from policykit.source import Span

MAX_DEPTH = 64
"""Deepest nesting of brackets, and of conditions and sums in each other."""

_BRACKETS = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|[()\[\]]')


def deep_brackets(text: str) -> Span | None:
    """Return the first bracket that nests too deeply, or None."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        mark = found.group()
        if mark in "([":
            depth += 1
            if depth > MAX_DEPTH:
                return Span(*found.span())
        elif mark in ")]":
            depth = max(0, depth - 1)
    return None


def too_deep(statement: s.Statement) -> bool:
    """Whether a condition or expression of a statement nests deeper than `MAX_DEPTH`."""
    pending: list[tuple[object, int]] = [(root, 1) for root in _roots(statement) if root is not None]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        pending.extend((child, depth + 1) for child in _children(node))
    return False


def _roots(statement: s.Statement) -> Iterator[object]:
    """Yield every condition and expression that stands in a statement."""
    for part in ("check", "when", "applies_when", "value", "default", "baseline", "target"):
        yield getattr(statement, part, None)
    if isinstance(statement, s.Include | s.Test):
        yield from (one.value for one in (statement.given if isinstance(statement, s.Test) else statement.arguments))
    if isinstance(statement, s.Fact | s.Parameter):
        yield from (statement.type.low, statement.type.high)


def _children(node: object) -> tuple[object, ...]:
    match node:
        case s.And(items) | s.Or(items) | s.ListOf(items):
            return items
        case s.Not(item):
            return (item,)
        case s.Compare(_, left, right) | s.Arithmetic(_, left, right):
            return (left, right)
        case s.Between(value, low, high):
            return (value, low, high)
        case s.In(value, options):
            return (value, options)
        case s.Contains(value) | s.Affix(value) | s.Matches(value):
            return (value,)
        case s.Quantified():
            return (node.has,) if node.groups is None else (node.has, node.groups)
        case s.FromNow():
            return (node.length,)
        case s.Window():
            return () if node.where is None else (node.where,)
        case _:
            return ()
