"""Text as detectors read it, and the way back to the places of the original."""

from __future__ import annotations

from policykit.source.folding import blocks, compose, fold, starts_cluster


class OffsetMap:
    """Where each character of a folded text came from. Computed when first asked, because most texts hold nothing."""

    __slots__ = ("_ends", "_original", "_starts")

    def __init__(self, original: str) -> None:
        self._original = original
        self._starts: list[int] = []
        self._ends: list[int] = []

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the original text that became `[start, end)`. Requires 0 <= start < end.

        Characters that joined into one, and invisible ones after one, belong to it, so that what is cut out of the
        original takes them along.
        """
        if not self._starts:
            self._fill()
        return self._starts[start], self._ends[end - 1]

    def _fill(self) -> None:
        offset = 0
        for block in blocks(self._original):
            clusters = _clusters(block)
            parts = [compose(cluster) for cluster in clusters]
            if "".join(parts) != compose(block):  # a composition that starts_cluster does not know: one coarse range
                clusters, parts = [block], [compose(block)]
            for cluster, part in zip(clusters, parts, strict=True):
                self._starts.extend([offset] * len(part))
                offset += len(cluster)
                self._ends.extend([offset] * len(part))


def normalise(text: str) -> tuple[str, OffsetMap | None]:
    """Return the folded text and the map back; an ASCII text is returned itself, with no map."""
    if text.isascii():
        return text, None
    return fold(text), OffsetMap(text)


def _clusters(block: str) -> list[str]:
    """Split a block where a character starts that joins nothing before it."""
    starts = [i for i, char in enumerate(block) if i == 0 or starts_cluster(char)]
    return [block[start:end] for start, end in zip(starts, [*starts[1:], len(block)], strict=True)]
