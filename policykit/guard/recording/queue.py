"""The queue between calls and the trail: bounded, written by one thread, never with a silent gap.

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
BATCH = 8
"""Records that are written at once: between two batches, calls in other threads get their turn."""

_OPEN: weakref.WeakSet[RecordQueue] = weakref.WeakSet()


class RecordQueue:
    """Takes notes, and writes them in order."""

    def __init__(self, write: Callable[[list[Recordable]], None], capacity: int) -> None:
        """Take the function that writes a batch, and how many notes may wait."""
        self._write = write
        self._capacity = capacity
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
        """Take a note; False when there is no room.

        Raises:
            Exception: what writing raised before.
        """
        if self._problem is not None:
            raise self._problem
        if len(self._queue) >= self._capacity:
            return False
        self._queue.append(note)
        if not self._is_awake:
            self._wake()
        return True

    def put_waiting(self, note: Recordable, seconds: float) -> bool:
        """Take a note, writing what is in its way; False when there was no room in time."""
        end = time.monotonic() + seconds
        while not self.put(note):
            if time.monotonic() >= end:
                return False
            if self._writing.acquire(timeout=min(0.05, seconds)):
                self._writing.release()
                self.flush()
        return True

    def flush(self) -> None:
        """Return when everything that was taken before is written.

        Raises:
            Exception: what writing raised.
        """
        with self._writing:
            while self._queue and self._problem is None:
                batch = [self._queue[at] for at in range(min(BATCH, len(self._queue)))]
                try:
                    self._write(batch)
                except Exception as problem:  # noqa: BLE001 - whatever it is, calls must learn of it
                    self._problem = problem
                    break
                for _ in batch:
                    self._queue.popleft()
                time.sleep(0)
        if self._problem is not None:
            raise self._problem

    def _wake(self) -> None:
        self._is_awake = True
        if self._thread is None:
            with self._writing:
                if self._thread is None:
                    thread = threading.Thread(target=_run, args=(weakref.ref(self),), daemon=True, name="policykit")
                    thread.start()
                    self._thread = thread
        self._wanted.set()

    def _work(self) -> None:
        self._wanted.clear()
        self._is_awake = False
        try:
            self.flush()
        except Exception:  # noqa: BLE001 - kept in `_problem`, which every call raises from now on
            return


def _run(reference: weakref.ref[RecordQueue]) -> None:
    while (queue := reference()) is not None:
        wanted = queue._wanted  # noqa: SLF001 - the thread of this class
        del queue
        if wanted.wait(1.0):
            time.sleep(DELAY_S)
            queue = reference()
            if queue is not None:
                queue._work()  # noqa: SLF001 - as above
                del queue


def _flush_all() -> None:
    for queue in list(_OPEN):
        queue._work()  # noqa: SLF001 - as above


def _restart_all() -> None:
    """Begin anew in a forked child: the notes that wait are the parent's to write."""
    for queue in list(_OPEN):
        queue._start()  # noqa: SLF001 - as above


atexit.register(_flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_all)
