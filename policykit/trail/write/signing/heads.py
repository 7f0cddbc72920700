"""Heads: the tree over the stored records, and signing it. Callers hold the trail's lock.

Nothing is signed that was not read back from the files. The order, each step only after the one before succeeded: read
the stored bytes back and hash them, advance the tree, swap the remembered head, sign, append to the log, publish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from policykit.source.diagnostic import Diagnostic
from policykit.trail.format.checkpoint import Checkpoint, SignedCheckpoint
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.note import MAX_NOTE_BYTES, Note, NoteSigner, NoteVerifier, sign_note, verified_signatures
from policykit.trail.format.record import HEADER, NO_PREVIOUS, RecordType
from policykit.trail.format.signers import verifier_of
from policykit.trail.format.tiles import TileReader, TileTree
from policykit.trail.problems import SignerFailedError, shown, trail_problem
from policykit.trail.storage.local import LocalDisk
from policykit.trail.write.clock import Clock
from policykit.trail.write.signing.head import RememberedHead
from policykit.trail.write.signing.signed_log import SignedLog
from policykit.trail.write.tile_writer import TileWriter

_ROTATION = RecordType.KEY_ROTATION.value.encode()


class Stored(NamedTuple):
    """Where the stored records end."""

    size: int
    """How many records there are."""
    last: str
    """The leaf hash of the last one, in hexadecimal digits."""
    segment: int
    segment_bytes: int


class Heads:
    """What one writer knows of the tree and its heads."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        paths: TrailPaths,
        *,
        signers: Sequence[NoteSigner],
        verifiers: Sequence[NoteVerifier],
        clock: Clock,
        disk: LocalDisk,
        remembered: RememberedHead,
    ) -> None:
        self.signers = tuple(signers)
        self.next_signers: tuple[NoteSigner, ...] = ()
        """Who signs after the next head: that one hands signing over, and is signed by both keys."""
        self.remembered = remembered
        self.log = SignedLog(paths.checkpoints_log, disk)
        self.signed_size = 0
        self.signed_at_ns = 0
        self._origin = signers[0].name
        self._verifiers = [*verifiers, *(own for signer in signers if (own := verifier_of(signer)) is not None)]
        self._paths = paths
        self._checkpoint = paths.checkpoint
        self._clock = clock
        self._disk = disk
        self._tiles = TileWriter(paths, disk)
        self.tree = TileTree(self._tiles.write)
        self._last = NO_PREVIOUS
        self._offset = 0
        """Where in the segment of record `tree.size` that record begins."""
        self._seen: Checkpoint | None = None

    def start_at(self, stored: Stored) -> None:
        """Begin after records that were read and checked. Requires the tree to hold exactly those."""
        self._last, self._offset = stored.last, stored.segment_bytes

    def resume(self, signed_size: int, remembered: Checkpoint | None) -> None:
        """Take over what was signed before. Requires the tree to have been compared with the remembered head."""
        self.signed_size, self._seen = signed_size, remembered

    def hand_over(self, old_id: bytes, new: NoteSigner) -> None:
        """Have the next head signed by old and new, and later ones without the old."""
        others = [signer for signer in self.signers if signer.key_id not in {old_id, new.key_id}]
        old = [signer for signer in self.signers if signer.key_id == old_id]
        self.signers, self.next_signers = (*old, *others, new), (new, *others)
        verifier = verifier_of(new)
        self._verifiers = [*self._verifiers, verifier] if verifier is not None else []

    @property
    def can_verify(self) -> bool:
        """Say whether there is a key that tells our heads from others; a signer of a program's own may have none."""
        return bool(self._verifiers)

    def is_verified(self, head: SignedCheckpoint) -> bool:
        """Say whether a key of ours signed a head; never, where no key can verify.

        Raises:
            CodedTrailError: when a signature line names a key of ours, and the key did not make it.
        """
        return bool(verified_signatures(head.note, self._verifiers))

    def refuse_forged(self, head: SignedCheckpoint) -> None:
        """Refuse a head that no key of ours signed, unless no key can verify."""
        if self.can_verify and not self.is_verified(head):
            raise trail_problem(
                "PK805", "another key signs this trail", place=str(self.log.path),
                expected=", ".join(f"`{signer.key_id.hex()}`" for signer in self.signers),
                got=", ".join(f"`{signature.key_id.hex()}`" for signature in head.note.signatures),
                help="open the trail with its own key: the last `key_rotation` record names it, or else record 0",
            )  # fmt: skip

    def has_segments(self, roots: Mapping[int, bytes]) -> bool:
        """Say whether segments that these roots stand for are part of the tree. Requires the tree to be signed."""
        reader = TileReader(self._paths, self.tree.size)
        tree = TileTree()
        for number in range(self.tree.size // SEGMENT_RECORDS):
            tree.append_full(roots.get(number) or reader.node(2 * 8, number), 2)
        return tree.subtrees() == self.tree.subtrees()[: len(tree.subtrees())]

    def keep_partial_tiles(self) -> None:
        """Store the tiles that are not full."""
        self._tiles.write_partial(self.tree)

    def follow_log(self, size: int) -> None:
        """Read what others appended to the log; every head among it must be one of this trail.

        Raises:
            CodedTrailError: when it is not.
        """
        self.log.follow(lambda head: self._refuse_other(head, size))

    def _refuse_other(self, head: SignedCheckpoint, size: int) -> None:
        self.refuse_forged(head)
        if head.checkpoint.origin != self._origin or head.checkpoint.size > size:
            raise trail_problem(
                "PK717", "the checkpoint log holds a head of other records", place=str(self.log.path),
                expected=f"`{self._origin}`, at most {size} records",
                got=f"`{shown(head.checkpoint.origin)}`, {head.checkpoint.size} records",
                help="restore the log from a copy",
            )  # fmt: skip

    def sign(self, stored: Stored) -> SignedCheckpoint | None:
        """Sign and publish the head; None when it is signed already. Requires the records to be durable.

        Raises:
            CodedTrailError: when the stored records are not those that were written, or were rolled back.
        """
        remembered = self.remembered.read()
        self._refuse_rollback(remembered, stored)
        self._advance(remembered, stored)
        is_remembered = remembered is not None and remembered.size == stored.size
        if is_remembered and self.signed_size == stored.size:
            return None
        new = Checkpoint(self._origin, stored.size, self.tree.root())
        self.remembered.swap(remembered, new)
        self._seen = new
        return self._publish(new)

    def _publish(self, new: Checkpoint) -> SignedCheckpoint:
        note = self._signed_note(new)
        logged = self.log.head
        if logged is None or not logged.holds(note):
            self.log.append_head(new.size, note)
            self._replace_published(note)
        elif self._published() != logged.note.to_bytes():  # an attempt that failed in the middle left it there
            self._replace_published(logged.note)
        self.signed_size = new.size
        self.signed_at_ns = self._clock.monotonic_ns()
        if self.next_signers:
            self.signers, self.next_signers = self.next_signers, ()
        return SignedCheckpoint(new, note)

    def _signed_note(self, new: Checkpoint) -> Note:
        try:
            return sign_note(new.to_text(), self.signers)
        except Exception as error:
            # A signer of the program's own may raise anything: a key service that is away says nothing about the trail.
            raise SignerFailedError(
                Diagnostic("PK736", f"cannot sign the head: the signer raised `{type(error).__name__}`",
                           place=self._origin, help="see to it that the signer works; nothing is lost")
            ) from error  # fmt: skip

    def _replace_published(self, note: Note) -> None:
        # Not synced: it is a copy of a line that is durable, and after a power cut the log decides.
        self._disk.replace(self._checkpoint, note.to_bytes(), durable=False)

    def _published(self) -> bytes:
        with suppress(OSError), open(self._checkpoint, "rb") as file:
            return file.read(MAX_NOTE_BYTES)
        return b""

    def _refuse_rollback(self, remembered: Checkpoint | None, stored: Stored) -> None:
        size = remembered.size if remembered else 0
        seen = self._seen
        is_new = remembered != seen
        went_back = seen is not None and (size < seen.size or (is_new and size == seen.size))
        if size > stored.size or went_back or (is_new and size < self.tree.size):
            raise trail_problem(
                "PK711", "the trail and the remembered head disagree", place=str(self.remembered.path),
                expected=f"at least {size} records", got=f"{stored.size}",
                help="the trail or the remembered head was rolled back; nothing is signed",
            )  # fmt: skip

    def _advance(self, remembered: Checkpoint | None, stored: Stored) -> None:
        """Hash the stored bytes of every record that the tree does not hold yet, checking the chain."""
        compare_at = remembered.size if remembered and remembered != self._seen else -1
        if compare_at == self.tree.size and remembered is not None:
            self._compare_root(remembered)
        while self.tree.size < stored.size:
            number = self.tree.size // SEGMENT_RECORDS
            if self.tree.size % SEGMENT_RECORDS == 0:
                self._offset = 0
            with self._paths.segment(number).open("rb") as file:
                file.seek(self._offset)
                limit = stored.segment_bytes - self._offset if number == stored.segment else None
                before = self.tree.size
                for lines in LineBlocks(file, limit=limit):
                    for line in lines:
                        self._advance_by(line, compare_at, remembered)
            if self.tree.size == before:
                raise trail_problem("PK704", "a segment ends early", place=str(self._paths.segment(number)))
        if self._last != stored.last:
            raise trail_problem(
                "PK702", "the stored records are not those that were written",
                place=str(self._paths.segment(stored.segment)),
            )  # fmt: skip
        self._seen = remembered

    def _advance_by(self, line: bytes, compare_at: int, remembered: Checkpoint | None) -> None:
        header = HEADER.match(line)
        if header is None or int(header[1]) != self.tree.size or header[2] != self._last.encode():
            raise trail_problem(
                "PK702", f"record {self.tree.size} does not follow the one before", place=str(self._paths.segments)
            )
        leaf = leaf_hash(line)
        self.tree.append(leaf)
        self._last = leaf.hex()
        self._offset += len(line) + 1
        if header[4] == _ROTATION and self.tree.size > self.signed_size:
            self._refuse_foreign_rotation(line)
        if self.tree.size == compare_at and remembered is not None:
            self._compare_root(remembered)

    def _compare_root(self, remembered: Checkpoint) -> None:
        if self.tree.root() != remembered.root:
            raise trail_problem("PK705", "the tree is not the one that was signed", place=str(self.remembered.path))

    def _refuse_foreign_rotation(self, line: bytes) -> None:
        """Stop when another process rotated the key: signatures by the old one no longer count."""
        wanted = {signer.key_id.hex() for signer in self.signers}
        if not any(f'"new_key_id":"{key_id}"'.encode() in line for key_id in wanted):
            raise trail_problem(
                "PK805", "the key was rotated", place=str(self._paths.root), help="open the trail with the new key"
            )
