"""Patterns for numbers that are only recognisable by the word before them."""

from __future__ import annotations

_FILLER = r"(?:number|num|no|nr|code|id|is|was|ist|lautet|est|es|numero|nummer|#)"


def after(words: str, pattern: str) -> str:
    """Return a pattern whose group matches `pattern` shortly after one of `words` (RE2 alternatives)."""
    return rf"(?i)\b(?:{words})\b\W{{0,4}}(?:{_FILLER}\b\W{{0,3}}){{0,3}}({pattern})\b"
