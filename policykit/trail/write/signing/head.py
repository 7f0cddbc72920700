"""The remembered head: the last checkpoint that was signed, kept in another directory than the trail.

Whoever rolls the trail's directory back to an older state does not thereby roll this back. Before each signature the
writer compares it with the tree and swaps it for the new head, durably; only then is the signature made.

The file holds two slots of 512 bytes that are written in turn, each with a counter and a digest of itself, so that
a write torn by a crash costs the newer slot and never the older.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from policykit.encoding.base64 import decode_base64, encode_base64
from policykit.errors import PolicykitError
from policykit.trail.format.checkpoint import Checkpoint, parse_checkpoint_text
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import STATE_DIRECTORY_MODE, LocalDisk, failing_as, storage_failed

_SLOT_BYTES = 512
_MAGIC = "policykit-head/v1"


def state_file(directory: Path, origin: str, kind: str) -> Path:
    """Return where something about one origin's trail is kept outside of it."""
    return directory / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.{kind}"


@dataclass(frozen=True, slots=True)
class _Slot:
    counter: int
    head: Checkpoint


class RememberedHead:
    """The file that remembers the head of one origin. Callers hold the trail's lock."""

    def __init__(self, directory: Path, origin: str, disk: LocalDisk) -> None:
        self.path = state_file(directory, origin, "head")
        self._origin = origin
        self._disk = disk
        self._slots: dict[int, tuple[bytes, _Slot | None]] = {}
        """What each place held when it was last read or written, so that it is parsed only when it changed."""

    def read(self) -> Checkpoint | None:
        """Return the remembered head, None when none was ever remembered.

        Raises:
            CodedTrailError: when the file holds no readable head, or that of another origin.
        """
        slot = self._newest()
        return slot.head if slot else None

    def swap(self, expected: Checkpoint | None, new: Checkpoint) -> None:
        """Remember `new`, durably, if what is remembered is still `expected`.

        Raises:
            CodedTrailError: when something else is remembered.
        """
        newest = self._newest()
        if (newest.head if newest else None) != expected:
            raise trail_problem("PK711", "the remembered head changed under this writer", place=str(self.path))
        counter = newest.counter + 1 if newest else 0
        self._disk.make_directory(self.path.parent, STATE_DIRECTORY_MODE)
        with failing_as("remember the head", self.path):
            handle = self._disk.open_state(self.path)
            slot, at = _Slot(counter, new), (counter & 1) * _SLOT_BYTES
            data = _encode(slot)
            try:
                self._disk.write_at(handle, data, at)
                self._slots[at] = data, slot
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)

    def _newest(self) -> _Slot | None:
        try:
            with open(self.path, "rb") as file:
                data = file.read(2 * _SLOT_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise storage_failed("read the remembered head", self.path, error) from None
        slots = [slot for at in (0, _SLOT_BYTES) if (slot := self._slot(at, data[at : at + _SLOT_BYTES])) is not None]
        if not slots:
            if not data.strip(b"\0"):
                return None  # created, and the crash came before the first write
            raise trail_problem("PK711", "the remembered head cannot be read", place=str(self.path))
        newest = max(slots, key=lambda slot: slot.counter)
        if newest.head.origin != self._origin:
            raise trail_problem("PK711", "the remembered head is that of another trail", place=str(self.path))
        return newest

    def _slot(self, at: int, data: bytes) -> _Slot | None:
        known = self._slots.get(at)
        if known is None or known[0] != data:
            known = self._slots[at] = data, _decode(data)
        return known[1]


def _encode(slot: _Slot) -> bytes:
    text = f"{_MAGIC}\n{slot.counter}\n{slot.head.to_text()}"
    digest = encode_base64(hashlib.sha256(text.encode()).digest())
    return f"{text}{digest}\n".encode().ljust(_SLOT_BYTES, b"\0")


def _decode(data: bytes) -> _Slot | None:
    try:
        text = data.rstrip(b"\0").decode()
        magic, counter, rest = text.split("\n", 2)
        body, digest, _ = rest.rsplit("\n", 2)
        good = hashlib.sha256(f"{magic}\n{counter}\n{body}\n".encode()).digest() == decode_base64(digest)
        if magic != _MAGIC or not good:
            return None
        return _Slot(int(counter), parse_checkpoint_text(f"{body}\n"))
    except (ValueError, PolicykitError):
        return None
