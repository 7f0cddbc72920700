"""Diagnostics as one JSON document. Its members only ever grow; `version` changes when that promise breaks."""

from __future__ import annotations

import json
from collections.abc import Sequence

from policykit.source.diagnostic import Diagnostic, Severity
from policykit.source.text import SourceFile, Span

_VERSION = 1


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """Return `{"version": 1, "diagnostics": [...], "summary": {...}}`, indented, in ASCII, with a line end."""
    document = {
        "version": _VERSION,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in diagnostics],
        "summary": {severity.value: sum(d.severity is severity for d in diagnostics) for severity in Severity},
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    source = diagnostic.source if not diagnostic.place else None
    fix = diagnostic.fix
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": text(diagnostic.message),
        "place": text(diagnostic.where()),
        "location": location(source, diagnostic.span),
        "expected": text(diagnostic.expected),
        "got": text(diagnostic.got),
        "help": text(diagnostic.help),
        "labels": [
            {"text": text(label.text), "location": location(label.source or source, label.span)}
            for label in diagnostic.labels
        ],
        "fix": None
        if fix is None
        else {
            "replacement": text(fix.replacement),
            "location": location(source, fix.span),
            "applicability": fix.applicability.value,
        },
    }


def location(source: SourceFile | None, span: Span) -> dict[str, object] | None:
    """Return a place with 1-based lines and columns that count characters; the end is the first place behind it."""
    if source is None:
        return None
    start, end = source.position(span.start), source.position(span.end)
    return {
        "file": text(source.name),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def text(value: str) -> str:
    """Return text that any JSON reader takes: half characters, which JSON cannot carry, are written as escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
