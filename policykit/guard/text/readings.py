"""A window of a stream as patterns read it, and the way back.

Detectors read a text as it is and with what it encodes in plain characters (`policykit.detect.encoded`): of the places
that both readings give, the earlier one counts where text is kept, the later one where a match is surrounded.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from policykit.detect.normalise import Chain, normalise, normalise_decoded
from policykit.source.folding import has_lookalikes, is_removed, starts_cluster, word_end, word_start

if TYPE_CHECKING:
    from policykit.detect.normalise import OffsetMap
    from policykit.guard.text.width import Reach


class Folded:
    """A window in both readings."""

    def __init__(self, window: str, reach: Reach) -> None:
        """Take a window and how far matches reach."""
        self._window = window
        self._reach = reach
        self._plain = _Reading(window, *normalise(window), reach)

    def settled(self) -> int:
        """Return the place up to which every match is known, whatever comes."""
        decoded = normalise_decoded(self._window, settled=True) if self._reach.decodes else None
        place = self._plain.settled()
        return place if decoded is None else min(place, _Reading(self._window, *decoded, self._reach).settled())

    def behind(self, end: int) -> int:
        """Return the place behind the character that follows a match, with all that folding joins to it."""
        end = max(reading.behind(end) for reading in self._readings())
        while end < len(self._window) and (is_removed(self._window[end]) or not starts_cluster(self._window[end])):
            end += 1
        return end

    def context(self, end: int) -> int:
        """Return where that begins which a match behind a place may begin in or lean on."""
        return min(reading.context(end) for reading in self._readings())

    def _readings(self) -> list[_Reading]:
        decoded = normalise_decoded(self._window) if self._reach.decodes else None
        return [self._plain] if decoded is None else [self._plain, _Reading(self._window, *decoded, self._reach)]


class _Reading:
    """A window in one reading."""

    def __init__(self, window: str, folded: str, offsets: OffsetMap | Chain | None, reach: Reach) -> None:
        self._window = window
        self._folded = folded
        self._offsets = offsets
        self._reach = reach
        has_encoded = isinstance(offsets, Chain) and len(offsets.steps) > 1  # letters of other scripts may be encoded
        self._has_lookalikes = has_encoded or has_lookalikes(window)

    def settled(self) -> int:
        known = self._folded
        if self._has_lookalikes:
            known = known[: word_start(known, len(known))]  # its next letter may say that the others are read as Latin
        return self._original(self._whole_words(self._reach.settled(known)))

    def behind(self, end: int) -> int:
        place = self._place(end)
        if self._has_lookalikes:
            place = word_end(self._folded, place)
        if self._offsets is None or place >= len(self._folded):
            return max(end, self._original(place)) + 1
        return max(end + 1, self._offsets.original(place, place + 1)[1])

    def context(self, end: int) -> int:
        place = self._reach.before(self._folded, self._place(end), self._reach.width + 1)
        return self._original(self._whole_words(place))

    def _whole_words(self, place: int) -> int:
        """Return a place outside of words of which one letter says how the others are read (`fold`, step 3)."""
        return word_start(self._folded, place) if self._has_lookalikes else place

    def _place(self, original: int) -> int:
        """Return the place in the folded text of one in the original."""
        if self._offsets is None:
            return original
        return bisect_left(range(len(self._folded)), original, key=self._original)

    def _original(self, place: int) -> int:
        """Return the place in the original of one in the folded text."""
        if self._offsets is None:
            return max(place, 0)
        if place <= 0:
            return 0
        if place >= len(self._folded):
            return len(self._window)
        return self._offsets.original(place, place + 1)[0]
