"""Diagnostics of the guard: what is wrong with a binding, an option or a fallback."""

from __future__ import annotations

from collections.abc import Iterable

from policykit.source import Diagnostic, did_you_mean


def unknown_name(code: str, what: str, name: str, known: Iterable[str], place: str = "") -> Diagnostic:
    """Return that a name is none of those declared, with the nearest."""
    return Diagnostic(code, f"there is no {what} `{name}`", place=place, help=did_you_mean(name, list(known)))
