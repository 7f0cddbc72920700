"""Keeping cosignatures and time stamps beside a trail: they need no private key of the trail, only its lock."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from policykit.encoding.base64 import encode_base64
from policykit.trail.format.checkpoint_log import checkpoint_line, cosignature_line, timestamp_line
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.note import NoteSignature
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.storage.local import LocalDisk, failing_as
from policykit.trail.write.signing.log_append import append_log_lines


def keep_cosignatures(
    path: Path, size: int, signatures: Sequence[NoteSignature], disk: LocalDisk | None = None
) -> None:
    """Append cosignatures to the checkpoint log; if the checkpoint still has that size, publish it with them.

    The log then holds the checkpoint with its cosignatures too: what is published is always a copy of one of its lines.

    Args:
        path: the trail's directory.
        size: of the checkpoint that was cosigned.
        signatures: verified cosignatures.
        disk: the operations on files.

    Raises:
        CodedTrailError: when they cannot be stored.
    """
    paths, store = TrailPaths(path), disk or LocalDisk()
    with failing_as("keep a cosignature", paths.root), _locked(store, paths):
        lines = b"".join(cosignature_line(size, signature) for signature in signatures)
        newest = published_checkpoint(path)
        if newest.checkpoint.size != size:
            append_log_lines(store, paths.checkpoints_log, lines)
            return
        cosigned = newest.note.with_signatures(signatures).to_bytes()
        append_log_lines(store, paths.checkpoints_log, lines + checkpoint_line(cosigned))
        store.replace(paths.checkpoint, cosigned, durable=True)


def keep_timestamp(path: Path, size: int, token: bytes, disk: LocalDisk | None = None) -> None:
    """Append a time-stamp token to the checkpoint log.

    Args:
        path: the trail's directory.
        size: of the checkpoint that it is over.
        token: in DER.
        disk: the operations on files.

    Raises:
        CodedTrailError: when it cannot be stored.
    """
    paths, store = TrailPaths(path), disk or LocalDisk()
    with failing_as("keep a time stamp", paths.root), _locked(store, paths):
        append_log_lines(store, paths.checkpoints_log, timestamp_line(size, encode_base64(token)))


@contextmanager
def _locked(disk: LocalDisk, paths: TrailPaths) -> Iterator[None]:
    lock = disk.open_append(paths.lock)
    try:
        disk.lock(lock)
        try:
            yield
        finally:
            disk.unlock(lock)
    finally:
        os.close(lock)
