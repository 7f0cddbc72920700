"""Declared words of one kind: what is declared, where, and whether it is ever used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.language.parse.grammar import reserved_words
from policykit.language.parse.slips import NO_UNITS, no_unit_help
from policykit.source import Label, SourceFile, Span

T = TypeVar("T")

NEVER_CONFUSED = frozenset({"approved"})
"""Words of the language that may also be names: `approved` is one only in front of `by`, where no name can stand."""


class Table(Generic[T]):
    """The words of one kind, such as all roles.

    A word that was declared twice keeps its first meaning; one that was declared wrongly is still declared, so that its
    uses do not add to the noise.
    """

    def __init__(self, report: Report, word: str, unknown_code: str, example: str) -> None:
        self.word = word
        self.entries: dict[str, T] = {}
        self._report = report
        self._unknown_code = unknown_code
        self._example = example
        self._spans: dict[str, tuple[Span, SourceFile]] = {}
        self._own: dict[str, Span] = {}
        self._used: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def declare(self, name: s.Name, entry: T) -> None:
        """Add a word of this file; report it when it is taken or reserved."""
        refuse_reserved(self._report, name, self.word)
        if name.text in self._spans:
            report_twice(self._report, self.word, name, self._spans[name.text])
            return
        self._spans[name.text] = (name.span, self._report.source)
        self._own[name.text] = name.span
        self.entries[name.text] = entry

    def adopt(self, name: str, entry: T, span: Span, source: SourceFile) -> None:
        """Add a word of an included pack, unless the file has its own; either way the word is in use."""
        self._used.add(name)
        if name not in self.entries:
            self.entries[name] = entry
            self._spans[name] = (span, source)

    def find(self, name: s.Name, others: tuple[Table[Any], ...] = ()) -> T | None:
        """Return what a word means, or report that nothing of that name is declared."""
        self._used.add(name.text)
        if name.text in self.entries:
            return self.entries[name.text]
        expected = self._known() if self._report.may_search else f"a declared {self.word}"
        help_ = self._report.suggest(name.text, self.entries)
        for other in others:
            if other is not self and name.text in other:
                help_ = f"`{name.text}` is declared as a {other.word}"
        self._report.error(
            self._unknown_code,
            f"unknown {self.word} `{name.text}`",
            name.span,
            expected=expected,
            help=help_ or declare(name.text, self._example),
        )
        return None

    def unused(self) -> Iterator[tuple[str, Span]]:
        """Yield the words of this file that nothing uses."""
        return ((name, span) for name, span in self._own.items() if name not in self._used)

    def _known(self) -> str:
        names = sorted(self.entries)
        if not names:
            return f"a declared {self.word}; there is none"
        shown = ", ".join(f"`{n}`" for n in names[:6])
        return f"a declared {self.word}: {shown}" + (" ..." if len(names) > 6 else "")


def declare(name: str, example: str) -> str:
    """Return the help to declare a word, or another in its place where the language has it already.

    A month or a quarter where a value is asked for is a length of time, and nothing to declare.
    """
    if name in NO_UNITS and example.startswith("let "):
        return no_unit_help("1", name)
    if name in reserved_words() - NEVER_CONFUSED:
        other = example.replace("NAME", f"the_{name}")
        return f"`{name}` is a word of the language: choose another name, and declare it: `{other}`"
    return f"declare it: `{example.replace('NAME', name)}`"


def refuse_reserved(report: Report, name: s.Name, word: str) -> None:
    """Report a name that is a keyword of the language."""
    if name.text in reserved_words() - NEVER_CONFUSED:
        article = "" if word == "evidence" else "a "
        report.error(
            "PK121",
            f"`{name.text}` is a word of the language and cannot name {article}{word}",
            name.span,
            help=f"choose another name, such as `the_{name.text}`",
        )


def report_twice(report: Report, word: str, name: s.Name, first: tuple[Span, SourceFile]) -> None:
    """Report a second declaration and point at the first."""
    span, source = first
    elsewhere = None if source is report.source else source
    report.error(
        "PK110",
        f"{word} `{name.text}` is declared twice",
        name.span,
        labels=(Label(span, "first declared here", elsewhere),),
        help="rename one of them or delete it",
    )
