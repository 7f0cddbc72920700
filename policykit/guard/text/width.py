"""How long a match of some patterns can be: what a stream must hold back before text may leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.detect.width import width_of
from policykit.language.checked import Pattern
from policykit.source.folding import fold


def longest_match(patterns: Sequence[Pattern]) -> int | None:
    """Return the greatest number of folded characters that a match and the character behind it take; 0 of no pattern.

    None where a pattern has no bound, or none that could be found out: then a text can only be checked as a whole.
    """
    widths = [width for pattern in patterns for width in _widths(pattern)]
    if any(width is None for width in widths):
        return None
    return max(width for width in widths if width is not None) + 1 if widths else 0


def _widths(pattern: Pattern) -> Iterator[int | None]:
    if pattern.text is not None:
        yield max(len(fold(pattern.text)), len(pattern.text))
    elif pattern.detector is not None:
        from policykit.detect.catalogue import source

        yield from _source_widths(source(pattern.detector))
    else:
        yield from map(width_of, pattern.regexes)


def _source_widths(source: object) -> Iterator[int | None]:
    from policykit.detect.model import PatternSource

    assert isinstance(source, PatternSource)
    if source.find is not None:
        yield None  # it may look at the whole text
    yield from map(width_of, source.patterns)
    for part in source.parts:
        yield from _source_widths(part)
