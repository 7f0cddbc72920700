"""Proofs that travel: one record is in the trail; a later trail begins with an earlier one.

Source: C2SP tlog-proof (inclusion); RFC 6962 section 2.1.2 (consistency; the file form is ours, after tlog-proof).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.trail.checkpoint import SignedCheckpoint, parse_checkpoint, parse_size, signatures_by
from policykit.trail.checkpoint_log import last_logged
from policykit.trail.layout import TrailPaths
from policykit.trail.lines import find_line
from policykit.trail.merkle import HASH_BYTES, MAX_PROOF_HASHES, leaf_hash, verify_consistency, verify_inclusion
from policykit.trail.note import MAX_NOTE_BYTES, NoteVerifier
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.regular import open_regular, reason_of
from policykit.trail.tiles import TileReader, consistency_proof, inclusion_proof

_INCLUSION = "c2sp.org/tlog-proof@v1"
_CONSISTENCY = "policykit-consistency-proof/v1"
_MAX_PROOF_BYTES = MAX_NOTE_BYTES + 8192


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The proof that record `index` is in the tree of a checkpoint. The record travels beside it."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: SignedCheckpoint

    def to_bytes(self) -> bytes:
        """Return the `.tlog-proof` file."""
        lines = [_INCLUSION, f"index {self.index}", *map(encode_base64, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint.note.to_bytes()


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The proof that the tree of the second checkpoint begins with that of the first."""

    old: SignedCheckpoint
    hashes: tuple[bytes, ...]
    new: SignedCheckpoint

    def to_bytes(self) -> bytes:
        """Return the proof file: a title, the hashes, an empty line, and the two notes, the older first.

        Each note is announced by its length, because notes hold empty lines.
        """
        old, new = self.old.note.to_bytes(), self.new.note.to_bytes()
        lines = [_CONSISTENCY, f"notes {len(old)} {len(new)}", *map(encode_base64, self.hashes), ""]
        return "".join(f"{line}\n" for line in lines).encode() + old + new


def published_checkpoint(path: str | os.PathLike[str]) -> SignedCheckpoint:
    """Return the newest checkpoint of a trail; its signatures are not verified here.

    That is the published one, unless a power cut left an older one, or none, and the log knows better.

    Raises:
        CodedTrailError: when there is none.
    """
    paths = TrailPaths(Path(path))
    logged = last_logged(paths.checkpoints_log)
    try:
        published = _published(paths)
    except CodedTrailError:
        if logged is None:
            raise
        return logged
    is_older = logged is not None and published.checkpoint.size < logged.checkpoint.size
    return logged if is_older and logged is not None else published


def _published(paths: TrailPaths) -> SignedCheckpoint:
    try:
        with open_regular(paths.checkpoint) as file:
            data = file.read(MAX_NOTE_BYTES + 1)
    except OSError as error:
        raise trail_problem(
            "PK706", f"cannot read the checkpoint: {reason_of(error)}", place=str(paths.checkpoint),
            help="give the trail's own folder, the one that holds `seg`",
        ) from None  # fmt: skip
    return parse_checkpoint(data, str(paths.checkpoint))


def prove_inclusion(path: str | os.PathLike[str], index: int) -> tuple[bytes, InclusionProof]:
    """Return a record's bytes and the proof that it is in the published checkpoint's tree, from a few tiles.

    Raises:
        CodedTrailError: when the record is not there, or when the tiles do not lead to the signed root.
    """
    signed = published_checkpoint(path)
    paths, size = TrailPaths(Path(path)), signed.checkpoint.size
    if not 0 <= index < size:
        raise trail_problem("PK720", f"record {index} is not in the checkpoint of size {size}", place=str(path))
    record = find_line(paths, index)
    hashes = inclusion_proof(index, size, TileReader(paths, size).node)
    if not verify_inclusion(leaf_hash(record), index, size, hashes, signed.checkpoint.root):
        raise trail_problem(
            "PK721", f"no proof of record {index} leads to the signed root", place=str(path),
            help="the trail or its tiles were changed: verify the trail; `policykit trail tiles` writes tiles again",
        )  # fmt: skip
    return record, InclusionProof(index, tuple(hashes), signed)


