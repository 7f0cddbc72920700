"""Where patterns are found in a text: ranges from every start, joined where they overlap.

Looking from every start makes the ranges of a part of a text those of the whole, so that a stream in any pieces and the
whole text give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from policykit.engine.patterns import Sought, pattern_source


class Found(NamedTuple):
    """A range of a text; half-open, in characters."""

    start: int
    end: int
    label: str
    """What was found, for the words that stand in its place: a detector's name, or `text`."""


class Finder:
    """Looks for patterns. Safe to use from several threads."""

    __slots__ = ("_scanner",)

    def __init__(self, patterns: Sequence[Sought]) -> None:
        """Compile patterns; at least one."""
        from policykit.detect.scan import PatternSet  # a guard whose rules find nothing never waits for it

        self._scanner = PatternSet([pattern_source(pattern) for pattern in patterns])

    def found(self, text: str) -> list[Found]:
        """Return every range, in order of its start, overlapping ones apart.

        Raises:
            DetectorError: the text could not be scanned.
        """
        matches = self._scanner.spans(text, every=True)
        return sorted(Found(m.start, m.end, _label(m.detector)) for m in matches) if matches else []


@lru_cache(maxsize=256)
def finder(patterns: tuple[Sought, ...]) -> Finder:
    """Return the finder of some patterns."""
    return Finder(patterns)


def joined(found: Sequence[Found]) -> list[Found]:
    """Return ranges that overlap as one, with the label of the first. Requires ranges in order."""
    clusters: list[Found] = []
    for each in found:
        if clusters and each.start < clusters[-1].end:
            clusters[-1] = clusters[-1]._replace(end=max(clusters[-1].end, each.end))
        else:
            clusters.append(each)
    return clusters


def _label(name: str) -> str:
    """Return a name that says nothing of a policy's patterns."""
    return name if name.replace(".", "").replace("_", "").isalnum() else "text"
