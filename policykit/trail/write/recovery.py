"""Opening: what a crash left is set aside and recorded; damage anywhere else is refused and never repaired.

1. Bytes after the last line feed of the newest segment are a torn record. It was never acknowledged in the modes
   `always` and `group`. They are moved to `torn/`, and a `recovery` record states their length and digest.
2. The newest segment is hashed and its chain checked; older segments are represented by their tiles, which the
   remembered head proves right. When it cannot, everything is hashed.
3. The tree must contain the remembered head. Fewer records than it says, or another root, is a rollback: refused.
4. Records beyond the newest signature are adopted, and the `recovery` record says how many.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from policykit.trail.format.checkpoint import Checkpoint, parse_checkpoint
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.lines import LineBlocks, find_line
from policykit.trail.format.merkle import HASH_BYTES, leaf_hash
from policykit.trail.format.note import NoteVerifier, verified_signatures
from policykit.trail.format.pruned_segments import named_segments, prune_records
from policykit.trail.format.record import HEADER, HEADER_BYTES, NO_PREVIOUS
from policykit.trail.format.tiles import TileTree, read_tile
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.storage.local import LocalDisk, failing_as
from policykit.trail.write.signing.signed_log import Named
from policykit.trail.write.unsigned_records import UnsignedRecords

_OLD_KEY = re.compile(rb'"old_key":"[^"+]*\+([0-9a-f]{8})\+')
_NEW_KEY_ID = re.compile(rb'"new_key_id":"([0-9a-f]{8})"')
ANOTHER_TRAIL = "if another trail of this name is written on this host, give each its own name or state directory"
_PIECE_BYTES = 1 << 16
_MAX_TORN_BYTES = 1 << 26
"""A torn group is smaller; file systems fill it with zeros at worst."""


@dataclass(frozen=True, slots=True)
class Torn:
    """A fragment that was set aside."""

    file: str
    """Relative to the trail's directory."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """A `key_rotation` record."""

    seq: int
    old_id: str
    """The key's id in hexadecimal digits; `?` where the record does not say."""
    new_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """What opening found."""

    seq: int
    """The number of records."""
    prev: str
    segment: int
    segment_bytes: int
    rotation: Rotation | None
    """The last rotation among the records that were read."""
    named: Named | None
    """The newest head that a record read names; None when none names one."""
    at: Mapping[int, str]
    """The leaf hash of the last record at each size that was asked for."""


def set_torn_tail_aside(paths: TrailPaths, disk: LocalDisk) -> Torn | None:
    """Move what follows the newest segment's last line feed into `torn/`. Requires the trail's lock."""
    numbers = paths.segment_numbers()
    if not numbers:
        return None
    path = paths.segment(numbers[-1])
    start, fragment = _torn_tail(path)
    if not fragment:
        return None
    digest = hashlib.sha256(fragment).hexdigest()
    name = f"torn/{numbers[-1]:06d}-{start}-{digest[:16]}"
    disk.make_directory(paths.torn)
    disk.replace(paths.root / name, fragment, durable=True)
    with failing_as("set a torn record aside", path):
        disk.sync_directory(paths.torn)
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            disk.truncate(handle, start)
            disk.sync(handle)
        finally:
            os.close(handle)
    return Torn(name, len(fragment), digest)


def _torn_tail(path: Path) -> tuple[int, bytes]:
    """Return where the bytes after the last line feed begin, and those bytes, looking backwards from the end."""
    with failing_as("read the segment", path), path.open("rb") as file:
        start = file.seek(0, os.SEEK_END)
        pieces: list[bytes] = []
        while start > 0 and len(pieces) < _MAX_TORN_BYTES // _PIECE_BYTES:
            count = min(_PIECE_BYTES, start)
            start -= count
            file.seek(start)
            piece = file.read(count)
            cut = piece.rfind(b"\n") + 1
            pieces.append(piece[cut:])
            if cut:
                start += cut
                break
        else:
            if start:
                raise trail_problem("PK710", "the newest segment has no line for too long", place=str(path))
    return start, b"".join(reversed(pieces))


def load(
    paths: TrailPaths, tree: TileTree, known: list[Checkpoint], marks: AbstractSet[int], unsigned: UnsignedRecords
) -> Found:
    """Fill the tree from the stored records; return where they end.

    Args:
        paths: the trail, which has at least one segment.
        tree: an empty tree.
        known: heads that must be part of the tree.
        marks: sizes at which the hash of the last record is wanted.
        unsigned: takes every record that is read, and refuses what may not be signed.

    Raises:
        CodedTrailError: for damage, for missing segments, and when a known head is not part of the tree.
    """
    numbers = paths.segment_numbers()
    newest = numbers[-1]
    start = newest * SEGMENT_RECORDS
    if newest and any(head.size > start for head in known):
        # A head beyond the older segments proves the tiles that stand for them, or shows that they are wrong.
        shortcut = _from_tiles(paths, tree, newest)
        if shortcut is not None:
            try:
                return _load_segments(
                    paths, tree, [newest], shortcut, [h for h in known if h.size > start], marks, unsigned
                )
            except CodedTrailError as problem:
                if problem.diagnostics[0].code not in {"PK705", "PK710"}:  # what wrong tiles look like
                    raise
        tree.clear()
    return _load_everything(paths, tree, numbers, known, marks, unsigned)


def _load_everything(  # noqa: PLR0913, PLR0917 - as `_load_segments`
    paths: TrailPaths,
    tree: TileTree,
    numbers: list[int],
    known: list[Checkpoint],
    marks: AbstractSet[int],
    unsigned: UnsignedRecords,
) -> Found:
    first = numbers[0]
    if numbers != list(range(first, numbers[-1] + 1)):
        raise trail_problem("PK715", "a segment is missing", place=str(paths.segments))
    later = [head for head in known if head.size > first * SEGMENT_RECORDS]
    prev = NO_PREVIOUS
    if first:
        prev = _from_tiles(paths, tree, first) or _from_prune_records(paths, tree, first, is_provable=bool(later))
    return _load_segments(paths, tree, numbers, prev, later, marks, unsigned)


