"""Where the files of a trail lie, and the arithmetic of segments and tiles.

    seg/000000.jsonl        records, 65,536 a segment
    tile/<level>/<index>    hashes (C2SP tlog-tiles); a cache that can be rebuilt from the segments
    checkpoint              the newest signed checkpoint
    checkpoints.log         every signed checkpoint, with cosignatures as they arrive
    torn/                   fragments that a crash left, set aside
    lock                    what writers lock while they write; never replaced
    writers                 what writers hold a shared lock on while they have the trail open

Source: C2SP tlog-tiles for tile paths and sizes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

SEGMENT_RECORDS = 65_536
"""256 x 256: a full segment is exactly one hash of tile level 2."""

TILE_HASHES = 256
MAX_RECORD_BYTES = 65_535
"""The length prefix of a tlog-tiles entry bundle has 16 bits."""

MAX_SEGMENT_BYTES = SEGMENT_RECORDS * (MAX_RECORD_BYTES + 1)

_MAX_SEGMENT = (2**63 - 1) // SEGMENT_RECORDS
_SEGMENT_NAME = re.compile(r"(\d{6,15})\.jsonl\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrailPaths:
    """The files below a trail's directory."""

    root: Path

    @property
    def segments(self) -> Path:
        """The directory of the segments."""
        return self.root / "seg"

    @property
    def tiles(self) -> Path:
        """The directory of the tiles."""
        return self.root / "tile"

    @property
    def checkpoint(self) -> Path:
        """The newest signed checkpoint."""
        return self.root / "checkpoint"

    @property
    def checkpoints_log(self) -> Path:
        """Every signed checkpoint."""
        return self.root / "checkpoints.log"

    @property
    def lock(self) -> Path:
        """What writers lock."""
        return self.root / "lock"

    @property
    def writers(self) -> Path:
        """What every open writer holds a shared lock on."""
        return self.root / "writers"

    @property
    def torn(self) -> Path:
        """Where fragments are set aside."""
        return self.root / "torn"

    def segment(self, number: int) -> Path:
        """Return the file of a segment."""
        return self.segments / f"{number:06d}.jsonl"

    def tile(self, level: int, index: int, width: int = TILE_HASHES) -> Path:
        """Return the file of a tile; of a partial one when `width` is below 256."""
        path = self.tiles / str(level) / tile_index_path(index)
        return path if width == TILE_HASHES else path.with_name(f"{path.name}.p") / str(width)

    def segment_numbers(self) -> list[int]:
        """Return the numbers of the segments that exist, in order; other files are not segments."""
        try:
            with os.scandir(self.segments) as entries:
                return sorted(int(entry.name[:-6]) for entry in entries if is_segment_name(entry.name))
        except OSError:
            return []

    def strange_segment(self) -> str:
        """Return the name of something in `seg/` that is not a segment; the first in order, empty without one.

        A segment is a regular file with the canonical name. Two readers could take different files for one segment if
        other names for it, or links, were passed over.
        """
        found = ""
        try:
            with os.scandir(self.segments) as entries:
                for entry in entries:
                    is_segment = is_segment_name(entry.name) and entry.is_file(follow_symlinks=False)
                    if not is_segment and (not found or entry.name < found):
                        found = entry.name
        except OSError:
            return ""
        return found


def is_segment_name(name: str) -> bool:
    """Say whether this is the canonical name of a segment."""
    match = _SEGMENT_NAME.match(name)
    return match is not None and name == f"{int(match[1]):06d}.jsonl" and int(match[1]) <= _MAX_SEGMENT


def tile_index_path(index: int) -> str:
    """Return the index as path elements: 1234067 is `x001/x234/067`. Source: C2SP tlog-tiles."""
    parts = [f"{index % 1000:03d}"]
    index //= 1000
    while index:
        parts.insert(0, f"x{index % 1000:03d}")
        index //= 1000
    return "/".join(parts)


def segment_of(seq: int) -> int:
    """Return the segment that holds a record."""
    return seq // SEGMENT_RECORDS
