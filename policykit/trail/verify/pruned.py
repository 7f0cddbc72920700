"""The beginning of a trail that was pruned: which segments signed records name as dropped, with the roots over them."""

from __future__ import annotations

from policykit.trail.format.layout import SEGMENT_RECORDS
from policykit.trail.format.pruned_segments import named_segments
from policykit.trail.format.record import RecordType, StoredRecord
from policykit.trail.problems import shown, trail_problem
from policykit.trail.verify.signatures import own_keys
from policykit.trail.verify.state import VerifyState


def pruned_roots(state: VerifyState) -> list[bytes]:
    """Return the roots of the segments that are missing, as signed prune records name them.

    Raises:
        CodedTrailError: no signed record names one of them, two name it differently, or a prune record is none.
    """
    signed = state.heads.sizes[-1] if own_keys(state) else state.size
    roots: dict[int, str] = {}
    for record in state.interpreted:
        if record.type != RecordType.PRUNE:
            continue
        named = named_segments(record)
        _compare_genesis(state, record)
        if not state.pruned or record.seq >= signed:
            continue
        for number, root in named.items():
            if roots.setdefault(number, root) != root:
                raise trail_problem("PK715", f"two records name segment {number} as dropped, with different roots")
    wanted = range(state.pruned // SEGMENT_RECORDS)
    if len(roots) < len(wanted) or not all(number in roots for number in wanted):
        raise trail_problem(
            "PK715", "the beginning of the trail is missing, and no signed prune record says so",
            place=str(state.paths.segments), expected=f"{len(wanted)} segments more",
        )  # fmt: skip
    if wanted:
        state.notes.append(f"the first {state.pruned} records were pruned; their hashes are part of what is signed")
    return [bytes.fromhex(roots[number]) for number in wanted]


def _compare_genesis(state: VerifyState, record: StoredRecord) -> None:
    genesis = record.members.get("genesis")
    origin = genesis.get("origin") if isinstance(genesis, dict) else None
    if state.heads.origin and origin != state.heads.origin:
        raise trail_problem(
            "PK728", f"record {record.seq} repeats the genesis of another trail than the heads name",
            expected=f"`{shown(state.heads.origin)}`", got=f"`{shown(str(origin))}`",
        )  # fmt: skip
