"""Storing tiles while a trail grows."""

from __future__ import annotations

from pathlib import Path

from policykit.trail.format.layout import TILE_HASHES, TrailPaths
from policykit.trail.format.tiles import TileTree
from policykit.trail.problems import StorageFailedError
from policykit.trail.storage.local import LocalDisk, create_directories


class TileWriter:
    """Writes the tiles of one trail."""

    def __init__(self, paths: TrailPaths, disk: LocalDisk) -> None:
        self._paths = paths
        self._disk = disk

    def write(self, level: int, index: int, hashes: list[bytes]) -> None:
        """Store a tile. Tiles are a cache: not synced, and a failure to write one is no failure of the trail."""
        path = self._paths.tile(level, index, len(hashes))
        try:
            if len(hashes) == TILE_HASHES and path.exists():
                return
            create_directories(path.parent)
            self._disk.replace(path, b"".join(hashes), durable=False)
            if len(hashes) == TILE_HASHES:
                _remove_partials(path.with_name(f"{path.name}.p"))
            else:
                path.with_name(str(len(hashes) - 1)).unlink(missing_ok=True)
        except (OSError, StorageFailedError):
            return

    def write_partial(self, tree: TileTree) -> None:
        """Store the tiles that are not full, in place of older ones."""
        for level, index, hashes in tree.partial_tiles():
            full = self._paths.tile(level, index)
            if level == 0:
                _remove_partials(full.with_name(f"{full.name}.p"))
            self.write(level, index, hashes)


def _remove_partials(directory: Path) -> None:
    try:
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
    except OSError:
        return
