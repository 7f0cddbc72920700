"""Keeping cosignatures beside a trail: they need no private key of the trail, only its lock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from policykit.trail.checkpoint_log import cosignature_line
from policykit.trail.layout import TrailPaths
from policykit.trail.note import NoteSignature
from policykit.trail.proof import published_checkpoint
from policykit.trail.storage.local import LocalDisk, failing_as


def keep_cosignatures(
    path: Path, size: int, signatures: Sequence[NoteSignature], disk: LocalDisk | None = None
) -> None:
    """Append cosignatures to the checkpoint log, and to the checkpoint itself if it still has that size.

    Args:
        path: the trail's directory.
        size: of the checkpoint that was cosigned.
        signatures: verified cosignatures.
        disk: the operations on files.

    Raises:
        CodedTrailError: when they cannot be stored.
    """
    paths, store = TrailPaths(path), disk or LocalDisk()
    with failing_as("keep a cosignature", paths.root):
        lock = store.open_append(paths.lock)
        store.lock(lock)
        try:
            log = store.open_append(paths.checkpoints_log)
            try:
                store.write_all(log, b"".join(cosignature_line(size, signature) for signature in signatures))
            finally:
                os.close(log)
            newest = published_checkpoint(path)
            if newest.checkpoint.size == size:
                store.replace(paths.checkpoint, newest.note.with_signatures(signatures).to_bytes(), durable=True)
        finally:
            store.unlock(lock)
            os.close(lock)
