"""Diagnostics: what is wrong, where, what was expected, what to do. Values, never raised for a user's text.

Form of a message (after Cedar's error guide): lower case, no full stop, user text in backticks, the policy's words and
never Python's type names, one line; expected stands before got; help stands apart.

Every code has a page, `pages/<CODE>.md`, which `policykit explain CODE` prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from policykit.source.text import NO_SPAN, SourceFile, Span


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first, such as the earlier declaration of a duplicate."""

    span: Span
    text: str
    source: SourceFile | None = None
    """The file of the span when it is another one than the diagnostic's."""


class Applicability(StrEnum):
    """Whether a fix may be applied without a person reading it."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of one span by new text."""

    span: Span
    replacement: str
    applicability: Applicability = Applicability.DISPLAY_ONLY


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. The message alone must make sense in a one-line listing."""

    code: str
    """Stable, `PK` and three digits; never used again for something else."""
    message: str
    severity: Severity = Severity.ERROR
    source: SourceFile | None = None
    span: Span = NO_SPAN
    place: str = ""
    """Where, when it is not a span: a file, a field of a record, a line of a JSONL file."""
    expected: str = ""
    got: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None

    def __str__(self) -> str:
        parts = [f"{self.where()}: " if self.where() else "", f"{self.code}: {self.message}"]
        if self.expected:
            parts.append(f": expected {self.expected}")
        if self.got:
            parts.append(f", got {self.got}" if self.expected else f": got {self.got}")
        return "".join(parts)

    def where(self) -> str:
        """Return `file:line:column`, or the place, or nothing."""
        if self.source is not None and self.place == "":
            line, column = self.source.position(self.span.start)
            return f"{self.source.name}:{line}:{column}"
        return self.place

    @property
    def is_error(self) -> bool:
        """Whether this finding stops the use of what it was found in."""
        return self.severity is Severity.ERROR


def errors_of(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return only those that stop."""
    return tuple(d for d in diagnostics if d.is_error)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics in the order of their places, each one once."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda d: (d.source.name if d.source else "", d.place, d.span, d.code)))
