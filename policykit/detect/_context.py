"""What must stand before a number for it to be one, and not a part of something else."""

from __future__ import annotations

NO_FRACTION = r"(?:^\.?|[^\w.]|\D\.)"
"""Stands before a number without separators, so that the decimals of `0.00001724620` are not taken for one."""

_FILLER = r"(?:number|num|no|nr|code|id|is|was|ist|lautet|est|es|numero|nummer|#)"


def after(words: str, pattern: str) -> str:
    """Return a pattern whose group matches `pattern` shortly after one of `words` (RE2 alternatives)."""
    return rf"(?i)\b(?:{words})\b\W{{0,4}}(?:{_FILLER}\b\W{{0,3}}){{0,3}}({pattern})\b"
