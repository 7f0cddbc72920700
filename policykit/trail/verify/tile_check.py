"""Step 8 of verifying, tiles: those that stand for whole segments, those of later records, and files that are no tiles.

A writer may be at work. The tiles are read last, so there may be tiles of records that were appended after the segments
were read. Such a tile is looked at again: the records that it stands for are there by then, or it is wrong.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from policykit.trail.format.layout import SEGMENT_RECORDS, TILE_HASHES, TrailPaths
from policykit.trail.format.lines import count_lines, file_size, lines_from
from policykit.trail.format.merkle import HASH_BYTES, leaf_hash, perfect_root
from policykit.trail.format.tiles import read_tile
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.verify.scan import tile_problem
from policykit.trail.verify.state import VerifyState

_TILE = re.compile(r"([0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?\Z", re.ASCII)

_MAX_DEPTH = 12
"""Directories below each other in `tile/`: the largest index has seven parts. A thousand would end Python's stack."""


def check_tiles(state: VerifyState) -> None:
    """Compare the tiles of level 2 and above, those of later records, and name files that are no tiles."""
    if state.broken:
        return  # there is nothing to compare with
    later = _Later(state)
    for level, index, width in state.wider_tiles:
        later.check(level, index, width)
    known, pruned = _levels(state), _Pruned(state)
    for name in _names(state.paths):
        tile = _tile(state.paths, name)
        if tile is None:
            if ".tmp" not in name:  # what a crash leaves of a tile that was being written
                state.wrong_tile(trail_problem("PK716", "a file that is not a tile", place=f"tile/{shown(name, 200)}"))
            continue
        level, index, width = tile
        if (index * TILE_HASHES + width) * TILE_HASHES**level > state.size:
            if tile not in later.seen:
                later.check(level, index, width)
        elif level in known:
            hashes = known[level][index * TILE_HASHES : index * TILE_HASHES + width]
            if read_tile(state.paths.tiles / name) != b"".join(hashes) and os.path.lexists(state.paths.tiles / name):
                state.wrong_tile(tile_problem(f"tile/{name}"))
        elif (index + 1) * TILE_HASHES ** (level + 1) <= state.pruned:
            pruned.check(level, index, width)


def _levels(state: VerifyState) -> dict[int, list[bytes]]:
    """Return the hashes of level 2 and above, of the records that were read."""
    levels = {2: list(state.segment_roots)}
    while len(levels[max(levels)]) >= TILE_HASHES:
        below = levels[max(levels)]
        full = len(below) // TILE_HASHES
        levels[max(levels) + 1] = [perfect_root(below[at * TILE_HASHES : (at + 1) * TILE_HASHES]) for at in range(full)]
    return levels


