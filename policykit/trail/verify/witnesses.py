"""Steps 7 and 8 of verifying: cosignatures against the witness policy, and fragments that a crash left."""

from __future__ import annotations

import os
from pathlib import Path

from policykit.trail.format.fragments import check_fragment
from policykit.trail.format.keys import cosignature_time
from policykit.trail.format.note import verified_signatures
from policykit.trail.format.record import RecordType
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.verify.recoveries import recovery_notes
from policykit.trail.verify.signatures import newest_signers
from policykit.trail.verify.state import VerifyState
from policykit.trail.verify.verdict import Claim, TrailFinding, TrailVerdict
from policykit.trail.witness.policy import WitnessPolicy

_SHOWN = 10


def count_cosignatures(state: VerifyState, policy: WitnessPolicy | None) -> int:
    """Return the largest size that the quorum cosigned; 0 when none, or when no policy says who counts."""
    heads = state.heads
    if policy is None:
        count = len(heads.cosigned)
        if state.newest >= 0:
            count += len(heads.note(state.newest).note.signatures) - len(newest_signers(state))
        if count > 0:
            plural = "s" if count > 1 else ""
            state.notes.append(
                f"{count} further signature{plural}, not checked: no witness policy was given (--witness-policy)"
            )
        return 0
    keys = [witness.key for witness in policy.witnesses]
    names = {(witness.key.name, witness.key.key_id): witness.name for witness in policy.witnesses}
    extra = heads.cosignatures() if heads.cosigned else {}
    good_heads = [index for index in range(state.newest, -1, -1) if state.is_good(index)]
    for signed in heads.notes(good_heads):
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
            state.findings.append(TrailFinding(Claim.ANCHORING, TrailVerdict.VALID, detail))
            return signed.checkpoint.size
    state.invalid(Claim.ANCHORING, trail_problem("PK719", "no checkpoint has the quorum of the witness policy"))
    return 0


def look_at_fragments(state: VerifyState) -> None:
    """Compare fragments with the recovery records that name them, and say what the records say."""
    named: set[str] = set()
    records = [record for record in state.interpreted if record.type == RecordType.RECOVERY]
    for record in records:
        torn = record.members.get("torn")
        if torn is not None:
            members = torn if isinstance(torn, dict) else {}
            named.add(str(members.get("file")))
            _check_fragment(state, record.seq, members)
    state.notes.extend(recovery_notes(records))
    extra, more = _unnamed(state.paths.torn, named)
    state.notes.extend(f"torn/{shown(name)} is named by no record" for name in extra)
    if more:
        state.notes.append(f"{more} further files in torn/ are named by no record")


def _unnamed(directory: Path, named: set[str]) -> tuple[list[str], int]:
    """Return the first names in order that no record names, and how many others there are."""
    first: list[str] = []
    count = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if f"torn/{entry.name}" not in named and ".tmp" not in entry.name:
                    count += 1
                    first = sorted([*first, entry.name])[:_SHOWN]
    except OSError:
        return [], 0
    return first, count - len(first)


def _check_fragment(state: VerifyState, seq: int, torn: dict[str, object]) -> None:
    try:
        if not check_fragment(state.paths.root, seq, torn):
            state.notes.append(f"{torn.get('file')}, a fragment that was never acknowledged, is gone")
    except CodedTrailError as problem:
        if problem.diagnostics[0].code != "PK727":
            raise
        state.invalid(Claim.INTEGRITY, problem, seq)
