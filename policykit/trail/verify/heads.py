"""Step 1 of verifying: the checkpoint log, read once as a stream and kept as a hundred bytes a head.

What is kept of a head: its size, its root, where its line begins, and the digest of the log through that line, which
is what records name. The note itself is read again when its signatures are wanted.
"""

from __future__ import annotations

import binascii
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.format.checkpoint_log import (
    CANONICAL_HEAD,
    MAX_LINE_BYTES,
    LogKind,
    LogLine,
    is_beginning,
    read_log_line,
)
from policykit.trail.format.keys import VerifierKey
from policykit.trail.format.merkle import HASH_BYTES
from policykit.trail.format.note import NoteSignature
from policykit.trail.format.regular import open_regular
from policykit.trail.problems import CodedTrailError, shown, trail_problem

_MANY_ALIKE = 8
"""Heads of one size; where there are more, their digests are looked up in a set."""


class HeadLog:
    """The heads of a checkpoint log, in its order, and where its cosignatures and time stamps stand."""

    def __init__(self, path: Path, keys: Sequence[VerifierKey]) -> None:
        self.path = path
        self.origin = ""
        """Which trail the heads name; empty without heads."""
        self.sizes = array("Q")
        self.cosigned: list[tuple[int, int]] = []
        """Size, and where the line begins."""
        self.stamped: list[tuple[int, int]] = []
        self.signer = ""
        """Name and id of the first signature of the first head."""
        self.is_key_named = False
        """Whether a signature line of a head names one of the given keys."""
        self.torn = ""
        """What follows the last line feed, in words; empty when nothing does."""
        self._keys = [_token(key) for key in keys]
        self._roots = bytearray()
        self._digests = bytearray()
        self._offsets = array("Q")
        self._alike: dict[int, dict[bytes, int]] = {}

    def __len__(self) -> int:
        return len(self.sizes)

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the log.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be read.
            CodedTrailError: a line is none of a checkpoint log, or what it says cannot be.
        """
        digest, offset, number = sha256(), 0, 0
        with open_regular(self.path) as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if not line.endswith(b"\n"):
                    self._end(line, number)
                    return
                digest.update(line)
                if self._take(line, offset, number):
                    self._digests += digest.digest()
                offset += len(line)

    def _take(self, line: bytes, offset: int, number: int) -> bool:
        """Keep a line; say whether it is a head."""
        quick = CANONICAL_HEAD.fullmatch(line)
        if quick is not None:
            origin, size, root, signatures = quick.groups()
            if not self.is_key_named:
                self._look_for_keys(_tokens(signatures))
            self._add(origin.decode(), int(size), binascii.a2b_base64(root), offset, number)
            return True
        entry = read_log_line(line, f"{self.path}:{number}")
        if entry.checkpoint is None:
            kept = self.cosigned if entry.kind is LogKind.COSIGNATURE else self.stamped
            kept.append((entry.size, offset))
            return False
        self._look_for_keys((s.name.encode(), s.key_id) for s in entry.checkpoint.note.signatures)
        found = entry.checkpoint.checkpoint
        self._add(found.origin, found.size, found.root, offset, number)
        return True

    def _add(self, origin: str, size: int, root: bytes, offset: int, number: int) -> None:
        self.origin = self.origin or origin
        if origin != self.origin:
            raise trail_problem(
                "PK728", "a checkpoint of another trail", place=f"{self.path}:{number}",
                expected=f"`{shown(self.origin)}`", got=f"`{shown(origin)}`",
            )  # fmt: skip
        if self.sizes and size < self.sizes[-1]:
            raise trail_problem(
                "PK717", "the checkpoint log goes back to a smaller size", place=f"{self.path}:{number}",
                expected=f"at least {self.sizes[-1]}", got=str(size),
            )  # fmt: skip
        if self.sizes and size == self.sizes[-1] and root != self.root(len(self) - 1):
            raise trail_problem(
                "PK705", f"two checkpoints of size {size} have different roots", place=f"{self.path}:{number}",
                help="two histories were signed under one name",
            )  # fmt: skip
        self.sizes.append(size)
        self._offsets.append(offset)
        self._roots += root

    def _look_for_keys(self, signers: Iterable[tuple[bytes, bytes]]) -> None:
        for name, key_id in signers:
            self.signer = self.signer or f"{name.decode()}+{key_id.hex()}"
            if (name, key_id) in self._keys:
                self.is_key_named = True

    def _end(self, data: bytes, number: int) -> None:
        """Take what follows the last line feed: a power cut leaves the beginning of a line, and NULs."""
        line = data.rstrip(b"\0")
        if len(data) > MAX_LINE_BYTES or not is_beginning(line):
            raise trail_problem(
                "PK717", "the checkpoint log ends in something other than the beginning of a line",
                place=f"{self.path}:{number}", got=f"`{shown(line[:60])}`",
            )  # fmt: skip
        self.torn = "in the middle of a line" if line else "in NUL bytes"

    # -- what was kept ------------------------------------------------------------------------------------------------

    def root(self, index: int) -> bytes:
        """Return the root of a head."""
        return bytes(self._roots[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def first_above(self, size: int) -> int:
        """Return the first head of a larger size; `len` when there is none."""
        return bisect_right(self.sizes, size)

    def of_size(self, size: int) -> range:
        """Return the heads of a size."""
        return range(bisect_left(self.sizes, size), bisect_right(self.sizes, size))

    def named(self, size: int, digest: bytes) -> int | None:
        """Return the head of this size whose line ends the part of the log with this digest; None without one."""
        alike = self.of_size(size)
        if len(alike) <= _MANY_ALIKE:
            return next((index for index in alike if self._digest(index) == digest), None)
        if size not in self._alike:
            self._alike[size] = {self._digest(index): index for index in alike}
        return self._alike[size].get(digest)

    def _digest(self, index: int) -> bytes:
        return bytes(self._digests[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    # -- reading again ------------------------------------------------------------------------------------------------

    def notes(self, indices: Iterable[int]) -> Generator[SignedCheckpoint, None, None]:
        """Yield heads with their signatures, read again.

        Raises:
            CodedTrailError: the log was changed meanwhile.
        """
        with self._again() as file:
            for index in indices:
                signed = self._line(file, self._offsets[index]).checkpoint
                found = signed.checkpoint if signed else None
                if signed is None or found is None or (found.size, found.root) != (self.sizes[index], self.root(index)):
                    raise self._changed()
                yield signed

    def note(self, index: int) -> SignedCheckpoint:
        """Return one head."""
        with closing(self.notes((index,))) as found:
            return next(found)

    def cosignatures(self, sizes: Sequence[int] | None = None) -> dict[int, list[NoteSignature]]:
        """Return cosignatures by size, of some sizes or of all."""
        found: dict[int, list[NoteSignature]] = {}
        with self._again() as file:
            for size, offset in self.cosigned:
                if sizes is None or size in sizes:
                    signature = self._line(file, offset).cosignature
                    if signature is None:
                        raise self._changed()
                    found.setdefault(size, []).append(signature)
        return found

    def tokens(self) -> list[tuple[int, bytes]]:
        """Return the time-stamp tokens, each once, with the size of the checkpoint that each is said to be over."""
        with self._again() as file:
            return list(dict.fromkeys((size, self._line(file, offset).token) for size, offset in self.stamped))

    def _again(self) -> BinaryIO:
        try:
            return open_regular(self.path)
        except OSError:
            raise self._changed() from None

    def _line(self, file: BinaryIO, offset: int) -> LogLine:
        file.seek(offset)
        return read_log_line(file.readline(MAX_LINE_BYTES + 1), str(self.path))

    def _changed(self) -> CodedTrailError:
        return trail_problem("PK717", "the checkpoint log was changed while it was read", place=str(self.path))


def _token(key: VerifierKey) -> tuple[bytes, bytes]:
    return key.name.encode(), key.key_id


def _tokens(signatures: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and key id of signature lines in their JSON form."""
    for line in signatures.split(b"\\n")[:-1]:
        _, name, encoded = line.split(b" ")
        yield name, binascii.a2b_base64(encoded[:8])[:4]
