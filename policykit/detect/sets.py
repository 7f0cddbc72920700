"""Many patterns as several small RE2 sets.

An RE2 set builds a state for every combination of places that its patterns have got to, and forgets them when they are
too many. Few texts stay in the states that are known: in one set of all detectors, a new page of prose or code cost
2,000 to 3,000 microseconds per KB, and random letters and digits, where patterns that count (`[A-Z0-9]{4}` eight times
over) begin at every character, 8,000 to 20,000. States of small sets add up instead: 40 to 200, and 1,500 at most. One
set is faster only on a text that it has read before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policykit.detect._re2 import BUDGET_BYTES, Row, compile_set
from policykit.errors import DetectorError

MAX_PATTERNS, MAX_PATTERN_CHARS = 16, 1200
"""Size of a small set. Measured: half of it takes longer in prose, twice of it longer in base64."""
SMALL_BUDGET_BYTES = BUDGET_BYTES // 8
"""Memory of a small set, of which there are some twenty."""


class Sets:
    """The patterns of some rows. Safe to use from several threads."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Compile.

        Raises:
            DetectorError: a pattern is not RE2, or is too large.
        """
        self._count = len(rows)
        self._parts = [(start, end - start, _small(rows[start:end], rows)) for start, end in parts(rows)]
        if not self._parts:
            self._parts = [(0, 0, compile_set(rows).Match)]

    def match(self, data: bytes) -> list[int] | None:
        """Return the numbers of the patterns that match, and their count, which stands for the empty pattern.

        None, or a list without it, says that the engine gave up.
        """
        found: list[int] = []
        for start, size, match in self._parts:
            some = match(data)
            if some is None or size not in some:
                return None
            if len(some) > 1:
                found += [start + index for index in some if index != size]
        found.append(self._count)
        return found


def _small(some: Sequence[Row], rows: Sequence[Row]) -> Any:
    """Return what matches some patterns. Large ones, of a policy, get more memory if all patterns together fit."""
    try:
        return compile_set(some, SMALL_BUDGET_BYTES).Match
    except DetectorError:
        compile_set(rows)
        return compile_set(some).Match


def parts(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Yield the half-open ranges of rows that make a small set each."""
    start = chars = 0
    for index, row in enumerate(rows):
        if index > start and (index - start >= MAX_PATTERNS or chars + len(row.pattern) > MAX_PATTERN_CHARS):
            yield start, index
            start, chars = index, 0
        chars += len(row.pattern)
    if rows:
        yield start, len(rows)
