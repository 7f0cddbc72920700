"""Diagnostics of evidence: each kind of finding has one constructor for its severity.

The severity says what becomes of the evidence, see `model.Evidence.sufficiency`:

    ERROR    the evidence cannot be used
    WARNING  the evidence was understood, but proves nothing either way: inconclusive
    INFO     a note; the evidence can be used
"""

from __future__ import annotations

from policykit.errors import EvidenceError
from policykit.source import Diagnostic, Severity


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
