"""How the parser's reductions reach the functions that build nodes.

lark calls one callback a rule with the children of the reduction, keyword tokens included. Here the span is taken from
the first and the last child, tokens that carry no meaning are dropped, and the rest goes to the registered function.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from lark import Token

from policykit.source import Diagnostic, SourceFile, Span

MEANINGFUL = frozenset(
    {
        "NAME", "DOTTED", "ID", "PACK_ID", "PACK_NAME", "NUMBER", "TEXT", "REGEX", "DATE", "TIME", "INSTANT",
        "PERCENT", "POINTS", "DURATION", "CODE", "ORDER", "SIGN", "TIMES", "WINDOW_COUNT", "WINDOW_SHARE", "WINDOW_OF",
        "POLICY", "PACK", "POLICY_NAME",
    }
)  # fmt: skip
"""Terminals whose text a node needs; all others are punctuation and keywords."""


MAX_REPORTED = 1_000
"""So many errors of form are kept of a file; nobody reads more, and a hostile file must not fill the memory."""


class Item(NamedTuple):
    """One part of a clause (`owner`, `check` ...) before the clause is put together."""

    tag: str
    value: Any
    span: Span


class Context:
    """What the functions need beside their children: the file, and a place for diagnostics and statements."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.statements: list[Any] = []
        self.comments: list[Token] = []
        self.searches = 0
        """How often a misspelt keyword was looked for."""
        self.dropped = False
        """Whether a statement was left out, so that names that it declares are missing from the tree."""

    def words(self, span: Span) -> list[str]:
        """Return the words of a span, without comments."""
        return re.sub(r"#[^\n]*", " ", self.source.quote(span)).split()

    def report(self, code: str, message: str, span: Span, **more: Any) -> None:
        """Add an error at a span; beyond `MAX_REPORTED` errors nothing is added, since the file is refused anyway."""
        if len(self.diagnostics) < MAX_REPORTED:
            self.diagnostics.append(Diagnostic(code, message, source=self.source, span=span, **more))


Build = Callable[[Context, list[Any], Span], Any]
REDUCTIONS: dict[str, Build] = {}
"""By grammar rule or alias."""

_B = TypeVar("_B", bound=Build)


def reduces(*rules: str) -> Callable[[_B], _B]:
    """Register a function for grammar rules or aliases."""

    def register(function: _B) -> _B:
        for rule in rules:
            REDUCTIONS[rule] = function
        return function

    return register


def span_of(child: Any) -> Span:
    """Return the span of a token or node."""
    if isinstance(child, Token):
        assert child.start_pos is not None
        assert child.end_pos is not None
        return Span(child.start_pos, child.end_pos)
    if isinstance(child, tuple) and not isinstance(child, Item):
        return span_of(child[0]).to(span_of(child[-1]))
    span: Span = child.span
    return span


def meaningful(children: Iterable[Any]) -> list[Any]:
    """Return the children without keywords and punctuation."""
    return [c for c in children if not isinstance(c, Token) or c.type in MEANINGFUL]


_T = TypeVar("_T")


def first(kind: type[_T] | tuple[type[_T], ...], args: Iterable[Any]) -> _T | None:
    """Return the first argument of a kind, or None."""
    return next((a for a in args if isinstance(a, kind)), None)


def every(kind: type[_T], args: Iterable[Any]) -> tuple[_T, ...]:
    """Return all arguments of a kind."""
    return tuple(a for a in args if isinstance(a, kind))
