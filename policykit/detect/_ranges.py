"""From byte ranges of a folded text to character ranges of the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policykit.detect.model import Finder
from policykit.detect.normalise import Chain, OffsetMap
from policykit.errors import DetectorError
from policykit.source import Diagnostic


def original_ranges(
    ranges: Iterable[tuple[int, int]], data: bytes, offsets: OffsetMap | Chain | None
) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the original text, sorted. Overlapping ranges are allowed."""
    if offsets is None:
        yield from ranges
        return
    seen_bytes = seen_chars = 0
    for start, end in sorted(ranges):
        seen_chars += len(data[seen_bytes:start].decode("utf-8", "replace"))
        seen_bytes = start
        yield offsets.original(seen_chars, seen_chars + len(data[start:end].decode("utf-8", "replace")))


def join_overlaps(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges in order, those that share a character joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def ranges_of(name: str, find: Finder, text: str) -> list[tuple[int, int]]:
    """Return what a finder finds.

    Raises:
        DetectorError: It failed, or gave a range that the text does not have.
    """
    try:
        ranges = [(int(start), int(end)) for start, end in find(text)]
    except Exception as error:
        raise _failed(name, f"{error}" or "no reason given") from error
    for start, end in ranges:
        if not 0 <= start < end <= len(text):
            raise _failed(name, f"it found {start} to {end} in a text of {len(text)} characters")
    return ranges


def _failed(name: str, reason: str) -> DetectorError:
    return DetectorError([Diagnostic("PK853", f"detector `{name}` failed: {reason}")])
