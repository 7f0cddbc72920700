"""The writer: puts records into segments, follows other writers, and signs heads. Callers hold the process's mutex.

The order inside a commit, each step only after the one before succeeded:

1. lock the trail against other processes, 2. read what they appended since, 3. write, 4. sync, 5. read the stored bytes
back and hash them, 6. advance the tree, 7. swap the remembered head, 8. sign, 9. publish, 10. unlock.

A failed sync is never tried again: what reached the disk is unknown then, so the writer stops (`broken`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from policykit.source.diagnostic import Diagnostic
from policykit.trail.checkpoint import Checkpoint, SignedCheckpoint
from policykit.trail.checkpoint_log import checkpoint_line
from policykit.trail.clock import Clock
from policykit.trail.head import RememberedHead
from policykit.trail.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.lines import LineBlocks
from policykit.trail.merkle import leaf_hash
from policykit.trail.note import NoteSigner, sign_note
from policykit.trail.problems import CodedTrailError, StorageFailedError, shown, trail_problem
from policykit.trail.record import HEADER, NO_PREVIOUS, Record, RecordType, encode_record, naming
from policykit.trail.signed_log import LoggedHead, SignedLog
from policykit.trail.storage.local import LocalDisk, failing_as, storage_failed
from policykit.trail.tile_writer import TileWriter
from policykit.trail.tiles import TileTree

_ROTATION = RecordType.KEY_ROTATION.value.encode()


class Writer:
    """One process's hold on a trail."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        paths: TrailPaths,
        *,
        signers: Sequence[NoteSigner],
        clock: Clock,
        disk: LocalDisk,
        head: RememberedHead,
        boot: str,
    ) -> None:
        self.paths = paths
        self.origin = signers[0].name
        self.signers = tuple(signers)
        self.clock = clock
        self.disk = disk
        self.head = head
        self.boot = boot
        self.broken: Diagnostic | None = None
        self.seq = 0
        """The number of the next record."""
        self.prev = NO_PREVIOUS
        self.log = SignedLog(paths.checkpoints_log, disk)
        self._named: LoggedHead | None = None
        """The newest head that a record of this writer names."""
        self._tiles = TileWriter(paths, disk)
        self.tree = TileTree(self._tiles.write)
        self.signed_size = 0
        self.signed_at_ns = 0
        self.written_at_ns = 0
        self.synced = 0
        """How many records are known to be durable."""
        self._segment = 0
        self._segment_bytes = 0
        self._handle = -1
        self._lock_handle = -1
        self._presence_handle = -1
        self._tree_prev = NO_PREVIOUS
        self._tree_offset = 0
        """Where in the segment of record `tree.size` that record begins."""
        self._seen_head: Checkpoint | None = None
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
        if self._handle >= 0:
            self.disk.close(self._handle)
            self._handle = -1
        self._handle = self.disk.open_append(self.paths.segment(number))
        self._segment, self._segment_bytes = number, 0

    def start_at(self, seq: int, prev: str, segment_bytes: int) -> None:
        """Begin after records that were read and checked while opening. Requires the tree to hold exactly those."""
        self.seq, self.prev, self._segment_bytes = seq, prev, segment_bytes
        self._tree_prev, self._tree_offset = prev, segment_bytes
        self.synced = seq

    def resume(self, signed_size: int, remembered: Checkpoint | None) -> None:
        """Take over what was signed before. Requires the tree to have been compared with the remembered head."""
        self.signed_size, self._seen_head = signed_size, remembered

    def close(self, *, forked: bool = False) -> None:
        """Let go of the files. A forked child only closes its copies."""
        if not forked and self._handle >= 0 and self.broken is None:
            self._tiles.write_partial(self.tree)
        for handle in (self._handle, self._lock_handle, self._presence_handle):
            if handle >= 0:
                self.disk.close(handle)
        self._handle = self._lock_handle = self._presence_handle = -1

    # -- committing ---------------------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Hold the trail against other processes until `unlock`."""
        if self.broken is not None:
            raise StorageFailedError(
                Diagnostic("PK713", f"this trail stopped after a failure: {self.broken}", help="open it again")
            )
        self.disk.lock(self._lock_handle)

    def unlock(self) -> None:
        """Let other processes append."""
        self.disk.unlock(self._lock_handle)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the trail against other processes inside a `with`."""
        with failing_as("work on the trail", self.paths.root):
            self.lock()
            try:
                yield
            finally:
                self.unlock()

    def append(self, records: Sequence[Record], sync: bool) -> int:  # noqa: FBT001 - the one option
        """Write records; return the number of the first. Requires `exclusive`."""
        if self.disk.size(self._handle) != self._segment_bytes or not self.seq % SEGMENT_RECORDS:
            self._follow()
        first, done = self.seq, 0
        if len(records) < SEGMENT_RECORDS - first % SEGMENT_RECORDS and first % SEGMENT_RECORDS:
            self._write(records)
            done = len(records)
        while done < len(records):
            if self.seq // SEGMENT_RECORDS != self._segment:
                self._roll()
            room = SEGMENT_RECORDS - self.seq % SEGMENT_RECORDS
            part = records[done : done + room]
            self._write(part)
            done += len(part)
        if sync:
            self.sync()
        return first

    def _write(self, records: Sequence[Record]) -> None:
        """Encode, chain and write records that fit the segment; all of them or none."""
        now_ns, mono_ns = self.clock.now_ns(), self.clock.monotonic_ns()
        self.written_at_ns = mono_ns
        ts, prev, seq, boot = self._timestamp(now_ns), self.prev, self.seq, self.boot
        head = self.log.head
        named = naming(head.size, head.log) if head is not None and head is not self._named else ""
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
            written = self.disk.write(self._handle, data)
            if written != len(data):
                self.disk.write_all(self._handle, data[written:])
        except OSError as error:
            self._undo_write(error)
        self.seq, self.prev = seq, prev
        self._named = self._named if named else head
        self._segment_bytes += len(data)

    def _undo_write(self, error: OSError) -> None:
        """Cut off what a failed write left; when that fails too, stop: opening again sets it aside."""
        failure = storage_failed("append to the trail", self.paths.segment(self._segment), error)
        try:
            self.disk.truncate(self._handle, self._segment_bytes)
        except OSError:
            self.broken = failure.diagnostic
        raise failure from error

    def sync(self) -> None:
        """Return when every record written is durable."""
        if self.synced == self.seq:
            return
        try:
            self.disk.sync(self._handle)
        except OSError as error:
            failure = storage_failed("sync the trail", self.paths.segment(self._segment), error)
            self.broken = failure.diagnostic
            raise failure from error
        self.synced = self.seq

    def _roll(self) -> None:
        """Go on in the next segment; the full one is durable before."""
        self.sync()
        self.open_segment(self._segment + 1)

    def _timestamp(self, now_ns: int) -> str:
        """Return the RFC 3339 text; the part down to the second is kept between records."""
        second, fraction = divmod(now_ns, 1_000_000_000)
        if second != self._clock_second:
            from policykit.encoding.timestamps import format_epoch_ns

            self._clock_second, self._clock_text = second, format_epoch_ns(second * 1_000_000_000)[:20]
        return f"{self._clock_text}{fraction // 1000:06d}Z"

    # -- other writers ------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Take over what other processes appended since. Full checking is the tree's (`_advance`)."""
        while True:
            end = self.disk.size(self._handle)
            if end < self._segment_bytes:
                self._stop(trail_problem("PK711", "the segment shrank under this writer", place=self._place()))
            if end > self._segment_bytes:
                self._take_over(end)
            following = self.paths.segment(self._segment + 1)
            if self.seq != (self._segment + 1) * SEGMENT_RECORDS or not following.exists():
                break
            self.open_segment(self._segment + 1)
        self._follow_log()

    def _follow_log(self) -> None:
        try:
            self.log.follow()
        except CodedTrailError as problem:
            self._stop(problem)

    def _take_over(self, end: int) -> None:
        with self.paths.segment(self._segment).open("rb") as file:
            file.seek(self._segment_bytes)
            blocks = LineBlocks(file, limit=end - self._segment_bytes)
            count, last = 0, b""
            for lines in blocks:
                count += len(lines)
                last = lines[-1] if lines else last
        if blocks.fragment:
            # Under the lock nobody is writing: a process died in the middle of a record.
            self._stop(
                trail_problem("PK710", "another writer died in the middle of a record", place=self._place(),
                              help="open the trail again: opening sets the fragment aside and records it")
            )  # fmt: skip
        header = HEADER.match(last)
        if header is None or int(header[1]) != self.seq + count - 1:
            self._stop(trail_problem("PK710", "records that do not follow", place=self._place(), got=shown(last)))
        self.seq += count
        self.prev = leaf_hash(last).hex()
        self._segment_bytes = end

    # -- the tree, and signing it -------------------------------------------------------------------------------------

    def checkpoint(self) -> SignedCheckpoint | None:
        """Sign and publish the head; None when it is signed already. Requires `exclusive`."""
        self._follow()
        self.sync()
        remembered = self.head.read()
        self._refuse_rollback(remembered)
        self._advance(remembered)
        if remembered is not None and remembered.size == self.seq and self.signed_size == self.seq:
            return None
        new = Checkpoint(self.origin, self.seq, self.tree.root())
        self.head.swap(remembered, new)
        self._seen_head = new
        return self._publish(new)

    def _publish(self, new: Checkpoint) -> SignedCheckpoint:
        note = sign_note(new.to_text(), self.signers)
        data = note.to_bytes()
        line = checkpoint_line(data)
        if self.log.head is None or self.log.head.line != line:
            self.append_log(line)  # unless an attempt that failed after it left it there
        # Not synced: it is a copy of a line that is durable, and after a power cut the log decides.
        self.disk.replace(self.paths.checkpoint, data, durable=False)
        self.signed_size = new.size
        self.signed_at_ns = self.clock.monotonic_ns()
        return SignedCheckpoint(new, note)

    def make_checkpoint_durable(self) -> None:
        """Sync what was published. Requires `exclusive`."""
        for path in (self.paths.checkpoint, self.paths.checkpoints_log):
            handle = self.disk.open_append(path)
            try:
                self.disk.sync(handle)
            finally:
                self.disk.close(handle)
        self.disk.sync_directory(self.paths.root)

    def append_log(self, line: bytes) -> None:
        """Append a line to the checkpoint log, durably. Requires `exclusive`."""
        self.log.append(line)

    def _refuse_rollback(self, remembered: Checkpoint | None) -> None:
        size = remembered.size if remembered else 0
        seen = self._seen_head
        is_new = remembered != seen
        went_back = seen is not None and (size < seen.size or (is_new and size == seen.size))
        if size > self.seq or went_back or (is_new and size < self.tree.size):
            self._stop(
                trail_problem(
                    "PK711", "the trail and the remembered head disagree", place=str(self.head.path),
                    expected=f"at least {size} records", got=f"{self.seq}",
                    help="the trail or the remembered head was rolled back; nothing is signed",
                )
            )  # fmt: skip

    def _advance(self, remembered: Checkpoint | None) -> None:
        """Hash the stored bytes of every record that the tree does not hold yet, checking the chain."""
        compare_at = remembered.size if remembered and remembered != self._seen_head else -1
        if compare_at == self.tree.size and remembered is not None:
            self._compare_root(remembered)
        while self.tree.size < self.seq:
            number = self.tree.size // SEGMENT_RECORDS
            if self.tree.size % SEGMENT_RECORDS == 0:
                self._tree_offset = 0
            with self.paths.segment(number).open("rb") as file:
                file.seek(self._tree_offset)
                limit = self._segment_bytes - self._tree_offset if number == self._segment else None
                before = self.tree.size
                for lines in LineBlocks(file, limit=limit):
                    for line in lines:
                        self._advance_by(line, compare_at, remembered)
            if self.tree.size == before:
                self._stop(trail_problem("PK704", "a segment ends early", place=str(self.paths.segment(number))))
        if self._tree_prev != self.prev:
            self._stop(
                trail_problem("PK702", "the stored records are not those that were written", place=self._place())
            )
        self._seen_head = remembered

    def _advance_by(self, line: bytes, compare_at: int, remembered: Checkpoint | None) -> None:
        header = HEADER.match(line)
        if header is None or int(header[1]) != self.tree.size or header[2] != self._tree_prev.encode():
            self._stop(
                trail_problem("PK702", f"record {self.tree.size} does not follow the one before", place=self._place())
            )
        leaf = leaf_hash(line)
        self.tree.append(leaf)
        self._tree_prev = leaf.hex()
        self._tree_offset += len(line) + 1
        if header is not None and header[4] == _ROTATION and self.tree.size > self.signed_size:
            self._refuse_foreign_rotation(line)
        if self.tree.size == compare_at and remembered is not None:
            self._compare_root(remembered)

    def _compare_root(self, remembered: Checkpoint) -> None:
        if self.tree.root() != remembered.root:
            self._stop(trail_problem("PK705", "the tree is not the one that was signed", place=str(self.head.path)))

    def _refuse_foreign_rotation(self, line: bytes) -> None:
        """Stop when another process rotated the key: signatures by the old one no longer count."""
        wanted = {signer.key_id.hex() for signer in self.signers}
        if not any(f'"new_key_id":"{key_id}"'.encode() in line for key_id in wanted):
            self._stop(trail_problem("PK805", "the key was rotated", place=self._place(), help="open with the new key"))

    def _stop(self, problem: Exception) -> None:
        self.broken = getattr(problem, "diagnostic", None)
        raise problem

    def _place(self) -> str:
        return str(self.paths.segment(self._segment))
