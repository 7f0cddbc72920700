"""Follows the help of a diagnostic to the letter, as a writer in a hurry would."""

from __future__ import annotations

import re

from policykit.source import Diagnostic

_WRITE = re.compile(r"(?:write|did you mean)[^`]* ?(?P<ticks>`)(?P<meant>.+?)`(?!`)")


def followed(text: str, found: Diagnostic) -> str:
    """Return a text with what is underlined replaced by what the help says to write.

    Requires a help that deletes, or names what to write first among what it quotes.
    """
    start, end = found.span
    if found.help.startswith("delete it"):
        return text[:start] + text[end:]
    if found.help == "write a blank instead":
        return f"{text[:start]} {text[end:]}"
    meant = _WRITE.search(found.help)
    assert meant is not None, found.help
    return text[:start] + meant["meant"] + text[end:]
