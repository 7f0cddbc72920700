"""Diagnostics of evidence: each kind of finding has one constructor for its severity.

The severity says what becomes of the evidence, see `model.Evidence.sufficiency`:

    ERROR    the evidence cannot be used
    WARNING  the evidence was understood, but proves nothing either way: inconclusive
    INFO     a note; the evidence can be used
"""

from __future__ import annotations

from policykit.errors import EvidenceError
from policykit.source import Diagnostic, Severity

_MAX_QUOTED = 80


def quoted(text: object) -> str:
    """Return what a file said, in backticks, on one line and shortened, safe to show on a terminal."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text)[: _MAX_QUOTED + 1])
    shown = line if len(line) <= _MAX_QUOTED else line[:_MAX_QUOTED] + "..."
    return f"`{shown.replace('`', chr(39))}`"


def error(code: str, message: str, **parts: str) -> Diagnostic:
    """Return a finding after which the evidence cannot be used. `parts`: place, expected, got, help."""
    return Diagnostic(code, message, Severity.ERROR, **parts)  # type: ignore[arg-type]


def doubt(code: str, message: str, **parts: str) -> Diagnostic:
    """Return a finding that leaves the evidence inconclusive."""
    return Diagnostic(code, message, Severity.WARNING, **parts)  # type: ignore[arg-type]


def note(code: str, message: str, **parts: str) -> Diagnostic:
    """Return a finding that people should see, and that changes nothing."""
    return Diagnostic(code, message, Severity.INFO, **parts)  # type: ignore[arg-type]


def refusal(code: str, message: str, **parts: str) -> EvidenceError:
    """Return the exception with which a reader gives up on a file; `read_evidence` turns it into a diagnostic."""
    return EvidenceError([error(code, message, **parts)])
