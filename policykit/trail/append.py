"""`Trail`: what programs append to. Safe for threads, asyncio, forked children, and several processes on one host.

    with Trail.open(Path("trail"), signer=key.note_signer()) as trail:
        receipt = trail.append(decision(entry))

`append` returns when the record is as safe as the mode promises; `submit` returns at once, with a ticket.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from policykit.trail import entries
from policykit.trail.checkpoint import SignedCheckpoint
from policykit.trail.clock import Clock, SystemClock
from policykit.trail.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.note import NoteSigner, NoteVerifier
from policykit.trail.opening import open_writer
from policykit.trail.options import FailurePolicy, Receipt, SyncMode, TrailOptions
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.record import Record
from policykit.trail.storage.local import LocalDisk, storage_failed
from policykit.trail.writer import Writer

_CALLER_ERRORS = {"PK709", "PK726"}
"""Mistakes in a record, which no failure policy excuses."""

_OPEN: weakref.WeakSet[Trail] = weakref.WeakSet()


class Ticket:
    """A submitted record's claim to a receipt."""

    __slots__ = ("_problem", "_receipt", "_trail", "record")

    def __init__(self, trail: Trail, record: Record) -> None:
        self.record = record
        self._trail = trail
        self._receipt: Receipt | None = None
        self._problem: CodedTrailError | None = None

    @property
    def done(self) -> bool:
        """Whether the record's fate is known."""
        return self._receipt is not None or self._problem is not None

    def settle(self, receipt: Receipt | None, problem: CodedTrailError | None) -> None:
        """Decide the record's fate."""
        self._receipt, self._problem = receipt, problem

    def result(self) -> Receipt:
        """Return the receipt, committing the group now if it was not committed yet.

        Raises:
            CodedTrailError: when the record could not be written and the failure policy is to block.
        """
        if not self.done:
            self._trail.flush()
        if self._problem is not None:
            raise self._problem
        assert self._receipt is not None
        return self._receipt