def _from_tiles(paths: TrailPaths, tree: TileTree, segments: int) -> str | None:
    """Put one hash a segment into an empty tree; return what the next record's `prev` must be, None without tiles."""
    hashes: list[bytes] = []
    for index in range((segments + 255) // 256):
        width = min(256, segments - index * 256)
        full = paths.tile(2, index)
        candidates = [full, *(paths.tile(2, index, w) for w in range(width, 256))]
        data = next((d for path in candidates if (d := read_tile(path)) and len(d) >= width * HASH_BYTES), None)
        if data is None:
            return None
        hashes.extend(data[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(width))
    last = read_tile(paths.tile(0, segments * 256 - 1))
    if last is None:
        return None
    for root in hashes:
        tree.append_full(root, 2)
    return last[-HASH_BYTES:].hex()


def _from_prune_records(paths: TrailPaths, tree: TileTree, segments: int, *, is_provable: bool) -> str:
    """Put the roots that prune records name into an empty tree; return the `prev` of the first record that is left.

    Tiles are a cache, so a pruned trail opens without them. A head over later records proves the roots; without one
    (`is_provable`) nothing would, and whoever can write the folder could make up a beginning.

    Raises:
        CodedTrailError: nothing stands for the missing beginning.
    """
    named: dict[int, str] = {}
    for record in prune_records(paths) if is_provable else ():
        named |= named_segments(record)
    missing = next((number for number in range(segments) if number not in named), None)
    if missing is not None:
        raise trail_problem(
            "PK715", f"segment {missing} is missing, and neither tiles nor a prune record stand for it",
            place=str(paths.segments), help="restore the trail from a copy",
        )  # fmt: skip
    for number in range(segments):
        tree.append_full(bytes.fromhex(named[number]), 2)
    header = HEADER.match(find_line(paths, segments * SEGMENT_RECORDS))
    assert header is not None  # `find_line` returns records
    return header[2].decode()


def _load_segments(  # noqa: PLR0913, PLR0917 - what is read and what it is held against
    paths: TrailPaths,
    tree: TileTree,
    numbers: list[int],
    prev: str,
    known: list[Checkpoint],
    marks: AbstractSet[int],
    unsigned: UnsignedRecords,
) -> Found:
    roots = {head.size: head.root for head in known}
    at: dict[int, str] = {}
    offset = 0
    named: Named | None = None
    rotation: Rotation | None = None
    for number in numbers:
        path = paths.segment(number)
        offset = 0
        with failing_as("read the segment", path), path.open("rb") as file:
            blocks = LineBlocks(file)
            for lines in blocks:
                for line in lines:
                    header = _check(line, tree.size, prev, f"{path} at byte {offset}")
                    unsigned.take(line, tree.size)
                    leaf = leaf_hash(line)
                    tree.append(leaf)
                    prev = leaf.hex()
                    named = Named(int(header[5]), header[6].decode()) if header[5] else named
                    offset += len(line) + 1
                    rotation = rotation_of(line, tree.size - 1) or rotation
                    if tree.size in marks:
                        at[tree.size] = prev
                    if tree.size in roots and roots[tree.size] != tree.root():
                        raise trail_problem(
                            "PK705", f"the tree of {tree.size} records is not the one signed", place=str(path),
                            help=f"restore the trail from a copy; {ANOTHER_TRAIL}",
                        )  # fmt: skip
        is_last = number == numbers[-1]
        if blocks.fragment or (not is_last and tree.size != (number + 1) * SEGMENT_RECORDS):
            raise trail_problem("PK710", "a segment ends early", place=str(path), help="restore it from a copy")
    largest = max(roots, default=0)
    if largest > tree.size:
        raise trail_problem(
            "PK711", "the trail is shorter than its remembered head", place=str(paths.root),
            expected=f"at least {largest} records", got=str(tree.size),
            help=f"the trail was rolled back or cut: restore it, or begin one under another name; {ANOTHER_TRAIL}",
        )  # fmt: skip
    return Found(tree.size, prev, numbers[-1], offset, rotation, named, at)


def rotation_of(line: bytes, seq: int) -> Rotation | None:
    """Return the rotation that a record is; None for any other record."""
    if b'"type":"key_rotation"' not in line[:HEADER_BYTES]:
        return None
    old, new = _OLD_KEY.search(line), _NEW_KEY_ID.search(line)
    return Rotation(seq, old[1].decode() if old else "?", new[1].decode() if new else "?")


def _check(line: bytes, seq: int, prev: str, place: str) -> re.Match[bytes]:
    header = HEADER.match(line)
    if header is None or int(header[1]) != seq or header[2].decode() != prev or seq >= 2**62:
        raise trail_problem(
            "PK710", f"record {seq} does not follow the one before", place=place, got=shown(line[:60]),
            help="damage that no crash explains is not repaired; restore the trail from a copy",
        )  # fmt: skip
    return header


def published_head(paths: TrailPaths, verifiers: list[NoteVerifier], origin: str) -> Checkpoint | None:
    """Return the published checkpoint if a key of ours signed it; None when there is none that can be used."""
    try:
        data = paths.checkpoint.read_bytes()
        signed = parse_checkpoint(data, str(paths.checkpoint))
        good = verified_signatures(signed.note, verifiers)
    except (OSError, CodedTrailError):
        return None
    return signed.checkpoint if good and signed.checkpoint.origin == origin else None
