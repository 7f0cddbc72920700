"""What `contains` and `matches` look for, through the scanner of `policykit.detect`.

Everything is looked for in the text as the scanner folds it, so that no disguise (invisible characters, full-width
letters) hides anything; a text in quotes is folded in the same way and then looked for letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from policykit.engine.kleene import Truth
from policykit.language import checked as c

if TYPE_CHECKING:  # a policy without patterns never waits for the scanner
    from policykit.detect.model import PatternSource

Hits = Callable[[str], int]
"""Returns a mask with bit `i` set when pattern `i` is found."""


def occurs(pattern: c.Pattern, text: str) -> Truth:
    """Return whether a pattern occurs in a text; unknown where the scanner cannot tell."""
    try:
        return scanner((pattern,))(text) != 0
    except Exception:  # noqa: BLE001 - what the scanner cannot look at is unknown, never absent
        return None


@lru_cache(maxsize=256)
def scanner(patterns: Sequence[c.Pattern]) -> Hits:
    """Return a function that looks for all patterns in one pass."""
    from policykit.detect.scan import PatternSet

    return PatternSet([_source(pattern) for pattern in patterns]).hits


def _source(pattern: c.Pattern) -> PatternSource:
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
