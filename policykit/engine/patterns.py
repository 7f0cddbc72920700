"""What `contains` and `matches` look for, through the scanner of `policykit.detect`.

A text in quotes is looked for as it stands; detectors and regular expressions see the text as the scanner folds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from policykit.engine.kleene import Truth
from policykit.language import checked as c

Hits = Callable[[str], int]
"""Returns a mask with bit `i` set when pattern `i` is found."""


def occurs(pattern: c.Pattern, text: str) -> Truth:
    """Return whether a pattern occurs in a text; unknown where the scanner cannot tell."""
    if pattern.text is not None:
        return pattern.text in text
    try:
        return scanner((pattern,))(text) != 0
    except Exception:  # noqa: BLE001 - what the scanner cannot look at is unknown, never absent
        return None


@lru_cache(maxsize=256)
def scanner(patterns: Sequence[c.Pattern]) -> Hits:
    """Return a function that looks for all patterns in one pass. Requires patterns that are no plain texts."""
    from policykit.detect.catalogue import source
    from policykit.detect.scan import PatternSet, PatternSource

    return PatternSet(
        [source(p.detector) if p.detector is not None else PatternSource(p.name, p.regexes) for p in patterns]
    ).hits
