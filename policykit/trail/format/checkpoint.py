"""Checkpoints: the size and the root of a trail at one moment, as the text of a signed note.

Source: C2SP tlog-checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.trail.format.merkle import HASH_BYTES
from policykit.trail.format.note import Note, NoteSignature, NoteVerifier, parse_note, verified_signatures
from policykit.trail.problems import shown, trail_problem

_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z", re.ASCII)
MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a tree was when it had `size` leaves."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Lines that we never write and that others may; they are signed, and mean nothing here."""

    def to_text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note that carries it. Nothing is verified by having one."""

    checkpoint: Checkpoint
    note: Note


def parse_checkpoint(data: bytes, place: str = "") -> SignedCheckpoint:
    """Return the checkpoint in a signed note; its signatures are not verified yet.

    Raises:
        CodedTrailError: when the bytes are not a checkpoint.
    """
    note = parse_note(data, place)
    return SignedCheckpoint(parse_checkpoint_text(note.text, place), note)


def parse_checkpoint_text(text: str, place: str = "") -> Checkpoint:
    """Return the checkpoint that a note's text states.

    Raises:
        CodedTrailError: when the text is not at least three lines: origin, size, root.
    """
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise trail_problem("PK706", "not a checkpoint", place=place, expected="three lines: origin, size, root hash")
    origin, size, root, *extensions = lines
    try:
        root_bytes = decode_base64(root)
    except Base64Error:
        root_bytes = b""
    if len(root_bytes) != HASH_BYTES:
        raise trail_problem("PK706", "a root hash that is not base64 of 32 bytes", place=place, got=f"`{shown(root)}`")
    return Checkpoint(origin, parse_size(size, place), root_bytes, tuple(extensions))


def parse_size(text: str, place: str = "") -> int:
    """Return a tree size.

    Raises:
        CodedTrailError: when it is not decimal digits without leading zeros, or beyond 2**63 - 1.
    """
    if not _SIZE.match(text) or int(text) > MAX_SIZE:
        raise trail_problem(
            "PK706", "not a tree size", place=place, expected="digits without leading zeros", got=f"`{shown(text)}`"
        )
    return int(text)


def signatures_by(
    signed: SignedCheckpoint, verifiers: Sequence[NoteVerifier], place: str = ""
) -> tuple[NoteSignature, ...]:
    """Return the signatures of known keys over a checkpoint, at least one.

    Raises:
        CodedTrailError: when no known key signed, or when a known key's signature does not verify.
    """
    good = verified_signatures(signed.note, verifiers)
    if not good:
        names = ", ".join(f"`{shown(s.name)}+{s.key_id.hex()}`" for s in signed.note.signatures[:4])
        raise trail_problem(
            "PK707",
            "no known key signed this checkpoint",
            place=place,
            expected=" or ".join(f"`{v.name}+{v.key_id.hex()}`" for v in verifiers) or "a key",
            got=names,
        )
    return good
