"""The parser, made once a process from `grammar/policykit.lark`, and what its terminals are called in messages."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

from lark import Lark, Token

from policykit._resources import resource_path
from policykit.language.parse.actions import clauses, conditions, declarations, literals, stops, testcases  # noqa: F401 - they register themselves
from policykit.language.parse.actions.reductions import REDUCTIONS, Build, Context, meaningful, span_of
from policykit.language.parse.tables import OPTIONS, parser_from_tables
from policykit.source import NO_SPAN, Span

_COMMENT = re.compile(r"#[^\n]*")
LOCK = threading.Lock()
"""Held while parsing: the parser calls back into one object a process."""

STATEMENTS = (
    "language", "policy", "pack", "party", "role", "gate", "include", "parameter", "let", "evidence", "fact",
    "detector", "tool", "fallback", "section", "requirement", "scorecard", "rule", "rollout", "stop", "waive",
    "sign-off", "tighten", "replace", "test",
)  # fmt: skip

VALUES = {
    "NAME": "a name", "DOTTED": "a dotted name", "ID": "a clause ID such as `EVAL-1`",
    "PACK_ID": "a clause of a pack such as `pack/EVAL-1`", "PACK_NAME": "a name", "NUMBER": "a number",
    "POLICY_NAME": "a name",
    "TEXT": "a quoted text", "REGEX": "a pattern between slashes", "DATE": "a date such as `2027-03-31`",
    "TIME": "a time of day such as `06:00`", "INSTANT": "an instant such as `2027-03-31T06:00:00Z`",
    "PERCENT": "`%`", "POINTS": "`percentage points`", "DURATION": "a unit of time such as `days`",
    "CODE": "a currency such as `EUR`", "ORDER": "a comparison such as `>=`", "SIGN": "`+` or `-`", "TIMES": "`*`",
    "WINDOW_OF": "`sum of`", "WINDOW_COUNT": "`count`", "WINDOW_SHARE": "`share`",
    "_COMMA_WITH": "`, with at least`", "_FROM_NOW": "`from now`", "$END": "the end of the file",
}  # fmt: skip
"""How messages name a terminal that is not a keyword."""


class Callbacks:
    """What lark calls at each reduction; `context` is set for the time of one parse."""

    def __init__(self) -> None:
        self.context: Context | None = None
        for rule, build in REDUCTIONS.items():
            setattr(self, rule, self._callback(build))

    def _callback(self, build: Build) -> Any:
        def reduce(children: list[Any]) -> Any:
            kept = [c for c in children if c is not None]
            if not kept:
                return None
            assert self.context is not None
            first, last = span_of(kept[0]), span_of(kept[-1])
            return build(self.context, meaningful(kept), Span(first.start, last.end))

        return reduce

    def start(self, _children: list[Any]) -> None:
        """Nothing is left to do: every statement was kept when it was built."""

    def keep_comment(self, token: Token) -> Token:
        """Keep a comment, which the parser itself passes over."""
        assert self.context is not None
        self.context.comments.append(token)
        return token

    def keep_inner_comments(self, token: Token) -> Token:
        """Keep the comments inside `, with`, which is one terminal."""
        for found in _COMMENT.finditer(token):
            self.keep_comment(Token("COMMENT", found.group(), (token.start_pos or 0) + found.start()))
        return token


@cache
def callbacks() -> Callbacks:
    """Return the one object that the parser calls."""
    return Callbacks()


@cache
def parser() -> Lark:
    """Return the one parser of the process."""
    with open(resource_path("grammar", "policykit.lark"), encoding="utf-8") as file:
        grammar = file.read()
    ours = callbacks()
    of_words = dict.fromkeys(("_COMMA_WITH", "_FROM_NOW"), ours.keep_inner_comments)
    on_terminals = {"COMMENT": ours.keep_comment, **of_words}
    callbacks_ = {"transformer": ours, "lexer_callbacks": on_terminals}
    return parser_from_tables(grammar, **callbacks_) or Lark(grammar, **OPTIONS, **callbacks_)


@cache
def keywords() -> dict[str, str]:
    """Return the text of every keyword and punctuation mark by the name of its terminal."""
    from lark.lexer import PatternStr

    return {t.name: t.pattern.value for t in parser().terminals if isinstance(t.pattern, PatternStr)}


@cache
def reserved_words() -> frozenset[str]:
    """Return the words that cannot be names."""
    return frozenset(word for word in keywords().values() if word.isidentifier())


def describe(terminal: str) -> str:
    """Return how a message names a terminal."""
    word = keywords().get(terminal)
    return f"`{word}`" if word is not None else VALUES.get(terminal, terminal.lower())


__all__ = ["LOCK", "NO_SPAN", "STATEMENTS", "callbacks", "describe", "keywords", "parser", "reserved_words"]
