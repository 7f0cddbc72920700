"""What the parser did not understand, said so that the writer sees what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from policykit.language.grammar import describe, keywords
from policykit.source import Diagnostic, SourceFile, Span, nearest
from policykit.source.folding import fold

_MAX_SHOWN = 8
_OTHER_SPELLINGS = {"`&&`", "`||`", "`!`", "`==`", "`!=`"}
"""Accepted, but not what the language calls them."""
_UNITS = (
    "%", "percentage points", "ms", "seconds", "minutes", "hours", "days", "weeks", "EUR", "USD", "GBP", "CHF", "JPY",
)  # fmt: skip
_WORD = re.compile(r"[^\s\"#()\[\],]+|\S")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9_.-]+\Z")
_AFTER_NUMBER = re.compile(r"[0-9][0-9_.]*[ \t]*\Z")


def mistake_of(source: SourceFile, found: UnexpectedInput) -> Diagnostic:
    """Return the diagnostic for what lark did not expect."""
    if isinstance(found, UnexpectedToken):
        return _token(source, found)
    assert isinstance(found, UnexpectedCharacters)
    return _characters(source, found)


def place_of(found: UnexpectedCharacters) -> int:
    """Return the offset of what could not be read."""
    place: int | None = found.pos_in_stream  # lark declares it without its type
    return place or 0


def _token(source: SourceFile, found: UnexpectedToken) -> Diagnostic:
    expected = set(found.expected)
    if found.token.type == "$END":
        end = len(source.text.rstrip())
        return Diagnostic(
            "PK021", "the file ends in the middle of a statement", source=source, span=Span(max(0, end - 1), end),
            expected=_list(expected),
        )  # fmt: skip
    start = found.token.start_pos or 0
    return _unexpected(source, Span(start, found.token.end_pos or start + 1), expected)


def _characters(source: SourceFile, found: UnexpectedCharacters) -> Diagnostic:
    start = place_of(found)
    if source.text[start] == '"':
        return Diagnostic(
            "PK022", "a quoted text does not end on its line", source=source,
            span=Span(start, _line_end(source, start)), help='close it with `"`; write `\\n` for a line break',
        )  # fmt: skip
    word = _WORD.match(source.text, start)
    return _unexpected(source, Span(start, word.end() if word else start + 1), set(found.allowed))


def _line_end(source: SourceFile, start: int) -> int:
    end = source.text.find("\n", start)
    return end if end >= 0 else len(source.text)


def _unexpected(source: SourceFile, span: Span, expected: set[str]) -> Diagnostic:
    word = source.quote(span)
    if not word[0].isascii():
        return _foreign_letter(source, span)
    if _AFTER_NUMBER.search(source.text[max(0, span.start - 80) : span.start]) and word[0].isalpha():
        whole = _WORD.match(source.text, span.start)
        unit = whole.group() if whole else word
        if not _is_keyword(unit):
            return _unknown_unit(source, Span(span.start, span.start + len(unit)), unit)
    return Diagnostic(
        "PK020", "this does not fit here", source=source, span=span, expected=_list(expected),
        got=f"`{word[:60]}`", help=_help(word, expected),
    )  # fmt: skip


def _foreign_letter(source: SourceFile, span: Span) -> Diagnostic:
    """Say which letter of a word is not the one that it looks like."""
    before = _WORD_BEFORE.search(source.text[max(0, span.start - 80) : span.start])
    start = span.start - (len(before.group()) if before else 0)
    letter = source.text[span.start]
    plain = fold(f"a{letter}a")[1:-1]  # folded among Latin letters, so that a look-alike becomes the letter it imitates
    name = unicodedata.name(letter, "a character without a name").lower()
    return Diagnostic(
        "PK032", f"U+{ord(letter):04X} ({name}) is no letter of a name or keyword", source=source,
        span=Span(start, span.end), expected="a letter from `a` to `z`, a digit or `_`",
        help=f"write `{plain}`" if plain.isascii() and plain.isalnum() else "put it into a quoted text or delete it",
    )  # fmt: skip


def _is_keyword(word: str) -> bool:
    return word in keywords().values()


def _unknown_unit(source: SourceFile, span: Span, unit: str) -> Diagnostic:
    meant = nearest(unit, _UNITS)
    return Diagnostic(
        "PK220", f"unknown unit `{unit[:60]}`", source=source, span=span,
        expected="`%`, `percentage points`, `ms`, `seconds`, `minutes`, `hours`, `days`, `weeks` or a currency",
        help=f"did you mean `{meant}`?" if meant else "a currency is three capitals, such as `EUR`",
    )  # fmt: skip


def _list(expected: Iterable[str]) -> str:
    names = sorted(
        {describe(t) for t in expected if t not in {"WS", "COMMENT"}} - {"`&&`", "`||`", "`!`", "`==`", "`!=`"}
    )
    if not names or len(names) > _MAX_SHOWN:
        return _summary(names)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _summary(names: list[str]) -> str:
    if not names:
        return ""
    if "`requirement`" in names:
        return "a statement such as `requirement`, `rule` or `section`" + (
            ", or a further part of this one" if "`owner`" in names else ""
        )
    if "a quoted text" in names and "`(`" in names:
        return "a fact, a literal or a list"
    return ", ".join(names[:_MAX_SHOWN]) + " or another of the words that can stand here"


def _help(word: str, expected: set[str]) -> str:
    words = [keywords()[t] for t in expected if t in keywords() and keywords()[t].isidentifier()]
    meant = nearest(word.lower(), words)
    if meant:
        return f"did you mean `{meant}`?"
    if word in {"/", "÷"}:
        return "there is no division; multiply the other side instead"
    if word in {"=", "==="}:
        return "equality is written `is`"
    return ""
