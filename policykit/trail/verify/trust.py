"""Which keys count at which heads: the given ones, and those that rotations prove from them. Knows no files.

A rotation is proved by the first head above its record, never by the record:

- forward, from a key that counts to the next: both signed that head;
- backward, from a key that counts there to the one before: the key that counts signed that head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from policykit.trail.format.keys import VerifierKey


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
    """Numbers of heads in the log; None is no end."""

    def covers(self, head: int) -> bool:
        return self.first <= head and (self.last is None or head <= self.last)


HasSigned = Callable[[int, VerifierKey], bool]
"""Says whether a key signed a head; it verifies."""


class TrustedKeys:
    """The keys that count, and from which head to which. Two heads can have one size: what counts is their order."""

    def __init__(self, keys: Iterable[VerifierKey], revoked: Iterable[Revocation]) -> None:
        self._limits: dict[bytes, int] = {}
        for item in revoked:
            self._limits[item.key_id] = min(item.last_size, self._limits.get(item.key_id, item.last_size))
        self._spans: dict[VerifierKey, list[_Span]] = {key: [_Span(0, None)] for key in keys}
        self.settled: set[int] = set()
        """Numbers of the records of rotations that hand over."""

    @property
    def keys(self) -> list[VerifierKey]:
        """All keys that count at some head."""
        return list(self._spans)

    def is_revoked(self, key: VerifierKey, size: int) -> bool:
        """Whether a key's signature over a tree of this size was revoked."""
        limit = self._limits.get(key.key_id)
        return limit is not None and size > limit

    def counts(self, key: VerifierKey, head: int, size: int) -> bool:
        """Whether a key's signature over this head, of this size, counts."""
        return not self.is_revoked(key, size) and self._covers(key, head)

    def _covers(self, key: VerifierKey, head: int) -> bool:
        return any(span.covers(head) for span in self._spans.get(key, ()))

    def settle(self, rotations: Sequence[Rotation], signed: HasSigned) -> Rotation | None:
        """Take over every key that the rotations prove; return one whose new key is missing under its head.

        First backward through all of them, then forward: what is proved backward hands over forward, never the reverse.

        Args:
            rotations: in the order of their records.
            signed: asked about the heads of the rotations.
        """

        def believed(key: VerifierKey, at: Rotation) -> bool:
            return not self.is_revoked(key, at.size) and signed(at.head, key)

        self._look_back(rotations, believed)
        for _, alike in groupby(rotations, key=lambda rotation: rotation.head):
            joined: set[VerifierKey] = set()
            """Keys that an earlier rotation of the same head hands to; those that handed over there count still."""
            for rotation in alike:
                is_new_there = believed(rotation.new, rotation)
                if not is_new_there and self._is_signed(rotation, joined, believed):
                    return rotation
                counts = rotation.old in joined or self._covers(rotation.old, rotation.head)
                if counts and is_new_there and believed(rotation.old, rotation):
                    joined.add(rotation.new)
                    self._hand_over(rotation)
        return None

    def _look_back(self, rotations: Sequence[Rotation], believed: Callable[[VerifierKey, Rotation], bool]) -> None:
        """Count a key up to the head at which a key that counts there took over from it."""
        given, until = set(self._spans), dict[VerifierKey, int]()
        for rotation in reversed(rotations):
            old, new, head = rotation.old, rotation.new, rotation.head
            counts = new in given or until.get(new, -1) >= head
            if counts and old not in given and believed(new, rotation):
                until[old] = max(head, until.get(old, head))
        self._spans.update({key: [_Span(0, last)] for key, last in until.items()})

    def _is_signed(
        self, rotation: Rotation, joined: set[VerifierKey], believed: Callable[[VerifierKey, Rotation], bool]
    ) -> bool:
        """Say whether a key that counts at a rotation's head signed it."""
        return any((key in joined or self._covers(key, rotation.head)) and believed(key, rotation) for key in self.keys)

    def _hand_over(self, rotation: Rotation) -> None:
        """End the old key's spans at the head, and begin one of the new key after it."""
        self.settled.add(rotation.seq)
        for span in self._spans[rotation.old]:
            span.last = rotation.head if span.last is None else min(span.last, rotation.head)
        if not self._covers(rotation.new, rotation.head + 1):
            self._spans.setdefault(rotation.new, []).append(_Span(rotation.head + 1, None))
