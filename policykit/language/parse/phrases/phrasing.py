"""What a phrase is: what writers write, and what it is called here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

TEXT = r'"(?:[^"\\\n]|\\.)*"'
NAME = r"[a-z][a-z0-9_]*"
REF = rf"{NAME}(?:\.[a-z0-9_]+)*"
CLAUSE = r"(?P<id>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+)"
LENGTH = r"[0-9][0-9_]*\s+(?:seconds?|minutes?|hours?|days?|weeks?)\b"

Write = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """What writers write, and what it is called here."""

    pattern: re.Pattern[str]
    write: Write
    """The replacement, with groups; an empty one deletes."""
    note: str = ""
    """What the help adds, where the replacement says a little more or less than the phrase."""
    message: str = ""
    """What is wrong, where it is more than another name."""


def phrase_of(pattern: str, write: Write, note: str = "", message: str = "") -> Phrase:
    """Return a phrase from the text of its pattern."""
    return Phrase(re.compile(pattern), write, note, message)
