"""Where the text of a file is no policy, and what stands there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from policykit.language.parse.faults import Fault
from policykit.language.parse.grammar import keywords
from policykit.source import Diagnostic, SourceFile, Span

_NOT_NAMES = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*')
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@lru_cache(maxsize=2)
def words_of(text: str) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Return how often each word stands in a file outside of texts and comments, and each pair on one line."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for line in _NOT_NAMES.sub('"', text).splitlines():
        found = _WORDS.findall(line)
        words.update(found)
        pairs.update(pairwise(found))
    return words, pairs


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """A fault with the word at it."""

    source: SourceFile
    fault: Fault
    span: Span
    word: str

    @property
    def text(self) -> str:
        """Return the text of the file."""
        return self.source.text

    def can_be(self, phrase: str) -> bool:
        """Whether a keyword, or a phrase that begins with it, can stand here."""
        first = phrase.split(maxsplit=1)[0]
        marks = {">=": "ORDER", "<=": "ORDER", ">": "ORDER", "<": "ORDER", "-": "SIGN", "*": "TIMES"}
        return any(marks.get(first) == t or keywords().get(t) == first for t in self.fault.expected) or (
            first == "sign-off" and "SIGN_OFF" in self.fault.expected
        )

    def types(self, count: int) -> list[str]:
        """Return the names of the last tokens before the fault."""
        return [token.type for token in self.fault.before[-count:]]

    def start_of(self, back: int) -> int:
        """Return where the token so many tokens before the fault begins."""
        return self.fault.before[-back].start_pos or 0

    def is_after(self, kind: str) -> bool:
        """Whether the last token is of a kind and stands on the same line."""
        if self.types(1) != [kind]:
            return False
        return "\n" not in self.text[self.fault.before[-1].end_pos or 0 : self.span.start]


def found(  # noqa: PLR0913, PLR0917 - the members of a diagnostic, in its order
    at: FaultPlace, code: str, message: str, span: Span, help_: str, expected: str = ""
) -> Diagnostic:
    """Return an error at a span of the file."""
    return Diagnostic(code, message, source=at.source, span=span, expected=expected, help=help_)
