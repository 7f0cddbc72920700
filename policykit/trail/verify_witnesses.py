"""Steps 7 and 8 of verifying: cosignatures against the witness policy, and fragments that a crash left."""

from __future__ import annotations

import hashlib
import re

from policykit.trail.keys import cosignature_time
from policykit.trail.note import NoteSignature, verified_signatures
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.record import RecordType
from policykit.trail.verdict import Claim, Finding, Verdict
from policykit.trail.verify_state import VerifyState
from policykit.trail.witness.policy import WitnessPolicy

_TORN_NAME = re.compile(r"torn/[0-9]{6,15}-[0-9]{1,15}-[0-9a-f]{16}\Z", re.ASCII)


def count_cosignatures(state: VerifyState, policy: WitnessPolicy | None) -> int:
    """Return the largest size that the quorum cosigned; 0 when none, or when no policy says who counts."""
    if policy is None:
        count = len(state.cosignatures) + sum(len(signed.note.signatures) - 1 for signed in state.good[-1:])
        if count > 0:
            state.notes.append(f"{count} further signatures, not checked: no witness policy was given")
        return 0
    keys = [witness.key for witness in policy.witnesses]
    names = {(witness.key.name, witness.key.key_id): witness.name for witness in policy.witnesses}
    extra: dict[int, list[NoteSignature]] = {}
    for size, signature in state.cosignatures:
        extra.setdefault(size, []).append(signature)
    for signed in reversed(state.good):
        note = signed.note.with_signatures(extra.get(signed.checkpoint.size, ()))
        try:
            good = verified_signatures(note, keys)
        except CodedTrailError as problem:
            state.invalid(Claim.ANCHORING, problem)
            return 0
        if policy.is_met({names[s.name, s.key_id] for s in good}):
            by = (
                ", ".join(f"`{s.name}` at {cosignature_time(s.signature)}" for s in good)
                or "nobody, as the policy says"
            )
            detail = f"size {signed.checkpoint.size} seen by {by} (POSIX seconds)"
            state.findings.append(Finding(Claim.ANCHORING, Verdict.VALID, detail))
            return signed.checkpoint.size
    state.invalid(Claim.ANCHORING, trail_problem("PK719", "no checkpoint has the quorum of the witness policy"))
    return 0


def look_at_fragments(state: VerifyState) -> None:
    """Compare fragments with the recovery records that name them."""
    named: set[str] = set()
    for record in state.interpreted:
        if record.type == RecordType.RECOVERY:
            state.notes.append(f"record {record.seq}: opened again after {_texts(record.members.get('causes'))}")
            torn = record.members.get("torn")
            if isinstance(torn, dict):
                named.add(str(torn.get("file")))
                _check_fragment(state, record.seq, torn)
    try:
        extra = [p.name for p in state.paths.torn.iterdir() if f"torn/{p.name}" not in named and ".tmp" not in p.name]
    except OSError:
        extra = []
    state.notes.extend(f"torn/{shown(name)} is named by no record" for name in sorted(extra)[:10])


def _check_fragment(state: VerifyState, seq: int, torn: dict[str, object]) -> None:
    name = str(torn.get("file"))
    if not _TORN_NAME.match(name):
        state.invalid(Claim.INTEGRITY, trail_problem("PK727", f"record {seq} names no fragment"), seq)
        return
    try:
        data = (state.paths.root / name).read_bytes()
    except OSError:
        state.notes.append(f"{name}, a fragment that was never acknowledged, is gone")
        return
    if hashlib.sha256(data).hexdigest() != torn.get("sha256"):
        state.invalid(Claim.INTEGRITY, trail_problem("PK727", "a fragment was changed", place=name), seq)


def _texts(value: object) -> str:
    return ", ".join(shown(str(item)) for item in value) if isinstance(value, list) else "?"
