"""Diagnostics as GitHub workflow commands, which become annotations on the lines of a pull request.

Source: GitHub documentation, "Workflow commands for GitHub Actions", with the escapes of the runner's toolkit.
"""

from __future__ import annotations

from collections.abc import Sequence

from policykit.source.diagnostic import Diagnostic, Severity
from policykit.source.visible import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one command a line."""
    return "".join(_command(diagnostic) + "\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(diagnostic).items())
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{_data(_message(diagnostic))}"


def _properties(diagnostic: Diagnostic) -> dict[str, str]:
    found: dict[str, str] = {}
    source = diagnostic.source
    if source is not None and not diagnostic.place:
        start, end = source.position(diagnostic.span.start), source.position(diagnostic.span.end)
        found |= {"file": source.name, "line": str(start.line), "endLine": str(end.line)}
        if start.line == end.line:  # columns may not be given for a range of lines
            found |= {"col": str(start.column), "endColumn": str(end.column)}
    return found | {"title": diagnostic.code}


def _message(diagnostic: Diagnostic) -> str:
    lines = [f"{diagnostic.place}: {diagnostic.message}" if diagnostic.place else diagnostic.message]
    lines += [f"expected {diagnostic.expected}"] if diagnostic.expected else []
    lines += [f"got {diagnostic.got}"] if diagnostic.got else []
    lines += [f"help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(visible(line) for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
