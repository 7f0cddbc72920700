"""Names of several words and texts without quotes, told from what stands elsewhere in the file.

Every function looks at one fault and answers with a diagnostic, or with None when the fault is not its own.
"""

from __future__ import annotations

import re

from policykit.language.parse.grammar import STATEMENTS, keywords
from policykit.language.parse.phrases.phrasing import TEXT
from policykit.language.parse.place import FaultPlace, found, words_of
from policykit.source import Diagnostic, Span

_PART = r"(?:matches\s*/|known\s+on\b|permits\s+[a-z_]+\s*$|of\s+[a-z_]+\s*$)"
_NEXT_PART = re.compile(_PART)
"""What follows a text in a declaration, where the text is missing."""
_TEXT_BEHIND = re.compile(rf"\s{TEXT}\s*(?:$|{_PART})")
"""A text that is the last of a line, or the last before the next part; one in the middle is quoted within prose."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def untexted(at: FaultPlace) -> Diagnostic | None:
    """Tell a text without quotes: to the end of its line."""
    names = {"NAME", "DOTTED", "ID", "NUMBER", "COMMA", "OR"} & at.fault.expected
    if "TEXT" not in at.fault.expected or names or not at.word[0].isalnum() or not _is_text(at):
        return None
    end = at.text.find("\n", at.span.start)
    before = at.fault.before[-1].end_pos if at.fault.before else 0
    if "\n" in at.text[before or 0 : at.span.start] and at.word in STATEMENTS:
        return None  # the next statement: the text is missing
    line = at.text[at.span.start : end if end >= 0 else len(at.text)].partition("#")[0].rstrip()[:500]
    if _NEXT_PART.match(line) or _TEXT_BEHIND.search(line):
        return None  # the text stands behind something that is too much, or is missing before the next part
    inner = line.replace("\\", "\\\\").replace('"', '\\"')
    return found(
        at, "PK035", "a text without quotes", Span(at.span.start, at.span.start + len(line)), f'write `"{inner}"`',
        expected="a quoted text",
    )  # fmt: skip


def _is_text(at: FaultPlace) -> bool:
    """Whether a text must come here, or can and a word of prose stands here on the line of what it belongs to."""
    others = at.fault.expected - {"TEXT", "WS", "COMMENT"}
    if not others:
        return True
    return others == {"BETWEEN"} or (at.is_after("NAME") and at.word[0].isupper())


def one_word(at: FaultPlace) -> Diagnostic | None:
    """Tell a name of several words, with a hyphen, with capitals or in quotes."""
    if "NAME" in at.fault.expected and re.match(r"[A-Za-z][A-Za-z0-9_-]*\Z", at.word):
        return _name(at, at.span, _CAMEL.sub("_", at.word).lower().replace("-", "_"))
    quoted = re.match(r'"([A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+){0,2})"', at.text[at.span.start :][:70])
    if quoted and "NAME" in at.fault.expected and "TEXT" not in at.fault.expected:
        span = Span(at.span.start, at.span.start + quoted.end())
        hyphens = "PACK_NAME" in at.fault.expected
        return _name(at, span, re.sub(r" " if hyphens else r"[ -]", "_", quoted.group(1).lower()))
    if not at.is_after("NAME") or at.word in keywords().values():
        return None
    if str(at.fault.before[-1]) in keywords().values() or {str(t) for t in at.fault.before[-2:-1]} & _OF_ELEMENTS:
        return None  # words of a sentence, or of elements, are no name
    begin = at.start_of(1)
    if not re.match(r"[a-z0-9_]+(?:[ \t]+[a-z][a-z0-9_]*|(?:-[a-z0-9_]+)+)(?![A-Za-z0-9_.-])", at.text[begin:][:200]):
        return None
    written = at.text[begin : at.span.end]
    joined = re.sub(r"[ \t-]+", "_", written)
    if not _PLAIN_NAME.match(joined):
        return None
    span = Span(begin, at.span.end)
    words, pairs = words_of(at.text)
    first, *_, last = written.split() if len(written.split()) > 1 else (written, written)
    if words[joined] or pairs[first, last] > 1 or "-" in written:
        return _name(at, span, joined)
    if "COMMA" in at.fault.expected and all(words[word] > 1 for word in written.split()):
        meant = ", ".join(written.split())
        return found(at, "PK034", "the names of a list stand between commas", span, f"write `{meant}`")
    if at.types(2)[0] in _DECLARING:
        return _name(at, span, joined)
    if "TEXT" in at.fault.expected:
        return found(at, "PK035", "a text without quotes", at.span, f'write `"{at.word}"`', expected="a quoted text")
    return None


_OF_ELEMENTS = frozenset({"every", "some", "no"})
_DECLARING = frozenset({
    "PARTY", "ROLE", "GATE", "PARAMETER", "LET", "EVIDENCE", "FACT", "DETECTOR", "TOOL", "FALLBACK", "SECTION",
})  # fmt: skip


def _name(at: FaultPlace, span: Span, meant: str) -> Diagnostic | None:
    if meant == at.source.quote(span) or meant in keywords().values():
        return None
    return found(
        at, "PK034", "a name is one word of small letters, digits and `_`", span, f"write `{meant}`, here and where "
        "it is declared",
    )  # fmt: skip
