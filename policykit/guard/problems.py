"""Diagnostics of the guard: what is wrong with a binding, an option or a fallback.

What diagnostics are made of is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.source import Diagnostic


def problem(  # noqa: PLR0913 - the parts of a diagnostic
    code: str,
    message: str,
    *,
    place: str = "",
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
) -> Diagnostic:
    """Return a diagnostic; the arguments are those of `policykit.source.Diagnostic`."""
    from policykit.source import Diagnostic

    return Diagnostic(code, message, place=place, expected=expected, got=got, help=help)


def unknown_name(code: str, what: str, name: str, known: Iterable[str], place: str = "") -> Diagnostic:
    """Return that a name is none of those declared, with the nearest."""
    from policykit.source import did_you_mean

    return problem(code, f"there is no {what} `{name}`", place=place, help=did_you_mean(name, list(known)))
