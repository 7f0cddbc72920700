"""`Trail`: what programs append to. Safe for threads, asyncio, forked children, and several processes on one host.

    with Trail.open(Path("trail"), signer=key.note_signer()) as trail:
        receipt = trail.append(decision(entry))

`append` returns when the record is as safe as the mode promises; `submit` returns at once, with a ticket.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from policykit.trail import entries
from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.format.note import NoteSigner, NoteVerifier
from policykit.trail.format.record import Record
from policykit.trail.format.signers import Signing, signers_of, verifier_of
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.storage.local import LocalDisk
from policykit.trail.write import open_trails
from policykit.trail.write.clock import Clock, SystemClock
from policykit.trail.write.committing import Committing, closed_problem, receipts_of
from policykit.trail.write.options import Receipt, TrailOptions
from policykit.trail.write.ticket import Ticket


class Trail(Committing):
    """An open trail. Use `Trail.open`."""

    @classmethod
    def open(  # noqa: PLR0913 - what it works with
        cls,
        path: str | os.PathLike[str],
        *,
        signer: Signing | Sequence[Signing],
        verifiers: Sequence[NoteVerifier] = (),
        clock: Clock | None = None,
        options: TrailOptions | None = None,
        disk: LocalDisk | None = None,
    ) -> Trail:
        """Open a trail, or begin one where there is none.

        Args:
            path: the trail's directory, on a local disk.
            signer: signs heads: a `SigningKey`, or a signer of notes. Its name is the trail's origin. Several signers
                sign every head, the first one's name being the origin; old and new key together finish a rotation that
                was interrupted.
            verifiers: keys whose published checkpoint is trusted when no head is remembered; by default the signers'.
            clock: the time in records.
            options: how records are written.
            disk: the operations on files.

        Raises:
            CodedTrailError: when the trail is damaged, was rolled back, or cannot be written.
        """
        signers = signers_of(signer)
        return cls(
            Path(path),
            signers=signers,
            verifiers=list(verifiers) or [v for s in signers if (v := verifier_of(s)) is not None],
            clock=clock or SystemClock(),
            options=options or TrailOptions(),
            disk=disk or LocalDisk(),
        )

    # -- appending ----------------------------------------------------------------------------------------------------

    def append(self, record: Record) -> Receipt:
        """Append a record; return when it is as safe as the mode promises.

        A receipt that says `recorded` means that the trail holds the record, once, whether or not a head could be
        signed. A `TrailError` means that the trail does not hold it. After anything else, such as `KeyboardInterrupt`
        or what a signal handler raises, look for the record: the interrupt may have come after it was written.

        Raises:
            UnknownOutcomeError: when nobody can know whether it does: a sync failed. The trail takes nothing more.
            CodedTrailError: when it could not be written and the failure policy is to block, or when it is malformed.
        """
        if self._is_group:
            ticket = Ticket(self, record)
            if not self._enqueue(ticket):
                return self._failed(closed_problem())
            return ticket.result()
        with self._mutex:
            return self._commit((record,))

    def append_all(self, records: Sequence[Record]) -> list[Receipt]:
        """Append records next to each other, with one sync; all of them or none.

        Raises:
            CodedTrailError: as `append`, of all of them.
        """
        if not records:
            return []
        with self._mutex:
            first = self._commit(records)
        return receipts_of(first, len(records))

    async def append_async(self, record: Record) -> Receipt:
        """Append a record without holding up the event loop; tasks that append at the same time share a group.

        A task that is cancelled while it waits does not take the record back.
        """
        import asyncio

        return await asyncio.to_thread(self.append, record)

    def submit(self, record: Record) -> Ticket:
        """Take a record and return at once; it is committed with its group, after `group_delay_s` at the latest.

        Raises:
            CodedTrailError: when the trail is closed.
        """
        ticket = Ticket(self, record)
        if not self._enqueue(ticket):
            raise closed_problem()
        if len(self._queue) >= self.options.group_records:
            self.flush()
        elif self._flush_due is None:
            self._flush_due = due = time.monotonic() + self.options.group_delay_s
            if not self._keeper.expect(self, due):
                self._flush_due = None
                self.flush()
        return ticket

    # -- heads --------------------------------------------------------------------------------------------------------

    def checkpoint(self) -> SignedCheckpoint | None:
        """Sign the head now; None when the newest is signed already.

        Raises:
            CodedTrailError: when the stored records are not those that were written, or were rolled back.
        """
        self.flush()
        with self._exclusive() as writer:
            return self._sign(writer)

    def has_segments(self, roots: Mapping[int, bytes]) -> bool:
        """Say whether full segments with these roots, by number, are what was signed. Signs first what is unsigned."""
        self.flush()
        with self._exclusive() as writer:
            self._sign(writer)
            return writer.heads.has_segments(roots)

    def add_log_line(self, line: bytes) -> None:
        """Keep a cosignature or a time stamp beside the checkpoints (`policykit.trail.format.checkpoint_log`)."""
        with self._exclusive() as writer:
            writer.append_log(line)

    def rotate(self, new_signer: NoteSigner, *, new_key: str, old_key: str, reason: str) -> int:
        """Go over to another key: record it, sign that head with both keys, and later heads with the new one alone.

        Args:
            new_signer: signs from now on; has the same name.
            new_key: the new verifier key as text.
            old_key: the old one.
            reason: why.

        Returns:
            The number of the `key_rotation` record. If its head cannot be signed yet, the next attempt to sign hands
            over.

        Raises:
            CodedTrailError: when it could not be recorded.
        """
        if new_signer.name != self._signers[0].name:
            raise trail_problem("PK728", "a new key keeps the trail's name", expected=f"`{self.origin}`")
        if new_signer.key_id == self._signers[0].key_id:
            raise trail_problem("PK728", "the new key is the one that signs already", help="generate another key")
        for text, key_id in ((old_key, self._signers[0].key_id), (new_key, new_signer.key_id)):
            if f"+{key_id.hex()}+" not in text:
                raise trail_problem(
                    "PK728",
                    "a verifier key that is not the signer's",
                    expected=f"`{key_id.hex()}`",
                    got=f"`{shown(text)}`",
                )
        self.flush()
        record = entries.key_rotation(
            old_key=old_key, new_key=new_key, new_key_id=new_signer.key_id.hex(), reason=reason
        )
        with self._exclusive() as writer:
            self._sign(writer)
            seq = writer.append((record,), True)
            writer.heads.hand_over(self._signers[0].key_id, new_signer)
            self._signers = writer.heads.signers
            try:
                self._sign(writer)
            except CodedTrailError as problem:
                self._owe_head(problem)
        self._signers = writer.heads.signers
        return seq

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
            with self._mutex:
                held = self._held()
                if held is not None and held.broken is None:
                    with self._exclusive() as writer:
                        self._sign(writer)
                        writer.make_checkpoint_durable()
        finally:
            with self._mutex, self._queue_mutex:
                self._closed = True
                if self._current is not None:
                    self._current.close()
                if self._interrupted is not None:
                    self._interrupted.leave()
            self._keeper.stop()
            open_trails.forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
