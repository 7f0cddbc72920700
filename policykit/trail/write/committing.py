"""Committing: what every way to append shares. Writes records, signs in time, applies the failure policy.

A record that is stored and a head that is signed are two facts. A failure before the record is stored is the append's;
a failure after it is told in the receipt, and nothing more is appended before the head is signed.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.note import NoteSigner, NoteVerifier
from policykit.trail.format.record import Record
from policykit.trail.problems import (
    CALLER_ERRORS,
    CodedTrailError,
    StorageFailedError,
    UnknownOutcomeError,
    interrupted_problem,
    trail_problem,
)
from policykit.trail.storage.local import LocalDisk, is_from_system, storage_failed
from policykit.trail.write import open_trails
from policykit.trail.write.clock import Clock
from policykit.trail.write.keeper import Keeper
from policykit.trail.write.opening import open_writer
from policykit.trail.write.options import FailurePolicy, Receipt, SyncMode, TrailOptions
from policykit.trail.write.ticket import Ticket
from policykit.trail.write.writer import Writer

_EXIT_WAIT_S = 5.0
"""How long the end of the interpreter waits for a thread that is appending."""
_NEVER_S = 1e9
"""An interval that no process lives to see."""


class Committing:
    """The hold of one process on a trail, behind `policykit.trail.write.append.Trail`."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        path: Path,
        *,
        signers: Sequence[NoteSigner],
        verifiers: Sequence[NoteVerifier],
        clock: Clock,
        options: TrailOptions,
        disk: LocalDisk,
    ) -> None:
        if not signers:
            raise trail_problem("PK713", "a trail needs a signer")
        if options.on_failure is FailurePolicy.ALLOW_AND_ALARM and options.alarm is None:
            raise trail_problem("PK713", "the failure policy `allow_and_alarm` needs an alarm")
        self.paths = TrailPaths(path)
        self.options = options
        self._durable = options.sync is not SyncMode.OS
        self._is_group = options.sync is SyncMode.GROUP
        self._checkpoint_records = options.checkpoint_records
        self._interval_s = options.checkpoint_interval_s
        self._interval_ns = options.checkpoint_interval_s * 1e9
        self._signers = tuple(signers)
        self._verifiers = tuple(verifiers)
        self._clock = clock
        self._disk = disk
        self._mutex = threading.RLock()
        self._queue: list[Ticket] = []
        self._queue_mutex = threading.Lock()
        self._closed = False
        self._owes_head = False
        """Whether signing failed last time: nothing more is appended before it succeeds."""
        self._signed_at = time.monotonic()
        """When a head was signed last; no unsigned record of this process is older."""
        self._sign_due: float | None = None
        self._flush_due: float | None = None
        """When the keeper signs and commits; None when nothing is owed."""
        self._begin_keeping()
        self._interrupted: Writer | None = None
        """A writer that an interrupt left in the middle of something. Whoever comes next opens the trail again."""
        self._current: Writer | None = self._open_writer()
        open_trails.remember(self)

    # -- opening -------------------------------------------------------------------------------------------------------

    def _begin_keeping(self) -> None:
        self._sign_due = None if self._interval_s < _NEVER_S else math.inf
        self._flush_due = None
        self._keeper = Keeper()
        self._finalizer = weakref.finalize(self, self._keeper.stop)
        self._finalizer.atexit = False

    def flush(self) -> None:
        """Commit everything that was submitted."""
        group: list[Ticket] = []
        try:
            with self._mutex:
                with self._queue_mutex:
                    group, self._queue = self._queue, []
                if group:
                    self._commit_group(group)
        except BaseException:
            for ticket in group:  # an interrupt reaches one thread; the others must not wait for a receipt
                if not ticket.done:
                    ticket.settle(None, interrupted_problem())
            raise

    def _enqueue(self, ticket: Ticket) -> bool:
        with self._queue_mutex:
            if self._closed:
                return False
            self._queue.append(ticket)
        return True

    def _commit_group(self, group: list[Ticket]) -> None:
        try:
            first = self._commit([ticket.record for ticket in group])
        except CodedTrailError as problem:
            if problem.diagnostics[0].code in CALLER_ERRORS and len(group) > 1:
                for ticket in group:  # one bad record must not take its neighbours down
                    self._commit_group([ticket])
                return
            for ticket in group:
                ticket.settle(None, problem)
            return
        for ticket, receipt in zip(group, receipts_of(first, len(group)), strict=True):
            ticket.settle(receipt, None)

    def _commit(self, records: Sequence[Record]) -> Receipt:
        """Write records and sign if it is time; apply the failure policy. Return the receipt of the first."""
        if self._closed:
            return self._failed(closed_problem())
        problem: CodedTrailError | None = None
        seq, is_signed = -1, False
        try:
            writer = self._current or self._writer
            writer.lock()
            try:
                if self._owes_head:
                    self._sign(writer)
                seq = writer.append(records, self._durable)
                heads = writer.heads
                if (
                    writer.seq - heads.signed_size >= self._checkpoint_records
                    or writer.written_at_ns - heads.signed_at_ns >= self._interval_ns
                    or not writer.seq % SEGMENT_RECORDS
                    or (self._sign_due is None and not self._expect_signing())
                ):
                    self._sign(writer)
                    is_signed = True
            finally:
                writer.unlock()
        except CodedTrailError as error:
            problem = error
        except BaseException as error:
            if not is_from_system(error):
                self._give_up_writer()
                raise
            problem = storage_failed("work on the trail", self.paths.root, error)
        if problem is not None:
            if seq < 0:
                return self._failed(problem)
            self._owe_head(problem)
        return Receipt(True, seq, self._durable, is_signed, problem)

    def _failed(self, problem: CodedTrailError) -> Receipt:
        """Apply the failure policy to records of which none was written, or nobody knows."""
        problem = _without_record(problem)
        if self.options.on_failure is FailurePolicy.BLOCK or problem.diagnostics[0].code in CALLER_ERRORS:
            raise problem
        self._alarm(problem)
        return Receipt(False, problem=problem)

    def _alarm(self, problem: CodedTrailError) -> None:
        if self.options.alarm is None:
            return
        try:
            self.options.alarm(problem)
        except Exception:
            # The receipt must reach the caller: an exception would say that nothing was recorded.
            logging.getLogger("policykit.trail").exception("the trail's alarm failed")

    # -- signing in time ----------------------------------------------------------------------------------------------

    def _sign(self, writer: Writer) -> SignedCheckpoint | None:
        """Sign the head; None when it is signed already. Requires the writer's lock."""
        signed = writer.checkpoint()
        self._owes_head = False
        self._signed_at = time.monotonic()
        return signed

    def _owe_head(self, problem: CodedTrailError) -> None:
        """Note that stored records have no signed head: the next append tries first, and so does the keeper."""
        self._owes_head = True
        if self._sign_due is None:
            self._expect_signing()
        self._alarm(problem)

    def _expect_signing(self) -> bool:
        self._sign_due = due = time.monotonic() + self._interval_s
        if self._keeper.expect(self, due):
            return True
        self._sign_due = None
        return False

    def settle_due(self, now: float) -> float | None:
        """Commit and sign what is due (`policykit.trail.write.keeper`); return when the next is due."""
        if self._flush_due is not None and now >= self._flush_due:
            self._flush_due = None
            self.flush()
        if self._sign_due is not None and now >= self._sign_due:
            with self._mutex:
                self._sign_due = self._sign_tail(now)
        dues = [due for due in (self._flush_due, self._sign_due) if due is not None and due < math.inf]
        return min(dues, default=None)

    def _sign_tail(self, now: float) -> float | None:
        """Sign what has been unsigned for long enough; return when to look again, None when nothing is unsigned."""
        writer = self._held()
        if self._closed or writer is None or writer.broken is not None or writer.seq == writer.heads.signed_size:
            return None
        if not self._owes_head and now < self._signed_at + self._interval_s:
            return self._signed_at + self._interval_s
        try:
            with self._exclusive():
                self._sign(writer)
        except CodedTrailError as problem:
            self._owes_head = True
            self._alarm(problem)
            return now + self._interval_s
        return None

    def sign_before_exit(self) -> None:
        """Sign what is unsigned, and from now on every record at once: the interpreter ends."""
        self._checkpoint_records = 1
        if not self._mutex.acquire(timeout=_EXIT_WAIT_S):
            return
        try:
            self.flush()
            writer = self._held()
            if not self._closed and writer is not None and writer.broken is None:
                with self._exclusive():
                    self._sign(writer)
        except CodedTrailError as problem:
            self._alarm(problem)
        finally:
            self._mutex.release()

    # -- the writer ---------------------------------------------------------------------------------------------------

    @property
    def _writer(self) -> Writer:
        if self._current is None:
            self._current = self._open_writer()
            if self._interrupted is not None:
                self._interrupted.leave()
                self._interrupted = None
        return self._current

    def _held(self) -> Writer | None:
        """Return the writer; None in a forked child that has not appended yet."""
        return self._current if self._interrupted is None else self._writer

    @contextmanager
    def _exclusive(self) -> Iterator[Writer]:
        """Hold the trail against other threads and processes inside a `with`."""
        with self._mutex:
            try:
                writer = self._writer
                with writer.exclusive():
                    yield writer
            except CodedTrailError:
                raise
            except BaseException:
                self._give_up_writer()
                raise

    def _give_up_writer(self) -> None:
        """Let go of a writer after an interrupt, such as Ctrl-C or an exception that a signal handler raised.

        It may have been in the middle of anything: its lock may be held, its tree may have half of a record, and what
        it signed then would be wrong for ever. So nothing that it knows is used again: the files say what is true.
        """
        writer, self._current = self._current, None
        if writer is None:
            return
        self._interrupted = writer  # it stays present: what it left unsigned is no trace of a crash
        writer.let_go()
        if self._sign_due is None:
            self._expect_signing()

    def _open_writer(self) -> Writer:
        writer = open_writer(
            self.paths, self._signers, self._verifiers, clock=self._clock, options=self.options, disk=self._disk
        )
        self._signers = writer.heads.signers
        open_trails.sign_at_end_of_child()
        return writer

    def after_fork_in_child(self) -> None:
        """Begin anew in a forked child: its locks are copies, its threads are gone, and its files share a lock."""
        self._mutex = threading.RLock()
        self._queue_mutex = threading.Lock()
        self._queue = []  # what waits there is the parent's to commit
        self._finalizer.detach()
        self._begin_keeping()
        self._owes_head = False
        for writer in (self._current, self._interrupted):
            if writer is not None:
                writer.close(forked=True)
        self._current = self._interrupted = None  # opened again by the first append


def closed_problem() -> CodedTrailError:
    """Return the problem of appending to a closed trail."""
    return trail_problem("PK713", "this trail is closed")


def _without_record(problem: CodedTrailError) -> CodedTrailError:
    """Return a failure of the storage with a help that says what became of the record."""
    if not isinstance(problem, StorageFailedError) or isinstance(problem, UnknownOutcomeError):
        return problem
    help_text = "; ".join(filter(None, ("nothing was recorded", problem.diagnostics[0].help)))
    return StorageFailedError(dataclasses.replace(problem.diagnostics[0], help=help_text))


def receipts_of(first: Receipt, count: int) -> list[Receipt]:
    """Return the receipts of records that were written next to each other."""
    if not first.recorded:
        return [first] * count
    return [first, *(first._replace(seq=first.seq + at) for at in range(1, count))]
