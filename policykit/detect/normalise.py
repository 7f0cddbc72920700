"""Text as detectors read it, and the way back to the places of the original."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from policykit.detect.encoded import Places, decoded, open_form
from policykit.source.folding import blocks, compose, fold, is_removed, replace_special, starts_cluster


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
        """Go through the steps of `fold` again, this time counting; its last step keeps every character's place."""
        kept = [place for place, char in enumerate(self._original) if not is_removed(char)]
        kept.append(len(self._original))
        offset = 0
        for block in blocks(replace_special(self._original)):
            for cluster, size in _clusters(block):
                self._starts.extend([kept[offset]] * size)
                offset += cluster
                self._ends.extend([kept[offset]] * size)


def normalise(text: str) -> tuple[str, OffsetMap | None]:
    """Return the folded text and the map back; an ASCII text is returned itself, with no map."""
    if text.isascii():
        return text, None
    return fold(text), OffsetMap(text)


class Chain(NamedTuple):
    """The way back through several steps, the last one first."""

    steps: tuple[OffsetMap | Places, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the original text that became `[start, end)`. Requires 0 <= start < end."""
        for step in self.steps:
            start, end = step.original(start, end)
        return start, end


def normalise_decoded(
    text: str, *, settled: bool = False, folded_text: tuple[str, OffsetMap | None] | None = None
) -> tuple[str, Chain] | None:
    """Return a text folded with what it encodes in plain characters, and the map back; None where it encodes nothing.

    Args:
        text: the text.
        settled: leave out what may be the beginning of an encoded form at the end. None where there is none either.
        folded_text: what `normalise` gave, where it is known.
    """
    folded, offsets = folded_text or normalise(text)
    known = folded[: open_form(folded)] if settled else folded
    plain = decoded(known)
    if plain is None:
        if len(known) == len(folded):
            return None
        plain = known, Places([(0, 0, 0)])
    again, further = normalise(plain[0])
    return again, Chain(tuple(step for step in (further, plain[1], offsets) if step is not None))


def _clusters(block: str) -> list[tuple[int, int]]:
    """Return the lengths of the clusters of a block, before and after composition."""
    starts = [place for place, char in enumerate(block) if place == 0 or starts_cluster(char)]
    clusters = [block[start:end] for start, end in pairwise([*starts, len(block)])]
    composed = [compose(cluster) for cluster in clusters]
    whole = compose(block)
    if "".join(composed) != whole:  # characters joined in a way that starts_cluster does not know: one coarse cluster
        return [(len(block), len(whole))]
    return [(len(cluster), len(part)) for cluster, part in zip(clusters, composed, strict=True)]