class Trail:
    """An open trail. Use `Trail.open`."""

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
        self._checkpoint_interval_ns = options.checkpoint_interval_s * 1e9
        self._signers = tuple(signers)
        self._verifiers = tuple(verifiers)
        self._clock = clock
        self._disk = disk
        self._mutex = threading.RLock()
        self._queue: list[Ticket] = []
        self._queue_mutex = threading.Lock()
        self._flusher: threading.Thread | None = None
        self._closed = False
        self._current: Writer | None = self._open_writer()
        _OPEN.add(self)

    @classmethod
    def open(  # noqa: PLR0913 - what it works with
        cls,
        path: str | os.PathLike[str],
        *,
        signer: NoteSigner | Sequence[NoteSigner],
        verifiers: Sequence[NoteVerifier] = (),
        clock: Clock | None = None,
        options: TrailOptions | None = None,
        disk: LocalDisk | None = None,
    ) -> Trail:
        """Open a trail, or begin one where there is none.

        Args:
            path: the trail's directory, on a local disk.
            signer: signs heads; its name is the trail's origin. Several signers sign every head, the first one's name
                being the origin.
            verifiers: keys whose published checkpoint is trusted when no head is remembered; by default the signers'.
            clock: the time in records.
            options: how records are written.
            disk: the operations on files.

        Raises:
            CodedTrailError: when the trail is damaged, was rolled back, or cannot be written.
        """
        signers = list(signer) if isinstance(signer, Sequence) else [signer]
        return cls(
            Path(path),
            signers=signers,
            verifiers=list(verifiers) or [v for s in signers if (v := _verifier_of(s)) is not None],
            clock=clock or SystemClock(),
            options=options or TrailOptions(),
            disk=disk or LocalDisk(),
        )

    # -- appending ----------------------------------------------------------------------------------------------------

    def append(self, record: Record) -> Receipt:
        """Append a record; return when it is as safe as the mode promises.

        Raises:
            CodedTrailError: when it could not be written and the failure policy is to block, or when it is malformed.
        """
        if self._is_group:
            return self._enqueue(record).result()
        with self._mutex:
            return self._commit((record,))

    def append_all(self, records: Sequence[Record]) -> list[Receipt]:
        """Append records next to each other, with one sync."""
        with self._mutex:
            first = self._commit(records)
        if not first.recorded:
            return [first] * len(records)
        return [Receipt(True, first.seq + at, first.durable) for at in range(len(records))]

    async def append_async(self, record: Record) -> Receipt:
        """Append a record without holding up the event loop; tasks that append at the same time share a group."""
        import asyncio

        return await asyncio.to_thread(self.append, record)

    def submit(self, record: Record) -> Ticket:
        """Take a record and return at once; it is committed with its group, after `group_delay_s` at the latest."""
        ticket = self._enqueue(record)
        if len(self._queue) >= self.options.group_records:
            self.flush()
        elif self._flusher is None:
            self._start_flusher()
        return ticket

    def flush(self) -> None:
        """Commit everything that was submitted."""
        with self._mutex:
            with self._queue_mutex:
                group, self._queue = self._queue, []
            if group:
                self._commit_group(group)

    def _enqueue(self, record: Record) -> Ticket:
        ticket = Ticket(self, record)
        with self._queue_mutex:
            if self._closed:
                raise trail_problem("PK713", "this trail is closed")
            self._queue.append(ticket)
        return ticket

    def _commit_group(self, group: list[Ticket]) -> None:
        try:
            first = self._commit([ticket.record for ticket in group])
        except CodedTrailError as problem:
            if problem.diagnostic.code in _CALLER_ERRORS and len(group) > 1:
                for ticket in group:  # one bad record must not take its neighbours down
                    self._commit_group([ticket])
                return
            for ticket in group:
                ticket.settle(None, problem)
            return
        for at, ticket in enumerate(group):
            seq = first.seq + at if first.recorded else -1
            ticket.settle(Receipt(first.recorded, seq, first.durable), None)

    def _commit(self, records: Sequence[Record]) -> Receipt:
        """Write records and sign if it is time; apply the failure policy."""
        try:
            if self._closed:
                raise trail_problem("PK713", "this trail is closed")
            durable = self._durable
            writer = self._current or self._writer
            writer.lock()
            try:
                seq = writer.append(records, durable)
                if (
                    writer.seq - writer.signed_size >= self._checkpoint_records
                    or writer.written_at_ns - writer.signed_at_ns >= self._checkpoint_interval_ns
                    or not writer.seq % SEGMENT_RECORDS
                ):
                    writer.checkpoint()
            finally:
                writer.unlock()
            return Receipt(True, seq, durable)
        except OSError as error:
            return self._failed(storage_failed("work on the trail", self.paths.root, error))
        except CodedTrailError as problem:
            return self._failed(problem)

    def _failed(self, problem: CodedTrailError) -> Receipt:
        """Apply the failure policy."""
        if self.options.on_failure is FailurePolicy.BLOCK or problem.diagnostic.code in _CALLER_ERRORS:
            raise problem
        assert self.options.alarm is not None
        self.options.alarm(problem)
        return Receipt(False)

    def _start_flusher(self) -> None:
        with self._queue_mutex:
            if self._flusher is not None or self._closed:
                return
            self._flusher = threading.Thread(target=_flush_regularly, args=(weakref.ref(self),), daemon=True)
            self._flusher.start()

    # -- heads --------------------------------------------------------------------------------------------------------

    def checkpoint(self) -> SignedCheckpoint | None:
        """Sign the head now; None when the newest is signed already.

        Raises:
            CodedTrailError: when the stored records are not those that were written, or were rolled back.
        """
        self.flush()
        with self._mutex, self._writer.exclusive():
            return self._writer.checkpoint()

    def add_log_line(self, line: bytes) -> None:
        """Keep a cosignature or a time stamp beside the checkpoints (`policykit.trail.checkpoint_log`)."""
        with self._mutex, self._writer.exclusive():
            self._writer.append_log(line)

    def rotate(self, new_signer: NoteSigner, *, new_key: str, old_key: str, reason: str) -> int:
        """Go over to another key: record it, sign that head with both keys, and later heads with the new one alone.

        Args:
            new_signer: signs from now on; has the same name.
            new_key: the new verifier key as text.
            old_key: the old one.
            reason: why.

        Returns:
            The number of the `key_rotation` record.
        """
        if new_signer.name != self._signers[0].name:
            raise trail_problem("PK728", "a new key keeps the trail's name", expected=f"`{self._signers[0].name}`")
        self.flush()
        record = entries.key_rotation(
            old_key=old_key, new_key=new_key, new_key_id=new_signer.key_id.hex(), reason=reason
        )
        with self._mutex, self._writer.exclusive():
            self._writer.checkpoint()
            seq = self._writer.append((record,), True)
            self._writer.signers = (self._signers[0], new_signer)
            self._writer.checkpoint()
            self._signers = self._writer.signers = (new_signer,)
        return seq

    @property
    def _writer(self) -> Writer:
        if self._current is None:
            self._current = self._open_writer()
        return self._current

    @property
    def origin(self) -> str:
        """The trail's name."""
        return self._signers[0].name

    @property
    def size(self) -> int:
        """How many records this process knows of."""
        return self._writer.seq

    # -- opening and closing ------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Commit what is waiting, sign the head, and let go of the files. A closed trail refuses to append."""
        if self._closed:
            return
        try:
            self.flush()
            if self._current is None or self._current.broken is None:
                with self._mutex, self._writer.exclusive():
                    self._writer.checkpoint()
                    self._writer.make_checkpoint_durable()
        finally:
            with self._mutex, self._queue_mutex:
                self._closed = True
                if self._current is not None:
                    self._current.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_writer(self) -> Writer:
        return open_writer(
            self.paths, self._signers, self._verifiers, clock=self._clock, options=self.options, disk=self._disk
        )

    def after_fork_in_child(self) -> None:
        """Begin anew in a forked child: its locks are copies, and its files share the parent's lock."""
        self._mutex = threading.RLock()
        self._queue_mutex = threading.Lock()
        self._queue = []  # what waits there is the parent's to commit
        self._flusher = None
        if self._current is not None:
            self._current.close(forked=True)
            self._current = None  # opened again by the first append


def _verifier_of(signer: NoteSigner) -> NoteVerifier | None:
    verifier: NoteVerifier | None = getattr(getattr(signer, "key", None), "verifier", None)
    return verifier


def _flush_regularly(reference: weakref.ref[Trail]) -> None:
    while True:
        trail = reference()
        if trail is None or trail._closed:  # noqa: SLF001 - the trail's own thread
            return
        delay_s = trail.options.group_delay_s
        del trail
        time.sleep(delay_s)
        trail = reference()
        if trail is not None and trail._queue:  # noqa: SLF001 - as above
            trail.flush()


def _renew_after_fork() -> None:
    for trail in list(_OPEN):
        trail.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)
