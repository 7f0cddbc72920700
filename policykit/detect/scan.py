"""All patterns of a policy in one linear pass over a text.

- RE2 sets hold the patterns (`policykit.detect.sets`): mostly one, so that one scan does for all.
- A source with a validator is searched again, alone, only after the set has found one of its patterns.
- The set also holds a pattern that matches every text. Where the answer lacks it the engine has given up, and the scan
  raises: a detector that cannot look never says "nothing found".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from policykit.detect._ranges import join_overlaps, original_ranges, ranges_of
from policykit.detect._re2 import Row
from policykit.detect.model import Beside, Finder, Match, PatternSource, Validator
from policykit.detect.normalise import Chain, OffsetMap, normalise, normalise_decoded
from policykit.detect.sets import Sets
from policykit.errors import DetectorError
from policykit.source import Diagnostic

_Ranges: TypeAlias = dict[str, list[tuple[int, int]]]
_Reading: TypeAlias = tuple[str, OffsetMap | Chain | None]

__all__ = ["PatternSet", "PatternSource"]


class PatternSet:
    """The patterns of many sources, compiled together. Safe to use from several threads."""

    __slots__ = ("_decoding", "_every_bit", "_finders", "_match", "_nothing", "_plain", "_rows", "sources")

    def __init__(self, sources: Sequence[PatternSource]) -> None:
        """Compile.

        Raises:
            DetectorError: A pattern is not RE2, or all together are too large.
        """
        self.sources = tuple(sources)
        self._finders: list[tuple[str, Finder, int]] = []
        rows: dict[tuple[str, str, Validator | None, Beside | None, bool], Row] = {}
        for bit, source in enumerate(self.sources):
            for leaf in _leaves(source):
                for pattern in leaf.patterns:
                    key = (leaf.name, pattern, leaf.validate, leaf.beside, leaf.decodes)
                    rows.setdefault(key, Row(*key)).mask |= 1 << bit
                if leaf.find is not None:
                    self._finders.append((leaf.name, leaf.find, 1 << bit))
        self._rows = tuple(rows.values())
        self._every_bit = (1 << len(self.sources)) - 1
        self._decoding = 0
        for row in self._rows:
            self._decoding |= row.mask if row.decodes else 0
        self._plain = tuple(0 if row.validate or row.beside else row.mask for row in self._rows)
        self._match = Sets(self._rows).match
        self._nothing = [len(self._rows)]
        """What the set answers for a text in which nothing is found."""

    def hits(self, text: str) -> int:
        """Return a mask with bit `i` set when source `i` is found in the text.

        Raises:
            DetectorError: The text could not be scanned.
        """
        folded = normalise(text)
        mask = self._mask(folded[0].encode(), 0, self._every_bit)
        if self._decoding & ~mask and (again := normalise_decoded(text, folded_text=folded)):
            mask |= self._mask(again[0].encode(), mask, self._decoding)
        for name, find, bits in self._finders:
            if bits & ~mask and ranges_of(name, find, text):
                mask |= bits
        return mask

    def _mask(self, data: bytes, mask: int, wanted: int) -> int:
        """Return a mask with the bits added of what is found of the sources wanted."""
        found = self._match(data)
        if found == self._nothing:
            return mask
        found = self._without_always(found)
        rows = [(self._rows[index], self._plain[index]) for index in found if self._rows[index].mask & wanted]
        for _, plain in rows:
            mask |= plain & wanted
        for row, _ in rows:
            if row.mask & wanted & ~mask and next(row.found_in(data), None):
                mask |= row.mask & wanted
        return mask

    def spans(self, text: str, source_mask: int = -1, *, every: bool = False) -> list[Match]:
        """Return what the sources of a mask find, in order; ranges of one name that overlap are joined.

        Args:
            text: the text.
            source_mask: bit `i` asks for source `i`.
            every: look from every place, not only behind the last match, with the patterns whose matches have a bound
                (`policykit.detect.width`). Ranges are not joined then, and a range of such a pattern is found in a part
                of a text as it is in the whole, provided that the part holds its surroundings.

        Raises:
            DetectorError: The text could not be scanned.
        """
        ranges: _Ranges = {}
        folded = normalise(text)
        self._add(ranges, folded, source_mask, every)
        if self._decoding & source_mask and (again := normalise_decoded(text, folded_text=folded)):
            self._add(ranges, again, self._decoding & source_mask, every)
        for name, find, bits in self._finders:
            if bits & source_mask:
                ranges.setdefault(name, []).extend(ranges_of(name, find, text))
        join = sorted if every else join_overlaps
        matches = [Match(name, *joined) for name, some in ranges.items() for joined in join(set(some))]
        return sorted(matches, key=lambda match: (match.start, match.end, match.detector))

    def _add(self, ranges: _Ranges, reading: _Reading, wanted: int, every: bool) -> None:  # noqa: FBT001
        """Add what one reading of a text holds of the sources wanted."""
        data = reading[0].encode()
        found = self._match(data)
        if found == self._nothing:
            return
        for index in self._without_always(found):
            row = self._rows[index]
            if row.mask & wanted:
                found_here = original_ranges(row.found_in(data, every=every), data, reading[1])
                ranges.setdefault(row.name, []).extend(found_here)

    def _without_always(self, found: list[int] | None) -> list[int]:
        """Return what the set found, but for the pattern that every text matches.

        Raises:
            DetectorError: The set did not find that one either: it gave up.
        """
        always = len(self._rows)
        if found is None or always not in found:
            problem = Diagnostic("PK852", "the text could not be scanned: the pattern engine gave up")
            raise DetectorError([problem])
        return [index for index in found if index != always]


def _leaves(source: PatternSource) -> Iterator[PatternSource]:
    yield source
    for part in source.parts:
        yield from _leaves(part)
