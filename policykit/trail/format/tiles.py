"""Tiles: the hashes of the tree in files of 256, so that a proof needs a handful of them and never the trail.

Source: C2SP tlog-tiles. Tiles are a cache: what they hold follows from the segments, and nothing trusts them. A proof
made from a wrong tile does not verify; `policykit trail verify` compares every tile with the records.

Full tiles and the partial ones of level 1 and above are written as the trail grows; partial tiles of level 0 when it is
closed. A proof that needs a missing one of level 0 hashes the at most 255 records that it would hold.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from policykit.trail.format.layout import TILE_HASHES, TrailPaths
from policykit.trail.format.lines import lines_from
from policykit.trail.format.merkle import HASH_BYTES, Frontier, leaf_hash, perfect_root, root_of_subtrees
from policykit.trail.format.regular import open_regular
from policykit.trail.problems import shown, trail_problem

Emit = Callable[[int, int, list[bytes]], None]
"""Takes a level, a tile's index in it, and the tile's hashes whenever a tile changed that should be kept."""


class TileTree:
    """A growing tree that remembers, at each level, the hashes of the tile it is filling."""

    __slots__ = ("_emit", "_frontiers", "_hashes", "size")

    def __init__(self, emit: Emit | None = None) -> None:
        self.size = 0
        self._emit = emit
        self._hashes: list[list[bytes]] = [[]]
        self._frontiers: list[Frontier] = [Frontier()]

    def clear(self) -> None:
        """Forget every leaf."""
        self.size, self._hashes, self._frontiers = 0, [[]], [Frontier()]

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        hashes = self._hashes[0]
        hashes.append(leaf)
        self._frontiers[0].append(leaf)
        self.size += 1
        if len(hashes) == TILE_HASHES:
            self._finish_tile(0)

    def append_full(self, root: bytes, level: int) -> None:
        """Add the root of a full tile of `level - 1` without its leaves. Requires the tree to end at its start."""
        if any(self._hashes[lower] for lower in range(min(level, len(self._hashes)))):
            raise ValueError("the tile does not begin where the tree ends")
        self.size += TILE_HASHES**level
        self._add(level, root)

    def _finish_tile(self, level: int) -> None:
        hashes, frontier = self._hashes[level], self._frontiers[level]
        if self._emit is not None:
            self._emit(level, (self.size // TILE_HASHES ** (level + 1)) - 1, hashes)
        self._hashes[level], self._frontiers[level] = [], Frontier()
        self._add(level + 1, frontier.subtrees[0])

    def _add(self, level: int, root: bytes) -> None:
        while len(self._hashes) <= level:
            self._hashes.append([])
            self._frontiers.append(Frontier())
        self._hashes[level].append(root)
        self._frontiers[level].append(root)
        if len(self._hashes[level]) == TILE_HASHES:
            self._finish_tile(level)
        elif self._emit is not None:
            self._emit(level, self.size // TILE_HASHES ** (level + 1), self._hashes[level])

    def root(self) -> bytes:
        """Return the root of the tree."""
        return root_of_subtrees(self.subtrees())

    def subtrees(self) -> list[bytes]:
        """Return the perfect subtrees of the tree, the largest first."""
        return [root for frontier in reversed(self._frontiers) for root in frontier.subtrees]

    def partial_tiles(self) -> list[tuple[int, int, list[bytes]]]:
        """Return level, index and hashes of every tile that is not full and not empty."""
        return [
            (level, self.size // TILE_HASHES ** (level + 1), list(hashes))
            for level, hashes in enumerate(self._hashes)
            if hashes
        ]


class TileReader:
    """The nodes of a tree of `size` leaves, read from tiles, each tile once."""

    def __init__(self, paths: TrailPaths, size: int) -> None:
        self._paths = paths
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """Return the root of the perfect subtree of 2**level leaves number `index`. Requires it to lie in the tree."""
        tile_level, height = divmod(level, 8)
        first = index << height
        tile, offset = divmod(first, TILE_HASHES)
        hashes = self._tile(tile_level, tile)
        return perfect_root(hashes[offset : offset + (1 << height)])

    def _tile(self, level: int, index: int) -> list[bytes]:
        found = self._tiles.get((level, index))
        if found is None:
            found = self._tiles[level, index] = self._load(level, index)
        return found

    def _load(self, level: int, index: int) -> list[bytes]:
        width = min(TILE_HASHES, self._size // TILE_HASHES**level - index * TILE_HASHES)
        data = self._widest(level, index, width)
        if data is not None:
            return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]
        if level == 0:
            first = index * TILE_HASHES
            return [leaf_hash(line) for line in lines_from(self._paths, first, first + width)]
        below = [self._tile(level - 1, index * TILE_HASHES + at) for at in range(width)]
        return [perfect_root(hashes) for hashes in below]

    def _widest(self, level: int, index: int, width: int) -> bytes | None:
        """Return the tile's bytes, or those of a partial one that is wide enough."""
        full = self._paths.tile(level, index)
        partial = full.with_name(f"{full.name}.p")
        candidates = [full, *(partial / str(wide) for wide in _widths(partial) if wide >= width)]
        for path in candidates:
            data = read_tile(path)
            if data is not None and len(data) >= width * HASH_BYTES:
                return data
        return None


def _widths(directory: Path) -> list[int]:
    try:
        names = [path.name for path in directory.iterdir()]
    except OSError:
        return []
    return sorted(int(name) for name in names if name.isascii() and name.isdigit() and len(name) <= 3)


def read_tile(path: Path) -> bytes | None:
    """Return a tile file's bytes, None when it cannot be read or is no whole number of at most 256 hashes."""
    try:
        with open_regular(path) as file:
            data = file.read(TILE_HASHES * HASH_BYTES + 1)
    except OSError:
        return None
    fits = 0 < len(data) <= TILE_HASHES * HASH_BYTES and len(data) % HASH_BYTES == 0
    return data if fits else None


def range_root(start: int, end: int, node: Callable[[int, int], bytes]) -> bytes:
    """Return the root over leaves `start` up to before `end`. Requires the range to be one of the tree's subtrees.

    Source: RFC 6962 section 2.1, the definition of MTH.
    """
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    split = start + (1 << ((count - 1).bit_length() - 1))
    return root_of_subtrees([range_root(start, split, node), range_root(split, end, node)])


def inclusion_proof(index: int, size: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """Return the hashes from the leaf's sibling up. Source: RFC 6962 section 2.1.1."""
    if not 0 <= index < size:
        raise trail_problem("PK720", f"no record {index} in a tree of {size}", got=shown(str(index)))
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < split:
            proof.append(range_root(split, end, node))
            end = split
        else:
            proof.append(range_root(start, split, node))
            start = split
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Callable[[int, int], bytes]) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with that of `old`. Source: RFC 6962 section 2.1.2."""
    if not 0 < old <= new:
        raise trail_problem("PK720", f"no consistency proof from size {old} to {new}")
    proof: list[bytes] = []
    start, end, is_old_tree = 0, new, True
    while old != end:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= split:
            proof.append(range_root(split, end, node))
            end = split
        else:
            proof.append(range_root(start, split, node))
            start, is_old_tree = split, False
    if not is_old_tree:
        proof.append(range_root(start, end, node))
    return proof[::-1]
