"""Values that stand where a secret will be."""

from __future__ import annotations

import math

_MARKS = (
    "${",
    "{{",
    "$(",
    "<",
    "***",
    "xxx",
    "...",
    "example",
    "changeme",
    "change_me",
    "placeholder",
    "redacted",
    "your_",
    "your-",
)
_WORDS = frozenset({"password", "passwd", "pass", "secret", "token", "pwd", "none", "null", "undefined", "todo", "env"})


def is_placeholder(value: str) -> bool:
    """Say whether a value is a template's variable, a mask or a word of documentation."""
    lowered = value.lower()
    return lowered in _WORDS or any(mark in lowered for mark in _MARKS)


def entropy_bits(value: str) -> float:
    """Return the bits per character that the frequencies of the characters carry. Source: Shannon (1948), section 6."""
    shares = [value.count(char) / len(value) for char in set(value)]
    return -sum(share * math.log2(share) for share in shares)
