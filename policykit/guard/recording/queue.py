"""The queue between calls and the trail: bounded, never with a silent gap, and out of the callers' way.

One thread writes, a few records at a time with a rest between, so that a call that comes back from its model finds the
interpreter free. Python runs one thread at a time: a thread that is to have the interpreter while another computes
waits for the switch interval (5 ms), or for the other one to scan a text, and so does the other one to have it back.
Hence a writer that is let in late, or to which calls bring more than it takes away, stays away for longer; and where
calls come without any rest, one in a few hundred writes what has gathered, as a whole, which costs less in sum than a
quarrel about every few records.

A full queue makes the caller wait, then refuse. After a failed write nothing is taken any more, so that every call
learns of it; what could not be written stays in the queue.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable

from policykit.guard.recording.note import Recordable

DELAY_S = 0.01
"""How long the writer gathers records before it writes them."""
FEW = 8
"""Records that the writer writes at once: what a call may have to wait for."""
REST_S = 0.000_05
"""How long the writer rests after that. A sleep of 0 gives the interpreter up and takes it back before any other thread
is awake."""
LATE_S = 0.002
"""A writer that is let in so much later than it asked for stands in somebody's way."""
AWAY_S = 0.05
"""How long it stays away then."""
MANY = 512
"""Waiting records at which a call helps, and records that are written at once where nobody is to be let in between: by
calls that help, and by `flush`. So few calls in a hundred wait for this that their 99th percentile does not show it."""

_OPEN: weakref.WeakSet[RecordQueue] = weakref.WeakSet()
_AWAKE: set[RecordQueue] = set()
"""Queues that the writer has not looked at since something was put in: kept, though nobody else may hold them."""


class RecordQueue:
    """Takes notes, and writes them in order."""

    def __init__(self, write: Callable[[list[Recordable]], None], capacity: int) -> None:
        """Take the function that writes a batch, and how many notes may wait."""
        self._write = write
        self._capacity = capacity
        self._many = min(MANY, capacity)
        self._start()
        _OPEN.add(self)

    def _start(self) -> None:
        self._queue: deque[Recordable] = deque()
        self._writing = threading.Lock()
        self._wanted = threading.Event()
        self._is_awake = False
        self._thread: threading.Thread | None = None
        self._problem: Exception | None = None

    def put(self, note: Recordable) -> bool:
        """Take a note; False when the caller has to write first (`put_waiting`).

        Raises:
            Exception: what writing raised before.
        """
        if self._problem is not None:
            raise self._problem
        waiting = len(self._queue)
        if waiting >= self._many and (waiting >= self._capacity or not self._writing.locked()):
            return False
        self._queue.append(note)
        if not self._is_awake:
            self._wake()
        return True

    def put_waiting(self, note: Recordable, seconds: float) -> bool:
        """Take a note, writing what is in its way; False when there was no room in time.

        Raises:
            Exception: what writing raised.
        """
        end = time.monotonic() + seconds
        while not self.put(note):
            if self._writing.acquire(timeout=min(0.05, seconds)):
                try:
                    self._write_some(self._many)
                finally:
                    self._writing.release()
            elif time.monotonic() >= end:
                return False
        return True

    def flush(self) -> None:
        """Return when everything that was taken before is written.

        Raises:
            Exception: what writing raised.
        """
        with self._writing:
            waiting = len(self._queue)
            while waiting > 0 and self._problem is None:
                waiting -= self._write_some(min(waiting, self._many))
        if self._problem is not None:
            raise self._problem

    def _write_some(self, most: int) -> int:
        """Write the oldest notes, `most` at most; return how many. Requires the lock.

        Raises:
            Exception: what writing raised, now or before.
        """
        if self._problem is not None:
            raise self._problem
        batch = [self._queue[at] for at in range(min(most, len(self._queue)))]
        try:
            if batch:
                self._write(batch)
        except Exception as problem:
            self._problem = problem  # whatever it is, calls must learn of it
            raise
        except BaseException:
            # Writing the batch again could record it twice, and leaving it out could lose it.
            from policykit.trail.problems import interrupted_problem

            self._problem = interrupted_problem()
            raise
        for _ in batch:
            self._queue.popleft()
        return len(batch)

    def _wake(self) -> None:
        self._is_awake = True
        _AWAKE.add(self)
        if self._thread is None:
            with self._writing:
                if self._thread is None:
                    thread = threading.Thread(target=_run, args=(weakref.ref(self),), daemon=True, name="policykit")
                    thread.start()
                    self._thread = thread
        self._wanted.set()

    def _work(self) -> None:
        """Write what waits, a few at a time, and let others go first."""
        rest, before = DELAY_S, 0
        while True:
            is_late = _rested(rest) > LATE_S
            waiting = len(self._queue)
            if rest == REST_S and (is_late or waiting - before >= FEW // 2):
                rest = AWAY_S  # somebody is in a hurry; after that, some are written whatever comes
            elif self._writing.acquire(blocking=False):
                try:
                    if not self._write_some(FEW):
                        return
                finally:
                    self._writing.release()
                rest, before = REST_S, max(0, waiting - FEW)
            else:
                rest = AWAY_S  # a call writes: nobody has to hurry

    def _settle(self) -> None:
        """Do the work of the writing thread until nothing waits."""
        self._wanted.clear()
        self._is_awake = False
        _AWAKE.discard(self)
        try:
            self._work()
        except Exception:  # noqa: BLE001 - kept in `_problem`, which every call raises from now on
            return


def _rested(seconds: float) -> float:
    """Sleep; return how much longer that took than it was to take."""
    end = time.monotonic() + seconds
    time.sleep(seconds)
    return time.monotonic() - end


def _run(reference: weakref.ref[RecordQueue]) -> None:
    while (queue := reference()) is not None:
        wanted = queue._wanted  # noqa: SLF001 - the thread of this class
        del queue
        if wanted.wait(1.0):
            queue = reference()
            if queue is not None:
                queue._settle()  # noqa: SLF001 - as above
                del queue


def _flush_all() -> None:
    for queue in list(_OPEN):
        try:
            queue.flush()
        except Exception:  # noqa: BLE001, S112 - the process ends: nobody is left to be told
            continue


def _restart_all() -> None:
    """Begin anew in a forked child: the notes that wait are the parent's to write."""
    _AWAKE.clear()
    for queue in list(_OPEN):
        queue._start()  # noqa: SLF001 - as above


atexit.register(_flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_all)


def queue_full() -> Exception:
    """Return the error of a queue that stays full."""
    from policykit.errors import TrailError

    return TrailError("the queue of records stayed full")
