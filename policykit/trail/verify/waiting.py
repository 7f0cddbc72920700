"""Waiting for a writer that is at work to sign what was there when verifying began."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.problems import CodedTrailError
from policykit.trail.verify.tile_check import stored_records

try:
    import fcntl
except ImportError:  # not POSIX: nobody writes there
    fcntl = None  # type: ignore[assignment]

_HAS_LOCKS = fcntl is not None
_POLL_S = 0.05


def wait_for_head(
    paths: TrailPaths,
    limit_s: float,
    *,
    now_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int | None:
    """Return how many records there are, once a head covers them or the time is over; None when nobody writes.

    Raises:
        CodedTrailError: the records cannot be read.
    """
    if not has_writer(paths):
        return None
    present, end = stored_records(paths), now_s() + limit_s
    while _signed_size(paths) < present and now_s() < end and has_writer(paths):
        sleep(_POLL_S)
    return present


def _signed_size(paths: TrailPaths) -> int:
    try:
        return published_checkpoint(paths.root).checkpoint.size
    except CodedTrailError:
        return 0


def has_writer(paths: TrailPaths) -> bool:
    """Say whether a process has the trail open for writing: it holds a shared lock on `writers`."""
    if not _HAS_LOCKS:
        return False
    try:
        handle = os.open(paths.writers, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go again at once, by closing
    except OSError as error:
        return isinstance(error, BlockingIOError)
    else:
        return False
    finally:
        os.close(handle)
