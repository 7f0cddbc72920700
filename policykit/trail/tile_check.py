"""Comparing the tiles that stand for whole segments, and naming files that are no tiles of this trail."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from policykit.trail.layout import TILE_HASHES, TrailPaths
from policykit.trail.merkle import HASH_BYTES, perfect_root
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.tiles import read_tile
from policykit.trail.verdict import Claim

_TILE = re.compile(r"(\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?\Z", re.ASCII)


def check_tiles(
    paths: TrailPaths,
    size: int,
    segment_roots: Sequence[bytes],
    report: Callable[[Claim, CodedTrailError], None],
) -> None:
    """Compare tiles of level 2 and above, and refuse tiles of records that do not exist.

    Args:
        paths: the trail.
        size: how many records it holds.
        segment_roots: the root of each full segment.
        report: told of each tile that is wrong.
    """
    levels: dict[int, list[bytes]] = {2: list(segment_roots)}
    while len(levels[max(levels)]) >= TILE_HASHES:
        below = levels[max(levels)]
        full = len(below) // TILE_HASHES
        levels[max(levels) + 1] = [perfect_root(below[at * 256 : (at + 1) * 256]) for at in range(full)]
    for name in _names(paths):
        match = _TILE.match(name)
        if match is None:
            if ".tmp" not in name:  # what a crash leaves of a tile that was being written
                report(Claim.TILES, trail_problem("PK716", "a file that is no tile", place=f"tile/{shown(name)}"))
            continue
        level, index = int(match[1]), int(match[2].replace("/", "").replace("x", ""))
        width = int(match[3] or TILE_HASHES)
        end = (index * TILE_HASHES + width) * TILE_HASHES**level
        wrong = end > size or level > max(levels) + 1
        if level in levels and not wrong:
            hashes = levels[level][index * TILE_HASHES : index * TILE_HASHES + width]
            wrong = read_tile(paths.tiles / name) != b"".join(hashes) or len(hashes) * HASH_BYTES == 0
        if wrong:
            report(
                Claim.TILES,
                trail_problem("PK716", "a tile does not agree with the records", place=f"tile/{name}",
                              help="tiles are a cache: `policykit trail tiles` writes them again"),
            )  # fmt: skip


def _names(paths: TrailPaths) -> list[str]:
    found: list[str] = []
    for directory, _, names in os.walk(paths.tiles):
        relative = os.path.relpath(directory, paths.tiles)
        found.extend(name if relative == "." else f"{relative.replace(os.sep, '/')}/{name}" for name in names)
    return sorted(found)
