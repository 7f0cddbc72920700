"""Which keys count at which sizes: the given ones, and those that rotations prove from them. Knows no files.

A rotation is proved by the first head above its record, never by the record:

- forward, from a key that counts to the next: both signed that head;
- backward, from a key that counts there to the one before: the key that counts signed that head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from policykit.trail.keys import VerifierKey


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key whose signatures do not count beyond a size."""

    key_id: bytes
    last_size: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """A record that hands signing over, and the first head of a larger size."""

    seq: int
    old: VerifierKey
    new: VerifierKey
    head: int
    size: int
    """Of that head."""


@dataclass(slots=True)
class _Span:
    first: int
    last: int | None

    def covers(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


class Trust:
    """The keys that count, and from which size to which."""

    def __init__(self, keys: Iterable[VerifierKey], revoked: Iterable[Revocation]) -> None:
        self._limits: dict[bytes, int] = {}
        for item in revoked:
            self._limits[item.key_id] = min(item.last_size, self._limits.get(item.key_id, item.last_size))
        self._spans: dict[VerifierKey, list[_Span]] = {key: [_Span(0, None)] for key in keys}
        self.settled: set[int] = set()
        """Numbers of the records of rotations that are proved."""

    @property
    def keys(self) -> list[VerifierKey]:
        """All keys that count at some size."""
        return list(self._spans)

    def counts(self, key: VerifierKey, size: int) -> bool:
        """Whether a key's signature over a head of this size counts."""
        limit = self._limits.get(key.key_id)
        is_revoked = limit is not None and size > limit
        return not is_revoked and any(span.covers(size) for span in self._spans.get(key, ()))

    def counting(self, size: int) -> list[VerifierKey]:
        """Return the keys that count at a size."""
        return [key for key in self._spans if self.counts(key, size)]

    def settle(
        self,
        rotations: Sequence[Rotation],
        signed: Callable[[int, VerifierKey], bool],
    ) -> None:
        """Take over every key that the rotations prove.

        Args:
            rotations: in the order of their records.
            signed: says whether a key signed a head; it verifies.
        """
        for rotation in rotations:
            self._forward(rotation, signed)
        for rotation in reversed(rotations):
            self._backward(rotation, signed)

    def _forward(self, rotation: Rotation, signed: Callable[[int, VerifierKey], bool]) -> None:
        if not self.counts(rotation.old, rotation.size):
            return
        if signed(rotation.head, rotation.old) and signed(rotation.head, rotation.new):
            self._spans.setdefault(rotation.new, []).append(_Span(rotation.size, None))
            self._close(rotation)

    def _backward(self, rotation: Rotation, signed: Callable[[int, VerifierKey], bool]) -> None:
        if rotation.seq in self.settled or not self.counts(rotation.new, rotation.size):
            return
        if signed(rotation.head, rotation.new):
            self._spans.setdefault(rotation.old, []).append(_Span(0, rotation.size))
            self._close(rotation)

    def _close(self, rotation: Rotation) -> None:
        """End the old key's span at the head of the rotation."""
        self.settled.add(rotation.seq)
        for span in self._spans[rotation.old]:
            if rotation.old != rotation.new and span.covers(rotation.size):
                span.last = rotation.size
