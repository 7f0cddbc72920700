"""What `contains` and `matches` look for, through the scanner of `policykit.detect`.

Everything is looked for in the text as the scanner folds it, so that no disguise (invisible characters, full-width
letters) hides anything; a text in quotes is folded in the same way and then looked for letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # a policy without patterns never waits for the scanner, nor a cached one for the definition
    from policykit.detect.model import PatternSource
    from policykit.engine.kleene import Truth
    from policykit.language.checked import Pattern

Hits = Callable[[str], int]
"""Returns a mask with bit `i` set when pattern `i` is found."""


class Sought(NamedTuple):
    """What is looked for: a pattern as plain values, which a cache can keep. One of the last three is set."""

    name: str
    """How reports call it."""
    detector: str | None
    regexes: tuple[str, ...]
    text: str | None


def sought(pattern: Pattern) -> Sought:
    """Return what a pattern of a checked policy looks for."""
    return Sought(pattern.name, pattern.detector, pattern.regexes, pattern.text)


def occurs(pattern: Pattern, text: str) -> Truth:
    """Return whether a pattern occurs in a text; unknown where the scanner cannot tell."""
    try:
        return scanner((sought(pattern),))(text) != 0
    except Exception:  # noqa: BLE001 - what the scanner cannot look at is unknown, never absent
        return None


@lru_cache(maxsize=256)
def scanner(patterns: Sequence[Sought]) -> Hits:
    """Return a function that looks for all patterns in one pass."""
    from policykit.detect.scan import PatternSet

    return PatternSet([pattern_source(pattern) for pattern in patterns]).hits


def pattern_source(pattern: Sought) -> PatternSource:
    """Return a pattern as the scanner takes it."""
    from policykit.detect.catalogue import source
    from policykit.detect.model import PatternSource

    if pattern.detector is not None:
        return source(pattern.detector)
    regexes = pattern.regexes if pattern.text is None else (literal(pattern.text),)
    return PatternSource(pattern.name, regexes)


def literal(text: str) -> str:
    """Return the RE2 pattern that finds a text as folding leaves it."""
    from policykit.source.folding import fold

    return "".join(char if char.isalnum() else f"\\x{{{ord(char):x}}}" for char in fold(text) or text)
