"""The writer: puts records into segments, follows other writers, has heads signed. Callers hold the process's mutex.

The order inside a commit, each step only after the one before succeeded:

1. lock the trail against other processes, 2. read what they appended since, 3. note where the trail will end, 4. write,
5. sync, 6. if it is time, sign a head (`policykit.trail.write.signing.heads`), 7. unlock.

A failed sync is never tried again: what reached the disk is unknown then, so the writer stops (`broken`). It stops too
when the files contradict what it knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple

from policykit.source.diagnostic import Diagnostic
from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.record import HEADER, NO_PREVIOUS, Record, encode_record, naming
from policykit.trail.problems import (
    CALLER_ERRORS,
    CodedTrailError,
    StorageFailedError,
    UnknownOutcomeError,
    trail_problem,
)
from policykit.trail.storage.local import LocalDisk, failing_as, outcome_unknown, storage_failed
from policykit.trail.write.clock import Clock
from policykit.trail.write.growth import read_growth
from policykit.trail.write.signing.heads import Heads, Stored
from policykit.trail.write.signing.signed_log import LoggedHead
from policykit.trail.write.signing.tail_note import End, TailNote


class _Position(NamedTuple):
    """Where a batch began."""

    end: End
    segment: int
    segment_bytes: int
    named: LoggedHead | None


class Writer:
    """One process's hold on a trail."""

    def __init__(  # noqa: PLR0913 - what it works with
        self, paths: TrailPaths, *, heads: Heads, note: TailNote, clock: Clock, disk: LocalDisk, boot: str
    ) -> None:
        self.paths = paths
        self.heads = heads
        self.note = note
        self.clock = clock
        self.disk = disk
        self.boot = boot
        self.broken: Diagnostic | None = None
        self.seq = 0
        """The number of the next record."""
        self.prev = NO_PREVIOUS
        self.written_at_ns = 0
        self.synced = 0
        """How many records are known to be durable."""
        self._named: LoggedHead | None = None
        """The newest head that a record of this writer names."""
        self._segment = 0
        self._segment_bytes = 0
        self._handle = -1
        self._lock_handle = -1
        self._is_locked = False
        self._presence_handle = -1
        self._clock_second = -1
        self._clock_text = ""

    # -- opening and closing ------------------------------------------------------------------------------------------

    def open_lock(self) -> None:
        """Open the file that writers lock."""
        self._lock_handle = self.disk.open_append(self.paths.lock)

    def join(self) -> bool:
        """Become one of the trail's open writers; say whether there is no other. Requires `exclusive`."""
        self._presence_handle = self.disk.open_append(self.paths.writers)
        return self.disk.join(self._presence_handle)

    def open_segment(self, number: int) -> None:
        """Make a segment the one that is appended to."""
        handle = self.disk.open_append(self.paths.segment(number))
        if self._handle >= 0:
            self.disk.close(self._handle)
        self._handle = handle
        self._segment, self._segment_bytes = number, 0

    def start_at(self, stored: Stored) -> None:
        """Begin after records that were read and checked while opening. Requires the tree to hold exactly those."""
        self.open_segment(stored.segment)
        self.seq, self.prev, self._segment_bytes = stored.size, stored.last, stored.segment_bytes
        self.synced = 0  # another writer may have left them to the operating system: nothing is signed before a sync
        self.heads.start_at(stored)

    def close(self, *, forked: bool = False) -> None:
        """Let go of the files. A forked child only closes its copies."""
        if not forked and self._handle >= 0 and self.broken is None:
            self.heads.keep_partial_tiles()
        self.let_go()
        self.leave()

    def let_go(self) -> None:
        """Close the files, and with them let go of the lock; the writer counts as open until it leaves."""
        for handle in (self._handle, self._lock_handle):
            if handle >= 0:
                self.disk.close(handle)
        self._handle = self._lock_handle = -1
        self.note.close()

    def leave(self) -> None:
        """Be none of the trail's open writers any more."""
        if self._presence_handle >= 0:
            self.disk.close(self._presence_handle)
            self._presence_handle = -1

    # -- locking ------------------------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Hold the trail against other processes until `unlock`."""
        if self.broken is not None:
            raise StorageFailedError(
                Diagnostic("PK713", f"this trail stopped after a failure: {self.broken}", help="open it again")
            )
        if self._is_locked:  # by this thread: others wait for the mutex
            raise trail_problem(
                "PK713",
                "an append inside an append, such as from a signal handler",
                help="append after it has returned",
            )
        self.disk.lock(self._lock_handle)
        self._is_locked = True

    def unlock(self) -> None:
        """Let other processes append. When that fails, closing the file unlocks it, and the writer stops."""
        self._is_locked = False
        try:
            self.disk.unlock(self._lock_handle)
        except OSError as error:
            self.broken = self.broken or storage_failed("unlock the trail", self.paths.lock, error).diagnostics[0]
            self.disk.close(self._lock_handle)
            self._lock_handle = -1

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the trail against other processes inside a `with`."""
        with failing_as("work on the trail", self.paths.root):
            self.lock()
            try:
                yield
            except CodedTrailError as problem:
                self._stop_after(problem)
                raise
            finally:
                self.unlock()

    def _stop_after(self, problem: CodedTrailError) -> None:
        """Stop, unless nothing is wrong but the storage's present state or the caller's record."""
        is_passing = isinstance(problem, StorageFailedError) and not isinstance(problem, UnknownOutcomeError)
        if not is_passing and problem.diagnostics[0].code not in CALLER_ERRORS:
            self.broken = self.broken or problem.diagnostics[0]

    # -- appending ----------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Record], sync: bool) -> int:  # noqa: FBT001 - the one option
        """Write records, all of them or none; return the number of the first. Requires the lock.

        Raises:
            UnknownOutcomeError: when nobody can know whether they are in the trail; the writer has stopped.
            CodedTrailError: when none of them is in the trail.
        """
        try:
            if self.disk.size(self._handle) != self._segment_bytes or not self.seq % SEGMENT_RECORDS:
                self._follow()
            first = self.seq
            if len(records) < SEGMENT_RECORDS - first % SEGMENT_RECORDS and first % SEGMENT_RECORDS:
                self._write(records)
            else:
                self._write_across_segments(records)
            if sync:
                self.sync()
        except CodedTrailError as problem:
            self._stop_after(problem)
            raise
        return first

    def _write_across_segments(self, records: Sequence[Record]) -> None:
        begun = _Position(End(self.seq, self.prev), self._segment, self._segment_bytes, self._named)
        done = 0
        try:
            while done < len(records):
                if self.seq // SEGMENT_RECORDS != self._segment:
                    self.sync()  # the full segment is durable before the next one begins
                    self.open_segment(self._segment + 1)
                room = SEGMENT_RECORDS - self.seq % SEGMENT_RECORDS
                self._write(records[done : done + room])
                done += room
        except UnknownOutcomeError:
            raise
        except BaseException:
            self._undo_to(begun)
            raise

    def _write(self, records: Sequence[Record]) -> None:
        """Encode, chain and write records that fit the segment; all of them or none."""
        now_ns, mono_ns = self.clock.now_ns(), self.clock.monotonic_ns()
        ts, prev, seq, boot = self._timestamp(now_ns), self.prev, self.seq, self.boot
        head = self.heads.log.head
        named = naming(head.size, head.log) if head is not self._named and head is not None else ""
        lines: list[bytes] = []
        for record in records:
            line = encode_record(record, seq, prev, ts, mono_ns, boot, named)
            if named and (header := HEADER.match(line)) and header[5]:
                named = ""
            prev = sha256(b"\x00" + line).hexdigest()
            seq += 1
            lines.append(line)
        lines.append(b"")
        data = b"\n".join(lines)
        try:
            self.note.write(self.seq, self.prev, seq, prev)
        except OSError as error:
            raise storage_failed("write the tail note", self.note.path, error) from error
        try:
            written = self.disk.write(self._handle, data)
            if written != len(data):
                self.disk.write_all(self._handle, data[written:])
        except OSError as error:
            self._undo_write(error)
        self.seq, self.prev, self.written_at_ns = seq, prev, mono_ns
        self._segment_bytes += len(data)
        if not named:
            self._named = head

    def _undo_write(self, error: OSError) -> None:
        """Cut off what a failed write left."""
        place = self.paths.segment(self._segment)
        try:
            self.disk.truncate(self._handle, self._segment_bytes)
        except OSError:
            raise outcome_unknown("append to the trail", place, error) from error
        raise storage_failed("append to the trail", place, error) from error

    def _undo_to(self, begun: _Position) -> None:
        """Cut off every record of a batch that reaches over segments."""
        try:
            for number in range(self._segment + 1, begun.segment, -1):
                self.paths.segment(number).unlink(missing_ok=True)
            if self._segment != begun.segment:
                self.open_segment(begun.segment)
            self.disk.truncate(self._handle, begun.segment_bytes)
            self.disk.sync(self._handle)
            self.note.write(*begun.end, *begun.end)
        except OSError as error:
            raise outcome_unknown("undo a batch", self.paths.segments, error) from error
        except StorageFailedError as failure:
            raise UnknownOutcomeError(failure.diagnostics[0]) from failure
        self.seq, self.prev = begun.end
        self.synced = min(self.synced, self.seq)
        self._segment_bytes, self._named = begun.segment_bytes, begun.named

    def sync(self) -> None:
        """Return when every record written is durable."""
        if self.synced == self.seq:
            return
        try:
            self.disk.sync(self._handle)
        except OSError as error:
            raise outcome_unknown("sync the trail", self.paths.segment(self._segment), error) from error
        self.synced = self.seq

    def _timestamp(self, now_ns: int) -> str:
        """Return the RFC 3339 text; the part down to the second is kept between records."""
        second, fraction = divmod(now_ns, 1_000_000_000)
        if second != self._clock_second:
            from policykit.encoding.timestamps import format_epoch_ns

            self._clock_second, self._clock_text = second, format_epoch_ns(second * 1_000_000_000)[:20]
        return f"{self._clock_text}{fraction // 1000:06d}Z"

    # -- other writers ------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Take over what other writers appended since. Full checking is the tree's (`Heads.sign`)."""
        known = self.seq
        while True:
            end = self.disk.size(self._handle)
            if end < self._segment_bytes:
                raise trail_problem("PK711", "the segment shrank under this writer", place=self._place())
            if end > self._segment_bytes:
                self._take_over(end)
            following = self.paths.segment(self._segment + 1)
            if self.seq != (self._segment + 1) * SEGMENT_RECORDS or not following.exists():
                break
            self.open_segment(self._segment + 1)
        if self.seq != known and End(self.seq, self.prev) not in self.note.read():
            raise trail_problem(
                "PK729", f"records {known} to {self.seq - 1} were not written by a writer of this trail",
                place=self._place(), help="nothing is signed; look at these records, then open the trail again: "
                "opening adopts them with a record that says so",
            )  # fmt: skip
        self.heads.follow_log(self.seq)

    def _take_over(self, end: int) -> None:
        grown = read_growth(self.paths.segment(self._segment), self._segment_bytes, end, self.seq)
        self.seq += grown.records
        self.prev = grown.last
        self._segment_bytes = end

    def _place(self) -> str:
        return str(self.paths.segment(self._segment))

    # -- heads --------------------------------------------------------------------------------------------------------

    def checkpoint(self) -> SignedCheckpoint | None:
        """Sign and publish the head; None when it is signed already. Requires the lock."""
        try:
            self._follow()
            self.sync()
            return self.heads.sign(Stored(self.seq, self.prev, self._segment, self._segment_bytes))
        except OSError as error:
            raise storage_failed("sign the head", self.paths.root, error) from error
        except CodedTrailError as problem:
            self._stop_after(problem)
            raise

    def append_log(self, line: bytes) -> None:
        """Append a line to the checkpoint log, durably. Requires the lock."""
        self._follow()
        self.heads.log.append(line)

    def make_checkpoint_durable(self) -> None:
        """Sync what was published. Requires the lock."""
        handle = self.disk.open_append(self.paths.checkpoint)
        try:
            self.disk.sync(handle)
        finally:
            self.disk.close(handle)
        self.disk.sync_directory(self.paths.root)
