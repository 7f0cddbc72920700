"""Collects what is wrong with one file, so that a single run says all of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from policykit.source import Diagnostic, Fix, Label, Severity, SourceFile, Span, nearest

if TYPE_CHECKING:
    from policykit.language import syntax as s
    from policykit.language.check.habits import Habits

_MAX_SEARCHES = 60
"""Looking for the nearest word costs milliseconds; a file with more unknown words than this is another file's text."""
_MAX_DIAGNOSTICS = 1_000
"""What is found beyond these is dropped: nobody reads it, and a hostile file must not fill the memory."""


class Report:
    """The diagnostics of one file, in the order found."""

    def __init__(self, source: SourceFile, tree: s.Tree | None = None) -> None:
        self.source = source
        self._tree = tree
        self.decimals: dict[str, tuple[str, Span]] = {}
        """The number that a `let` stands for, where it is written with a decimal point, and its place."""
        self._habits: Habits | None = None
        self.diagnostics: list[Diagnostic] = []
        self.has_errors = False
        """Whether anything found so far stops the file from being used."""
        self._searches = 0
        self._said: set[tuple[str, Span]] = set()
        self._grouped: set[tuple[str, str]] = set()

    def is_first(self, code: str, group: str) -> bool:
        """Whether an error has not been noted yet for a group of clauses, whose common cause is said once."""
        first = (code, group) not in self._grouped
        self._grouped.add((code, group))
        return first

    @property
    def habits(self) -> Habits:
        """How the file writes units and currencies; read only once something is wrong."""
        from policykit.language import syntax as s
        from policykit.language.check.habits import Habits

        if self._habits is None:
            self._habits = Habits(self._tree or s.Tree(self.source, ()))
        return self._habits

    def withdraw(self, code: str, span: Span) -> None:
        """Take back a warning about a place of which something worse is said."""
        if (code, span) in self._said:  # most often it is not, and a file may have many numbers
            self.diagnostics = [d for d in self.diagnostics if d.code != code or d.span != span]
            self._said.discard((code, span))

    def has(self, code: str, span: Span) -> bool:
        """Return whether this has been said about this place."""
        return (code, span) in self._said

    @property
    def may_search(self) -> bool:
        """Whether help that costs time may still be looked for."""
        return self._searches < _MAX_SEARCHES

    def error(  # noqa: PLR0913 - the parts of a diagnostic
        self,
        code: str,
        message: str,
        span: Span,
        *,
        expected: str = "",
        got: str = "",
        labels: tuple[Label, ...] = (),
        help: str = "",  # noqa: A002 - the word that readers see
        fix: Fix | None = None,
    ) -> None:
        """Note something that stops the file from being used."""
        self.has_errors = True
        self._add(
            Diagnostic(
                code,
                message,
                source=self.source,
                span=span,
                expected=expected,
                got=got,
                labels=labels,
                help=help,
                fix=fix,
            )
        )

    def warn(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        help: str = "",  # noqa: A002 - the word that readers see
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Note something that a careful writer would change."""
        self._add(Diagnostic(code, message, Severity.WARNING, source=self.source, span=span, help=help, labels=labels))

    def _add(self, found: Diagnostic) -> None:
        if len(self.diagnostics) < _MAX_DIAGNOSTICS:
            self.diagnostics.append(found)
            self._said.add((found.code, found.span))

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """Return the known word closest to another, or None; bounded over the whole file."""
        if not self.may_search:
            return None
        self._searches += 1
        return nearest(word, known)

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """Return `did you mean ...?` for a help line, or nothing."""
        found = self.nearest(word, known)
        return f"did you mean `{found}`?" if found else ""

    def quote(self, span: Span, fallback: str) -> str:
        """Return the text of a span for a message, on one line and not too long."""
        text = " ".join(self.source.quote(span).split()) or fallback
        return f"`{text[:57]}...`" if len(text) > 60 else f"`{text}`"
