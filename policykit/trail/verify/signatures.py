"""Step 5 of verifying: signatures, each key only for the heads for which it counted, and heads bound by records.

Verified are: the newest head, the first head after each rotation, and every head that no signed record binds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice

from policykit.trail.format.checkpoint import SignedCheckpoint
from policykit.trail.format.keys import SignatureType, VerifierKey, parse_verifier_key
from policykit.trail.format.note import Note, verified_signatures
from policykit.trail.format.record import RecordType, StoredRecord
from policykit.trail.problems import CodedKeyError, CodedTrailError, shown, trail_problem
from policykit.trail.verify.state import VerifyState
from policykit.trail.verify.trust import Revocation, Rotation, TrustedKeys
from policykit.trail.verify.verdict import Claim

_PART = 512
"""Notes that are verified in one go."""


def verify_signatures(state: VerifyState, revoked: Sequence[Revocation], pool: Executor | None) -> None:
    """Find the newest head that counts, and every head that should and does not."""
    keys = own_keys(state)
    if not keys:
        state.unverifiable(Claim.INTEGRITY, _foreign_keys(state))
        return
    try:
        _Signatures(state, keys, revoked).verify(pool)
    except (CodedTrailError, CodedKeyError) as problem:
        state.invalid(Claim.INTEGRITY, problem.diagnostics[0])


def own_keys(state: VerifyState) -> list[VerifierKey]:
    """Return the given keys that can sign this trail; none when they do not belong to it."""
    keys = [key for key in state.keys if key.name == state.origin and key.type is SignatureType.ED25519]
    return keys if state.heads.is_key_named else []


def _foreign_keys(state: VerifyState) -> CodedTrailError:
    given = ", ".join(f"`{shown(key.name, 255)}+{key.key_id.hex()}`" for key in state.keys)
    if not len(state.heads):
        return trail_problem(
            "PK707", "this trail has no signed head", place=str(state.paths.checkpoints_log),
            help="ask whoever keeps the trail for `checkpoints.log` and `checkpoint`",
        )  # fmt: skip
    plural = len(state.keys) > 1
    return trail_problem(
        "PK707", f"{'these keys do' if plural else 'this key does'} not belong to this trail",
        place=str(state.paths.root), expected=f"a key that signed it, such as `{shown(state.heads.signer, 300)}`",
        got=given, help="ask for the trail's own verifier key; never take it from the trail's folder",
    )  # fmt: skip


class _Signatures:
    """The heads of one trail, as their signatures are verified."""

    def __init__(self, state: VerifyState, keys: Sequence[VerifierKey], revoked: Sequence[Revocation]) -> None:
        self._state = state
        self._heads = state.heads
        self._trust = TrustedKeys(keys, revoked)
        self._notes: dict[int, Note] = {}
        self._signed: dict[tuple[int, VerifierKey], bool] = {}
        self._unread: list[tuple[int, CodedTrailError]] = []
        """Rotation records that cannot hand over, with what is wrong."""

    def verify(self, pool: Executor | None) -> None:
        """Settle which keys count, find the newest head that counts, verify what is not bound.

        Raises:
            CodedTrailError: a known key's signature does not verify, or a rotation is not one.
        """
        rotations = self._rotations()
        last = len(self._heads) - 1
        looked_at = sorted({last, *(rotation.head for rotation in rotations)})
        self._notes.update(zip(looked_at, (signed.note for signed in self._heads.notes(looked_at)), strict=True))
        self._refuse_twins(rotations)
        unproved = self._trust.settle(rotations, self._has_signed)
        self._state.trust = self._trust
        if unproved is not None:
            raise _new_key_missing(unproved)
        self._state.newest = self._newest(last)
        signed_size = self._state.signed_size
        for seq, problem in self._unread:
            if seq < signed_size:
                raise problem
        self._state.notes += [
            f"record {rotation.seq} hands signing over to `{shown(rotation.new.to_text(), 400)}`"
            for rotation in rotations
            if rotation.seq in self._trust.settled
        ]
        bound = self._bound(signed_size)
        wanted = sorted({*looked_at, *range(bound + 1, last + 1)})
        self._verify_each(wanted, pool)

    # -- rotations ----------------------------------------------------------------------------------------------------

    def _rotations(self) -> list[Rotation]:
        found: list[Rotation] = []
        for record in self._state.interpreted:
            if record.type == RecordType.KEY_ROTATION:
                head = self._heads.first_above(record.seq)
                try:
                    old, new = self._keys_of(record)
                except (CodedKeyError, CodedTrailError) as problem:
                    self._unread.append((record.seq, CodedTrailError(problem.diagnostics[0])))
                    continue
                if head < len(self._heads):
                    found.append(Rotation(record.seq, old, new, head, self._heads.sizes[head]))
        return found

    def _keys_of(self, record: StoredRecord) -> tuple[VerifierKey, VerifierKey]:
        old, new = (parse_verifier_key(str(record.members.get(name))) for name in ("old_key", "new_key"))
        for key in (old, new):
            if key.name != self._state.origin or key.type is not SignatureType.ED25519:
                raise trail_problem(
                    "PK805", f"record {record.seq} hands signing over between keys of another kind or name",
                    expected=f"Ed25519 keys of `{shown(self._state.origin, 255)}`", got=f"`{shown(key.name, 255)}`",
                )  # fmt: skip
        return old, new

    def _has_signed(self, index: int, key: VerifierKey) -> bool:
        """Say whether a key that may turn out to be nobody's signed a head that is looked at."""
        known = self._signed.get((index, key))
        if known is None:
            note = self._notes[index]
            mine = next((s for s in note.signatures if (s.name, s.key_id) == (key.name, key.key_id)), None)
            known = mine is not None and key.verify_note(note.text.encode(), mine.signature)
            self._signed[index, key] = known
        return known

    def _refuse_twins(self, rotations: Sequence[Rotation]) -> None:
        """Refuse two keys of one name and id: a signature line would not say which of them it means."""
        known: dict[bytes, VerifierKey] = {}
        for key in (*self._trust.keys, *(key for rotation in rotations for key in (rotation.old, rotation.new))):
            if known.setdefault(key.key_id, key) != key:
                raise trail_problem(
                    "PK805", "two keys of this trail have the same name and id",
                    got=f"`{shown(key.name, 255)}+{key.key_id.hex()}`",
                    help="make another key: four bytes of its hash are its id, and these must differ",
                )  # fmt: skip

    # -- heads --------------------------------------------------------------------------------------------------------

    def _newest(self, last: int) -> int:
        """Return the newest head that a counting key signed; -1 without one."""
        for index in range(last, -1, -1):
            note = self._notes.get(index) or self._heads.note(index).note
            if self._counts(index, _signers(note, self._trust.keys)):
                return index
        return -1

    def _counts(self, index: int, signers: Sequence[VerifierKey]) -> bool:
        return any(self._trust.counts(key, index, self._heads.sizes[index]) for key in signers)

    def _bound(self, signed_size: int) -> int:
        """Return the newest head that a signed record names; -1 without one.

        Raises:
            CodedTrailError: a signed record names a head that the log does not hold.
        """
        seqs, named = self._state.bindings.seqs, self._state.bindings.heads
        bound = -1
        signed = bisect_left(seqs, signed_size)
        for seq, head in zip(islice(seqs, signed), named, strict=False):
            if head < 0:
                raise trail_problem(
                    "PK717", f"record {seq} names a head that the checkpoint log does not hold as it was",
                    place=str(self._heads.path), help="a line of the log was changed, removed or put in before it",
                )  # fmt: skip
            bound = max(bound, head)
        sizes = self._state.bindings.sizes
        newest = self._heads.sizes[-1]  # a record that was written meanwhile may name a newer head
        if any(named[at] < 0 and sizes[at] < newest for at in range(signed, len(named))):
            self._state.notes.append("an unsigned record names a head that the checkpoint log does not hold")
        return bound

    def _verify_each(self, wanted: Sequence[int], pool: Executor | None) -> None:
        explained: set[bool] = set()
        """The first head by unknown keys is told, and the first by known ones: only the latter is a contradiction."""
        for index, signers, note in self._signers_of_each(wanted, pool):
            if self._counts(index, signers):
                continue
            self._state.bad.add(index)
            is_known = bool(signers)
            if is_known not in explained:
                explained.add(is_known)
                self._explain(note, is_known=is_known)

    def _signers_of_each(
        self, wanted: Sequence[int], pool: Executor | None
    ) -> Iterator[tuple[int, Sequence[VerifierKey], Note]]:
        keys = self._trust.keys
        notes = (signed.note for signed in self._heads.notes(wanted))
        parts = iter(lambda: list(islice(notes, _PART)), [])
        indices = iter(wanted)
        if pool is None or len(wanted) < 2 * _PART:
            for part in parts:
                for note in part:
                    yield next(indices), _signers(note, keys), note
            return
        ahead = 16
        while waiting := list(islice(parts, ahead)):
            for part, found in zip(waiting, pool.map(_signers_of, [(part, keys) for part in waiting]), strict=True):
                for note, signers in zip(part, found, strict=True):
                    yield next(indices), signers, note

    def _explain(self, note: Note, *, is_known: bool) -> None:
        names = ", ".join(f"`{shown(s.name, 255)}+{s.key_id.hex()}`" for s in note.signatures[:4])
        if is_known:
            problem = trail_problem(
                "PK805", "a checkpoint is signed by a key that did not count at its size", got=names
            )
            self._state.invalid(Claim.INTEGRITY, problem)
            return
        problem = trail_problem(
            "PK707", "no known key signed a checkpoint", place=str(self._heads.path),
            expected=", ".join(f"`{shown(key.name, 255)}+{key.key_id.hex()}`" for key in self._trust.keys), got=names,
        )  # fmt: skip
        self._state.unverifiable(Claim.INTEGRITY, problem)


