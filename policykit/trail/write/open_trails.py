"""The open trails of this process: what a fork and the end of the interpreter mean to them."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from typing import Protocol


class OpenTrail(Protocol):
    """A trail, as the process sees it."""

    def after_fork_in_child(self) -> None:
        """Begin anew in a forked child."""

    def sign_before_exit(self) -> None:
        """Sign what is unsigned, and from now on every record at once."""


_OPEN: weakref.WeakSet[OpenTrail] = weakref.WeakSet()
_TOLD: set[int] = set()
"""The process in which `multiprocessing` knows of this module."""


def remember(trail: OpenTrail) -> None:
    """Tell a trail from now on what happens to the process."""
    _OPEN.add(trail)


def sign_at_end_of_child() -> None:
    """See to it that a child of `multiprocessing` signs too: it ends without the interpreter's own exit."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None and os.getpid() not in _TOLD:
        _TOLD.clear()
        _TOLD.add(os.getpid())
        util.Finalize(None, _sign_before_exit, exitpriority=0)


def forget(trail: OpenTrail) -> None:
    """Tell it nothing more."""
    _OPEN.discard(trail)


def _renew_after_fork() -> None:
    for trail in list(_OPEN):
        trail.after_fork_in_child()


def _sign_before_exit() -> None:
    for trail in list(_OPEN):
        trail.sign_before_exit()


atexit.register(_sign_before_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)
