"""A sample of identifiers in flat memory, by which copies are found in a log of any length."""

from __future__ import annotations

import hashlib

_MOST = 100_000
"""Up to so many identifiers all are kept."""
_BITS = 64


class Sample:
    """Keeps all identifiers of a short log, and of a longer one those whose digest is below a limit.

    Two logs keep the same share of what they have in common, whatever else stands in them: a period that was exported
    twice is always found, a single copy among millions with the share that is kept.
    """

    def __init__(self, most: int = _MOST) -> None:
        self.repeated = ""
        """The first identifier that was seen twice."""
        self._most = most
        self._kept: set[int] = set()
        self._limit = 1 << _BITS

    def add(self, identifier: str) -> None:
        """Take an identifier; an empty one tells nothing."""
        digest = int.from_bytes(hashlib.sha256(identifier.encode("utf-8", "replace")).digest()[: _BITS // 8])
        if not identifier or digest >= self._limit:
            return
        if digest in self._kept:
            self.repeated = self.repeated or identifier
        self._kept.add(digest)
        while len(self._kept) > self._most:
            self._limit //= 2
            self._kept = {kept for kept in self._kept if kept < self._limit}

    def kept(self) -> frozenset[int]:
        """Return the digests of those that are kept."""
        return frozenset(self._kept)
