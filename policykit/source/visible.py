"""Shows text that somebody else wrote so that it cannot act on a terminal and lines up under it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CUT = "..."
"""Stands where a longer text was cut; what a cut text was about cannot be told by searching it."""
_TAB = "    "
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str, limit: int | None = None, keep: str = "") -> str:
    r"""Return text on one line, with every character that could act or hide written as `\u{202e}`.

    Args:
        text: what somebody else wrote.
        limit: of a longer text, so many characters are shown, and `...`.
        keep: characters that are left as they are, such as line ends in a cell of a table.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}{CUT}"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _escape(char) for char in text)


def quoted(text: object, limit: int = 80) -> str:
    """Return what somebody else wrote as a message quotes it: visible, shortened, in backticks, with none inside."""
    return f"`{visible(str(text), limit).replace('`', chr(39))}`"


@lru_cache(maxsize=4096)
def cell(char: str) -> tuple[str, int]:
    """Return how one character is shown and how many columns that takes (0 for a combining mark)."""
    if char == "\t":
        return _TAB, len(_TAB)
    if _UNSAFE.match(char):
        shown = _escape(char)
        return shown, len(shown)
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _escape(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"
