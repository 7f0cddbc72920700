"""How long a match of some patterns can be: what a stream must hold back before text may leave."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from policykit.engine.patterns import Sought
from policykit.source.folding import fold

MAX_WIDTH = 20_000
"""A pattern whose matches may be longer counts as one without a bound."""


def longest_match(patterns: Sequence[Sought]) -> int | None:
    """Return the greatest number of folded characters that a match and the character behind it take; 0 of no pattern.

    None where a pattern has no bound, or none that could be found out: then a text can only be checked as a whole.
    """
    widths = [width for pattern in patterns for width in _widths(pattern)]
    if any(width is None for width in widths):
        return None
    return max(width for width in widths if width is not None) + 1 if widths else 0


def _widths(pattern: Sought) -> Iterator[int | None]:
    if pattern.text is not None:
        yield max(len(fold(pattern.text)), len(pattern.text))
    elif pattern.detector is not None:
        from policykit.detect.catalogue import source

        yield from _source_widths(source(pattern.detector))
    else:
        yield from map(_width, pattern.regexes)


def _source_widths(source: object) -> Iterator[int | None]:
    from policykit.detect.model import PatternSource

    assert isinstance(source, PatternSource)
    if source.find is not None:
        yield None  # it may look at the whole text
    yield from map(_width, source.patterns)
    for part in source.parts:
        yield from _source_widths(part)


def _width(pattern: str) -> int | None:
    """Return the width of a regular expression; what RE2 has and Python has not counts as without a bound."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library: Any = re  # which does not declare its parser; compiling would do more than is asked here
            parsed = library._parser.parse(pattern)  # noqa: SLF001
        width = int(parsed.getwidth()[1])
    except (re.error, RecursionError, OverflowError, ValueError):
        return None
    return width if width <= MAX_WIDTH else None