class _Pruned:
    """Tiles below level 2 of records that were pruned: the roots of their segments are known, and prove them."""

    def __init__(self, state: VerifyState) -> None:
        self._state = state

    def check(self, level: int, index: int, width: int) -> None:
        """Compare a tile with the root over it; a partial one, which no root covers, with the full one."""
        path = self._state.paths.tile(level, index, width)
        if level == 0 and self._proved(1, index // TILE_HASHES) is None:
            return  # nothing is left that would tell; the tile above is missing, or reported itself
        full = self._proved(level, index)
        if full is None and width < TILE_HASHES:
            return  # nothing is left that would tell
        if full is None or read_tile(path) != full[: width * HASH_BYTES]:
            self._state.wrong_tile(tile_problem(str(path)))

    def _proved(self, level: int, index: int) -> bytes | None:
        """Return the full tile if its root is the one that is known."""
        data = read_tile(self._state.paths.tile(level, index))
        if data is None or len(data) != TILE_HASHES * HASH_BYTES:
            return None
        root = perfect_root([data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])
        if level == 1:
            return data if root == self._state.segment_roots[index] else None
        above, at = self._proved(1, index // TILE_HASHES), index % TILE_HASHES * HASH_BYTES
        return data if above is not None and above[at : at + HASH_BYTES] == root else None


class _Later:
    """Tiles that stand for more records than were read."""

    def __init__(self, state: VerifyState) -> None:
        self._state = state
        self._end = -1
        """How many records the trail had when they were last counted, and in `_length` the last segment's length."""
        self._length = (-1, -1)
        self._hashes: dict[tuple[int, int], bytes] = {}
        self.seen: set[tuple[int, int, int]] = set()

    def check(self, level: int, index: int, width: int) -> None:
        """Compare a tile with the records as they are now."""
        tile = (level, index, width)
        self.seen.add(tile)
        path = self._state.paths.tile(*tile)
        end = (index * TILE_HASHES + width) * TILE_HASHES**level
        if end > self._end and end > self._stored_now():
            if os.path.lexists(path):
                self._state.wrong_tile(_ahead(path))
            return
        try:
            hashes = b"".join(self._node(level, index * TILE_HASHES + at) for at in range(width))
        except CodedTrailError as problem:
            self._state.wrong_tile(problem)
            return
        if read_tile(path) != hashes and os.path.lexists(path):
            self._state.wrong_tile(tile_problem(str(path)))

    def _node(self, level: int, index: int) -> bytes:
        """Return the root over the 256**level records number `index`; of records that were not read, from the files."""
        known = self._hashes.get((level, index))
        if known is not None:
            return known
        if level == 0:
            tile = index // TILE_HASHES
            end = min((tile + 1) * TILE_HASHES, self._end)
            for at, line in enumerate(lines_from(self._state.paths, tile * TILE_HASHES, end), tile * TILE_HASHES):
                self._hashes[0, at] = leaf_hash(line)
            return self._hashes[0, index]
        if level == 2 and index < len(self._state.segment_roots):
            return self._state.segment_roots[index]
        first = index * TILE_HASHES
        root = perfect_root([self._node(level - 1, at) for at in range(first, first + TILE_HASHES)])
        self._hashes[level, index] = root
        return root

    def _stored_now(self) -> int:
        """Return how many records the trail has by now; counted anew only when it grew."""
        paths = self._state.paths
        numbers = paths.segment_numbers()
        length = (numbers[-1], file_size(paths.segment(numbers[-1]))) if numbers else (-1, 0)
        if length != self._length:
            self._end, self._length = stored_records(paths), length
        return self._end


def _ahead(path: Path) -> CodedTrailError:
    return trail_problem(
        "PK716", "a tile stands for records that do not exist", place=str(path),
        help="the trail may have been cut back: compare it with a head that was kept elsewhere (--head)",
    )  # fmt: skip


def stored_records(paths: TrailPaths) -> int:
    """Return how many whole records a trail has, by counting the lines of its last segment. Nothing is verified.

    Raises:
        CodedTrailError: the segment cannot be read.
    """
    numbers = paths.segment_numbers()
    return numbers[-1] * SEGMENT_RECORDS + count_lines(paths.segment(numbers[-1])) if numbers else 0


def _tile(paths: TrailPaths, name: str) -> tuple[int, int, int] | None:
    """Return level, index and width of a tile's name; None when a tile is not called that."""
    match = _TILE.match(name)
    if match is None:
        return None
    level, index = int(match[1]), int(match[2].replace("/", "").replace("x", "") or 0)
    width = int(match[3] or TILE_HASHES)
    is_partial = match[3] is not None
    if level > 7 or index >= 1 << 56 or not 0 < width <= TILE_HASHES or (is_partial and width == TILE_HASHES):
        return None
    is_canonical = str(paths.tile(level, index, width).relative_to(paths.tiles)).replace(os.sep, "/") == name
    return (level, index, width) if is_canonical else None


def _names(paths: TrailPaths) -> Iterator[str]:
    if os.path.lexists(paths.tiles) and not paths.tiles.is_dir():
        yield ""
    for directory, folders, names in os.walk(paths.tiles):
        folders.sort()
        relative = os.path.relpath(directory, paths.tiles)
        before = "" if relative == "." else f"{relative.replace(os.sep, '/')}/"
        if before.count("/") > _MAX_DEPTH:
            folders.clear()
            yield before
        yield from (f"{before}{name}" for name in sorted(names))
        yield from (f"{before}{name}" for name in folders if _TILE.match(f"{before}{name}"))