def _new_key_missing(rotation: Rotation) -> CodedTrailError:
    return trail_problem(
        "PK805", f"record {rotation.seq} hands signing over, and the new key did not sign the next head",
        expected=f"size {rotation.size} signed by `{shown(rotation.new.name, 255)}+{rotation.new.key_id.hex()}` too",
    )  # fmt: skip


def _signers(note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return the keys that signed a note.

    Raises:
        CodedTrailError: one of them is named, and its signature does not verify.
    """
    by_id = {(key.name, key.key_id): key for key in keys}
    return tuple(by_id[s.name, s.key_id] for s in verified_signatures(note, keys))


def _signers_of(part: tuple[list[Note], list[VerifierKey]]) -> list[tuple[VerifierKey, ...]]:
    notes, keys = part
    return [_signers(note, keys) for note in notes]


def signers_text(state: VerifyState) -> str:
    """Name the keys that signed the newest verified head."""
    return ", ".join(f"`{shown(key.name, 255)}+{key.key_id.hex()}`" for key in newest_signers(state))


def newest_signers(state: VerifyState) -> tuple[VerifierKey, ...]:
    """Return the keys that signed the newest verified head and count there."""
    trust = state.trust
    if state.newest < 0 or trust is None:
        return ()
    signed: SignedCheckpoint = state.heads.note(state.newest)
    signers = _signers(signed.note, trust.keys)
    return tuple(key for key in signers if trust.counts(key, state.newest, signed.checkpoint.size))
