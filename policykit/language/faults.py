"""Reads tokens into the parser, and stops at the first that does not fit.

lark finds the longest keyword that can stand at a place, even at the beginning of a longer word: of `ownersecurity` it
would read `owner` and a name. Here every word ends where its letters end, so nothing of it is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lark import Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.utils import TextSlice

from policykit.language.grammar import parser

_LETTER = re.compile(r"[A-Za-z0-9_]")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_UNIT = re.compile(r"(?:ms|seconds?|minutes?|hours?|days?|weeks?|percentage|[A-Z]{3})(?![A-Za-z0-9_])")
_REST_OF_DATE = re.compile(r"-[0-9]{2}-[0-9]{2}(?![0-9])")
KEPT = 8
"""How many of the last tokens a fault remembers; the longest slip that is told by them has so many."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where a text is no policy."""

    start: int
    end: int
    """The end of the token; equal to `start` where no token could be read."""
    expected: frozenset[str]
    """The terminals that can stand there."""
    before: tuple[Token, ...]
    """The last tokens before it, in the order of the text."""
    at_end: bool = False
    glued: str = ""
    """The token that was the beginning of a longer word."""
    statement: str = ""
    """The keyword of the statement that it stands in, where one had begun."""


@dataclass(slots=True)
class Reading:
    """The parser behind the last token that fitted, and what did not fit."""

    parser: Any
    fault: Fault | None


def read(text: str, start: int) -> Reading:
    """Feed the parser with the tokens of a text from a place on, up to its end or its first fault."""
    running: Any = parser().parse_interactive(TextSlice(text, start, len(text)))
    before: list[Token] = []
    try:
        for token in running.lexer_thread.lex(running.parser_state):
            if _is_glued(text, token):
                return Reading(running, _glued(running, text, token, before))
            running.feed_token(token)
            before.append(token)
            if len(before) > 2 * KEPT:
                del before[:-KEPT]
        running.feed_eof(before[-1] if before else None)
    except UnexpectedInput as found:
        return Reading(running, _fault(running, text, found, before))
    return Reading(running, None)


def _is_glued(text: str, token: Token) -> bool:
    """Whether a token ends in the middle of a word or date; a number may touch its unit (`30days`)."""
    end = token.end_pos or 0
    if token.type == "NUMBER" and _REST_OF_DATE.match(text, end):  # `- 2027-03-31` is no difference of three numbers
        return True
    if not _LETTER.match(text, end) or not _LETTER.match(text, end - 1):
        return False
    return token.type != "NUMBER" or not _UNIT.match(text, end)


def _glued(running: Any, text: str, token: Token, before: list[Token]) -> Fault:
    start, end = token.start_pos or 0, token.end_pos or 0
    word = _WORD.match(text, end) or _REST_OF_DATE.match(text, end)
    whole = word.end() if word else end
    if token.type == "NUMBER":  # `6k`: the number fits, and what stands behind it does not
        return Fault(end, whole, frozenset({"PERCENT"}), (*before[-KEPT:], token), statement=_statement(running))
    last, statement = tuple(before[-KEPT:]), _statement(running)
    return Fault(start, whole, _accepted(running), last, glued=str(token), statement=statement)


def _accepted(running: Any) -> frozenset[str]:
    """Return what can stand here: a state of the parser alone also lists what would fail one reduction later."""
    return frozenset(running.accepts())


def _fault(running: Any, text: str, found: UnexpectedInput, before: list[Token]) -> Fault:
    last, statement, expected = tuple(before[-KEPT:]), _statement(running), _accepted(running)
    if isinstance(found, UnexpectedToken):
        if found.token.type == "$END":
            return Fault(len(text), len(text), expected, last, at_end=True, statement=statement)
        start = found.token.start_pos or 0
        return Fault(start, found.token.end_pos or start + 1, expected, last, statement=statement)
    assert isinstance(found, UnexpectedCharacters)
    stream: int | None = found.pos_in_stream  # lark declares it without its type
    place = stream or 0
    return Fault(place, place, expected, last, statement=statement)


def _statement(running: Any) -> str:
    """Return the keyword of the statement that the parser is in the middle of."""
    for value in running.parser_state.value_stack:
        if isinstance(value, Token):
            return str(value)
    return ""
