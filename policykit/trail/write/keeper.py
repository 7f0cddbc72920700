"""What an open trail owes while nobody calls it: to commit what was submitted, and to sign its newest records.

Each trail has one thread for this, begun when something is owed for the first time. It sleeps until the next thing is
due, and without end while nothing is owed. While something is owed it keeps the trail, even if nobody else does; then
it lets go, and a trail that nobody holds is collected.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

_RETRY_S = 1.0
"""After a failure that nothing foresaw."""


class Owing(Protocol):
    """A trail, as its keeper sees it."""

    def settle_due(self, now: float) -> float | None:
        """Do what is due at this time; return when the next thing is, None when nothing is owed."""


class Keeper:
    """One thread's appointments with one trail. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._changed = (
            threading.Condition()
        )  # re-entrant: a collection inside may finalize the trail, which stops this
        self._owing: Owing | None = None
        self._due = 0.0
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def expect(self, owing: Owing, due: float) -> bool:
        """See to it that `owing` is asked to settle by this time; False where no thread can be started."""
        with self._changed:
            if self._thread is None and not self._start():
                return False
            if not self._is_stopped and (self._owing is None or due < self._due):
                self._owing, self._due = owing, due
                self._changed.notify()
            return True

    def _start(self) -> bool:
        thread = threading.Thread(target=self._run, daemon=True, name="policykit-trail")
        try:
            thread.start()
        except RuntimeError:  # too many threads, or the interpreter is ending
            return False
        self._thread = thread
        return True

    def stop(self) -> None:
        """End the thread; nothing is owed any more."""
        with self._changed:
            self._is_stopped, self._owing = True, None
            self._changed.notify()

    def _run(self) -> None:
        while (owing := self._next()) is not None:
            due = _settled(owing)
            if due is not None:
                self.expect(owing, due)
            del owing

    def _next(self) -> Owing | None:
        """Wait until something is due; return who owes it, None when the keeper was stopped."""
        with self._changed:
            while not self._is_stopped:
                left = None if self._owing is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    owing, self._owing = self._owing, None
                    return owing
                self._changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
            return None


def _settled(owing: Owing) -> float | None:
    now = time.monotonic()
    try:
        return owing.settle_due(now)
    except Exception:
        # Without this thread nothing would be signed in time any more, and nobody would know.
        logging.getLogger("policykit.trail").exception("what a trail owes could not be settled")
        return now + _RETRY_S
