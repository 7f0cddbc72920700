"""Many patterns as one: in one RE2 set, and for texts with long runs of letters and digits in several small ones.

An RE2 set builds a state for every combination of places that its patterns have got to. Prose has few. In base64,
patterns that count (`[A-Z0-9]{4}` eight times over) begin at every character, and the states of all together are
the product of those of each: a set of all detectors built states faster than it used them, 8,000 microseconds per KB.
Small sets add up instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from policykit.detect._re2 import BUDGET_BYTES, Row, compile_set, matcher
from policykit.errors import DetectorError

MAX_PATTERNS, MAX_PATTERN_CHARS = 16, 1200
"""Size of a small set. Measured: half of it takes longer in prose, twice of it longer in base64."""
SMALL_BUDGET_BYTES = BUDGET_BYTES // 8
"""Memory of a small set, of which there are some twenty."""
_RUN = "[0-9A-Za-z+/_=.-]{24}"
"""What prose does not hold, and what the product of states needs to grow."""


class Sets:
    """The patterns of some rows. Safe to use from several threads."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Compile.

        Raises:
            DetectorError: A pattern is not RE2, or all together are too large.
        """
        self._rows = rows
        self._whole = compile_set(rows).Match
        self._run = matcher(_RUN) if len(rows) > MAX_PATTERNS else None

    def match(self, data: bytes) -> list[int] | None:
        """Return the numbers of the patterns that match, and their count, which stands for the empty pattern.

        None, or a list without it, says that the engine gave up.
        """
        if self._run is None or not self._run(data):
            whole: list[int] | None = self._whole(data)
            return whole
        found: list[int] = []
        for start, size, match in self._parts:
            some = match(data)
            if some is None or size not in some:
                return None
            found += (start + index for index in some if index != size)
        return [*found, len(self._rows)]

    @cached_property
    def _parts(self) -> list[tuple[int, int, Any]]:
        return [(start, end - start, _small(self._rows[start:end])) for start, end in parts(self._rows)]


def _small(rows: Sequence[Row]) -> Any:
    try:
        return compile_set(rows, SMALL_BUDGET_BYTES).Match
    except DetectorError:  # large patterns of a policy, which fit the large set
        return compile_set(rows).Match


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
