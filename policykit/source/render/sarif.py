"""Diagnostics as a SARIF log.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from policykit._version import __version__
from policykit.source import pages
from policykit.source.diagnostic import Applicability, Diagnostic, Fix, Severity
from policykit.source.render.json import text
from policykit.source.text import SourceFile, Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_Json = dict[str, object]


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a log of one run, with the page of every code that occurs as the help of its rule."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "policykit", "semanticVersion": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",  # columns count characters
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> _Json:
    page = pages.page(code)
    if page is None:
        return {"id": code, "shortDescription": {"text": code}}
    return {
        "id": code,
        "shortDescription": {"text": pages.title(code)},
        "fullDescription": {"text": pages.summary(code)},
        "help": {"text": page, "markdown": page},
    }


def _result(diagnostic: Diagnostic, rule_index: int) -> _Json:
    result: _Json = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": _message(diagnostic)},
        "locations": [_location(diagnostic)],
    }
    related = [
        {"id": index, "message": {"text": text(label.text)}, "physicalLocation": _physical(source, label.span)}
        for index, label in enumerate(diagnostic.labels)
        if (source := label.source or diagnostic.source) is not None
    ]
    if related:
        result["relatedLocations"] = related
    fix = diagnostic.fix
    if fix is not None and fix.applicability is not Applicability.DISPLAY_ONLY and diagnostic.source is not None:
        result["fixes"] = [_fix(diagnostic.source, fix, diagnostic.help)]
    return result


def _message(diagnostic: Diagnostic) -> str:
    parts = [
        diagnostic.message,
        f"expected {diagnostic.expected}" if diagnostic.expected else "",
        f"got {diagnostic.got}" if diagnostic.got else "",
        f"help: {diagnostic.help}" if diagnostic.help else "",
    ]
    return text("; ".join(part for part in parts if part))


def _location(diagnostic: Diagnostic) -> _Json:
    if diagnostic.source is None or diagnostic.place:
        return {"logicalLocations": [{"fullyQualifiedName": text(diagnostic.place or "policykit")}]}
    return {"physicalLocation": _physical(diagnostic.source, diagnostic.span)}


def _physical(source: SourceFile, span: Span) -> _Json:
    return {"artifactLocation": {"uri": _uri(source.name)}, "region": _region(source, span)}


def _region(source: SourceFile, span: Span) -> _Json:
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _fix(source: SourceFile, fix: Fix, words: str) -> _Json:
    replacement = {"deletedRegion": _region(source, fix.span), "insertedContent": {"text": text(fix.replacement)}}
    change = {"artifactLocation": {"uri": _uri(source.name)}, "replacements": [replacement]}
    return {"description": {"text": text(words or f"write `{fix.replacement}`")}, "artifactChanges": [change]}


def _uri(name: str) -> str:
    """Return a relative reference, or a `file:` URI for an absolute path."""
    if os.path.isabs(name):
        return PurePath(text(name)).as_uri()
    return quote(text(name).replace(os.sep, "/"))
