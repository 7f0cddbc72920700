"""Step 5 of verifying: signatures, each key only for the sizes for which it was trusted."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from policykit.trail.checkpoint import SignedCheckpoint
from policykit.trail.keys import VerifierKey, parse_verifier_key
from policykit.trail.note import Note, verified_signatures
from policykit.trail.problems import CodedKeyError, CodedTrailError, shown, trail_problem
from policykit.trail.record import RecordType
from policykit.trail.verdict import Claim, Finding, Verdict
from policykit.trail.verify_state import VerifyState


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key whose signatures do not count beyond a size."""

    key_id: bytes
    last_size: int


@dataclass(slots=True)
class _Trust:
    key: VerifierKey
    first: int
    last: int | None

    def covers(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


def verify_signatures(state: VerifyState, revoked: Sequence[Revocation], pool: Executor | None) -> None:
    """Fill `state.good` with the checkpoints that a trusted key signed; explain when the newest is not one."""
    rotations = rotations_in(state)
    try:
        limits = {item.key_id: item.last_size for item in revoked}
        before = _predecessors(state, limits)
        every = list(dict.fromkeys([*state.keys, *(key for _, key in rotations), *(trust.key for trust in before)]))
        signers = _signed_by([signed.note for signed in state.heads], every, pool)
    except (CodedTrailError, CodedKeyError) as problem:
        state.invalid(Claim.INTEGRITY, problem.diagnostic)
        return
    trusted = [_Trust(key, 0, limits.get(key.key_id)) for key in state.keys]
    trusted.extend(before)
    for signed, by in zip(state.heads, signers, strict=True):
        size = signed.checkpoint.size
        believed = [trust for trust in trusted if trust.key in by and trust.covers(size)]
        if believed:
            state.good.append(signed)
            rotations = _accept_rotations(state, trusted, rotations, size, limits)
    for signed, by in zip(state.heads, signers, strict=True):
        if signed not in state.good:  # the log holds the trail's own heads and no others
            _explain_unsigned(state, signed, by)
            return


def _explain_unsigned(state: VerifyState, signed: SignedCheckpoint, by: tuple[VerifierKey, ...]) -> None:
    names = ", ".join(f"`{shown(s.name)}+{s.key_id.hex()}`" for s in signed.note.signatures[:4])
    if by:
        problem = trail_problem("PK805", "a checkpoint is signed by a key that did not count at its size", got=names)
        state.invalid(Claim.INTEGRITY, problem)
        return
    diagnostic = trail_problem(
        "PK707", "no known key signed a checkpoint", place=str(state.paths.checkpoint),
        expected=", ".join(f"`{key.name}+{key.key_id.hex()}`" for key in state.keys), got=names,
    ).diagnostic  # fmt: skip
    state.findings.append(Finding(Claim.INTEGRITY, Verdict.UNVERIFIABLE, str(diagnostic), None, diagnostic))


def rotations_in(state: VerifyState) -> list[tuple[int, VerifierKey]]:
    """Return number and new key of every rotation that the trail records."""
    found: list[tuple[int, VerifierKey]] = []
    for record in state.interpreted:
        if record.type == RecordType.KEY_ROTATION:
            try:
                found.append((record.seq, parse_verifier_key(str(record.members.get("new_key")))))
            except CodedKeyError as problem:
                state.invalid(Claim.INTEGRITY, problem.diagnostic, record.seq)
    return found


def _accept_rotations(
    state: VerifyState,
    trusted: list[_Trust],
    rotations: list[tuple[int, VerifierKey]],
    size: int,
    limits: dict[bytes, int],
) -> list[tuple[int, VerifierKey]]:
    """Trust the new key of every rotation that a believed checkpoint covers; end the trust in the old one there."""
    for seq, key in rotations:
        if seq >= size:
            continue
        for trust in trusted:
            if trust.key != key and trust.last is None:
                trust.last = size
        if all(trust.key != key for trust in trusted):
            trusted.append(_Trust(key, seq + 1, limits.get(key.key_id)))
        state.notes.append(f"record {seq} passed the signature on to `{key.to_text()}`")
    return [(seq, key) for seq, key in rotations if seq >= size]


def _signed_by(notes: list[Note], keys: list[VerifierKey], pool: Executor | None) -> list[tuple[VerifierKey, ...]]:
    step = 512
    parts = [(notes[at : at + step], keys) for at in range(0, len(notes), step)]
    found = pool.map(_signers_of, parts) if pool else map(_signers_of, parts)
    return [signers for part in found for signers in part]


def _signers_of(part: tuple[list[Note], list[VerifierKey]]) -> list[tuple[VerifierKey, ...]]:
    notes, keys = part
    by_id = {(key.name, key.key_id): key for key in keys}
    return [tuple(by_id[s.name, s.key_id] for s in verified_signatures(note, keys)) for note in notes]


def _predecessors(state: VerifyState, limits: dict[bytes, int]) -> list[_Trust]:
    """Trust the key before a given one, up to the rotation that names it and that the given key signed."""
    found: list[_Trust] = []
    pinned = {key.to_text() for key in state.keys}
    for record in reversed(state.interpreted):
        old, new = str(record.members.get("old_key")), str(record.members.get("new_key"))
        if record.type == RecordType.KEY_ROTATION and new in pinned and old not in pinned:
            key = parse_verifier_key(old)
            found.append(_Trust(key, 0, min(record.seq + 1, limits.get(key.key_id, record.seq + 1))))
            pinned.add(old)
    return found


def signers_text(state: VerifyState) -> str:
    """Name the keys that signed the newest verified checkpoint."""
    named = {key.key_id: key for key in state.keys}
    ids = {s.key_id for s in state.good[-1].note.signatures} if state.good else set()
    return ", ".join(f"`{key.name}+{key_id.hex()}`" for key_id, key in named.items() if key_id in ids) or "a later key"