def prove_consistency(path: str | os.PathLike[str], old: SignedCheckpoint) -> ConsistencyProof:
    """Return the proof that the published checkpoint's tree begins with that of an older one.

    Raises:
        CodedTrailError: when it does not, or when the older one is larger.
    """
    new = published_checkpoint(path)
    first, second = old.checkpoint, new.checkpoint
    if first.origin != second.origin:
        raise trail_problem("PK728", "a checkpoint of another trail", expected=f"`{second.origin}`")
    hashes = consistency_proof(first.size, second.size, TileReader(TrailPaths(Path(path)), second.size).node)
    if not verify_consistency(first.size, first.root, second.size, second.root, hashes):
        raise trail_problem("PK718", f"the trail does not begin with the one of size {first.size}", place=str(path))
    return ConsistencyProof(old, tuple(hashes), new)


def check_inclusion(proof: InclusionProof, record: bytes, keys: Sequence[NoteVerifier]) -> None:
    """Return when a proof holds for a record's bytes, under one of these keys.

    Raises:
        CodedTrailError: when it does not.
    """
    checkpoint = proof.checkpoint.checkpoint
    _signed_by_origin(proof.checkpoint, keys)
    if not verify_inclusion(leaf_hash(record), proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise trail_problem(
            "PK721", f"this is not record {proof.index} of `{checkpoint.origin}`",
            help="give the record's bytes exactly as stored, without the line feed",
        )  # fmt: skip


def check_consistency(proof: ConsistencyProof, keys: Sequence[NoteVerifier]) -> None:
    """Return when a consistency proof holds, under one of these keys.

    Raises:
        CodedTrailError: when it does not.
    """
    old, new = proof.old.checkpoint, proof.new.checkpoint
    _signed_by_origin(proof.old, keys)
    _signed_by_origin(proof.new, keys)
    if old.origin != new.origin or not verify_consistency(old.size, old.root, new.size, new.root, proof.hashes):
        raise trail_problem("PK721", f"size {new.size} does not begin with size {old.size}")


def _signed_by_origin(signed: SignedCheckpoint, keys: Sequence[NoteVerifier]) -> None:
    good = signatures_by(signed, keys)
    if all(signature.name != signed.checkpoint.origin for signature in good):
        raise trail_problem("PK728", "signed by a key of another trail", expected=f"`{signed.checkpoint.origin}`")


def parse_inclusion_proof(data: bytes, place: str = "") -> InclusionProof:
    """Return the proof in a `.tlog-proof` file.

    Raises:
        CodedTrailError: when the file is not such a proof.
    """
    lines, note = _split(data, _INCLUSION, place)
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]  # unauthenticated, and nothing here needs it
    if not lines or not lines[0].startswith("index "):
        raise trail_problem("PK720", "a proof without an index", place=place, expected="`index <number>`")
    index = parse_size(lines[0].removeprefix("index "), place)
    return InclusionProof(index, _hashes(lines[1:], place), parse_checkpoint(note, place))


def parse_consistency_proof(data: bytes, place: str = "") -> ConsistencyProof:
    """Return the proof in a consistency proof file.

    Raises:
        CodedTrailError: when the file is not such a proof.
    """
    lines, notes = _split(data, _CONSISTENCY, place)
    words = lines[0].split(" ") if lines else []
    if len(words) != 3 or words[0] != "notes":
        raise trail_problem("PK720", "a proof without its notes", place=place, expected="`notes <length> <length>`")
    first, second = parse_size(words[1], place), parse_size(words[2], place)
    if first + second != len(notes):
        raise trail_problem("PK720", "a proof whose notes have another length", place=place)
    old, new = parse_checkpoint(notes[:first], place), parse_checkpoint(notes[first:], place)
    return ConsistencyProof(old, _hashes(lines[1:], place), new)


def _split(data: bytes, title: str, place: str) -> tuple[list[str], bytes]:
    head, separator, note = data.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if len(data) > _MAX_PROOF_BYTES or not separator or lines[0] != title:
        raise trail_problem(
            "PK720", "not a proof", place=place, expected=f"the first line `{title}`, and an empty line"
        )
    return lines[1:], note


def _hashes(lines: list[str], place: str) -> tuple[bytes, ...]:
    if len(lines) > MAX_PROOF_HASHES:
        raise trail_problem("PK720", "a proof that is too long", place=place, expected=f"at most {MAX_PROOF_HASHES}")
    try:
        hashes = tuple(map(decode_base64, lines))
    except Base64Error:
        hashes = (b"",)
    if any(len(item) != HASH_BYTES for item in hashes):
        raise trail_problem("PK720", "a proof with a line that is no hash", place=place, expected="base64 of 32 bytes")
    return hashes
