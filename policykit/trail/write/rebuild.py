"""Writing the tiles again from the segments."""

from __future__ import annotations

import shutil
from pathlib import Path

from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.tiles import TileTree
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import LocalDisk, create_directories, failing_as


def rebuild_tiles(path: Path, disk: LocalDisk | None = None) -> int:
    """Remove every tile and write them from the records; return how many records there are.

    Raises:
        CodedTrailError: when the trail is pruned (the tiles are then all that is left of its beginning), or unreadable.
    """
    paths, store = TrailPaths(path), disk or LocalDisk()
    numbers = paths.segment_numbers()
    if not numbers or numbers[0] != 0:
        raise trail_problem("PK700", "tiles are written from a whole trail", place=str(paths.segments))

    def write(level: int, index: int, hashes: list[bytes]) -> None:
        target = paths.tile(level, index, len(hashes))
        create_directories(target.parent)
        store.replace(target, b"".join(hashes), durable=False)

    def write_full(level: int, index: int, hashes: list[bytes]) -> None:
        if len(hashes) == 256:
            write(level, index, hashes)

    with failing_as("write tiles", paths.tiles):
        if paths.tiles.exists():
            shutil.rmtree(paths.tiles)
        tree = TileTree(write_full)
        for number in numbers:
            with paths.segment(number).open("rb") as file:
                for lines in LineBlocks(file):
                    for line in lines:
                        tree.append(leaf_hash(line))
        for level, index, hashes in tree.partial_tiles():
            write(level, index, hashes)
    return tree.size
