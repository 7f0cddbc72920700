"""Values that stand where a secret will be."""

from __future__ import annotations

import math
import re

_WORDS = frozenset({"password", "passwd", "pass", "secret", "token", "pwd", "none", "null", "undefined", "todo", "env"})
_MARK = re.compile(
    r"[$%]?\{\{[^{}]*\}?\}?|\$\{[^{}]*\}?|\$\([^()]*\)?|<[^<>]*>|\A<.*|(?-i:\A\$[A-Z][A-Z_]{2,}\Z)|"
    r"example|change_?me|placeholder|redacted|your[_-]|x{3,}|\*{3,}|\.{3,}",
    re.IGNORECASE | re.DOTALL,
)
"""Variables of templates, masks, and the words that say that a value is still to come."""
_BESIDE_MARKS = re.compile("password|passwd|secret|token|here|goes|api|key|pass|user|name|value|my", re.IGNORECASE)
MAX_LEFT = 3
"""Letters and digits that a placeholder has beside its marks and the words around them: `example123`."""


def is_placeholder(value: str) -> bool:
    """Say whether a value is a template's variable, a mask or a word of documentation.

    One that only holds such a mark among other characters is a value: `9fxxx27Ab1QzT04kLm`.
    """
    if value.lower() in _WORDS:
        return True
    left = _MARK.sub("", value)
    return left != value and sum(map(str.isalnum, _BESIDE_MARKS.sub("", left))) <= MAX_LEFT


_FILLERS = re.compile(
    r"example|placeholder|redacted|changeme|your|secret|token|here|dummy|sample|insert|replace|paste|fake|goes|apikey|"
    r"mykey|test|"
    r"(.)\1{3,}|"
    r"012345*6*7*8*9*|12345+6*7*8*9*0*|abcde+f*g*h*i*j*k*l*m*n*o*p*q*r*s*t*u*v*w*x*y*z*",
    re.IGNORECASE,
)
MIN_LEFT = 14
"""Letters and digits that a key has, prefix included, when all that fillers consist of is gone from it.

A real key keeps more, whatever was appended to it; `AKIA` and `EXAMPLE` around nine characters keeps 13.
"""
MIN_KEY_BITS = 2.4
"""Bits per character; 32 random hexadecimal digits lie above 2.9, `deadbeef` again and again below 2.3."""
_PUBLISHED = frozenset({"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"})
"""Source: AWS documentation, in which these stand for secret keys."""


def is_filler(value: str) -> bool:
    """Say whether a value has the form of a key and not the chance of one: `ghp_xxxx`, `AKIAIOSFODNN7EXAMPLE`.

    What counts is what is left without words and repetitions, so that a real key stays one with `EXAMPLE` behind it.
    """
    if value in _PUBLISHED:
        return True
    left = [char for char in _FILLERS.sub("", value) if char.isalnum()]
    return len(left) < MIN_LEFT or entropy_bits("".join(left)) < MIN_KEY_BITS


def entropy_bits(value: str) -> float:
    """Return the bits per character that the frequencies of the characters carry. Source: Shannon (1948), section 6."""
    shares = [value.count(char) / len(value) for char in set(value)]
    return -sum(share * math.log2(share) for share in shares)
