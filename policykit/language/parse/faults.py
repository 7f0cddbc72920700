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

from policykit.language.parse.actions.reductions import Context
from policykit.language.parse.grammar import callbacks, parser
from policykit.source import SourceFile

_LETTER = re.compile(r"[A-Za-z0-9_]")
_WORD = re.compile(r"[A-Za-z0-9_]+")
_UNIT = re.compile(r"(?:ms|seconds?|minutes?|hours?|days?|weeks?|percentage|[A-Z]{3})(?![A-Za-z0-9_])")
_REST_OF_DATE = re.compile(r"(?<=\b[0-9]{4})-[0-9]{1,2}-[0-9]{1,2}(?![0-9])")
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
    began: int = -1
    """Where that keyword stands; -1 for none."""


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
        statement, began = _statement(running)
        last = (*before[-KEPT:], token)
        return Fault(end, whole, frozenset({"PERCENT"}), last, statement=statement, began=began)
    statement, began = _statement(running)
    return Fault(
        start, whole, _accepted(running), tuple(before[-KEPT:]), glued=str(token), statement=statement, began=began
    )


def _accepted(running: Any) -> frozenset[str]:
    """Return what can stand here: a state of the parser alone also lists what would fail one reduction later."""
    return frozenset(running.accepts())


def _fault(running: Any, text: str, found: UnexpectedInput, before: list[Token]) -> Fault:
    statement, began = _statement(running)
    start, end, at_end = _place(found, len(text))
    return Fault(start, end, _accepted(running), tuple(before[-KEPT:]), at_end=at_end, statement=statement, began=began)


def _place(found: UnexpectedInput, length: int) -> tuple[int, int, bool]:
    """Return where a token that does not fit begins and ends, and whether it is the end of the text."""
    if isinstance(found, UnexpectedToken):
        if found.token.type == "$END":
            return length, length, True
        start = found.token.start_pos or 0
        return start, found.token.end_pos or start + 1, False
    assert isinstance(found, UnexpectedCharacters)
    stream: int | None = found.pos_in_stream  # lark declares it without its type
    return stream or 0, stream or 0, False


def _statement(running: Any) -> tuple[str, int]:
    """Return the keyword of the statement that the parser is in the middle of, and where it stands."""
    for value in running.parser_state.value_stack:
        if isinstance(value, Token):
            return str(value), value.start_pos or 0
    return "", -1


def trial(text: str) -> tuple[int, frozenset[str]]:
    """Return how far a piece of text can be read, and the codes of what would be reported of it.

    Requires that the parser is held, as it is while a file's own mistakes are told.
    """
    ours = callbacks()
    kept = ours.context
    ours.context = Context(SourceFile("", text))
    try:
        fault = read(text, 0).fault
        codes = frozenset(found.code for found in ours.context.diagnostics)
    finally:
        ours.context = kept
    return (len(text) if fault is None else fault.start), codes
