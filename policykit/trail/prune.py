"""Dropping old segments by retention: whole sealed segments from the front, after a record that says so is signed.

The hashes of what is dropped stay, so every older proof and checkpoint keeps its meaning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from policykit.encoding.timestamps import TimestampError, parse_timestamp
from policykit.trail import entries
from policykit.trail.append import Trail
from policykit.trail.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.lines import LineBlocks, find_line
from policykit.trail.merkle import leaf_hash, perfect_root
from policykit.trail.problems import trail_problem
from policykit.trail.record import StoredRecord, parse_record
from policykit.trail.storage.local import failing_as

_MAX_SEGMENTS_A_RECORD = 500
"""The roots of more would not fit a record."""


def prune(trail: Trail, *, segments: int, authority: str, now: dt.datetime) -> int:
    """Drop the first `segments` segments that are still there; return how many records that were.

    The record is durable and signed before anything is removed.

    Args:
        trail: an open trail.
        segments: how many; at least one segment must stay.
        authority: by whose decision.
        now: what the retention period is measured against; aware.

    Raises:
        CodedTrailError: when a segment is not full, or holds a record that must still be kept.
    """
    paths = trail.paths
    numbers = paths.segment_numbers()
    if not 0 < segments < len(numbers) or segments > _MAX_SEGMENTS_A_RECORD:
        raise trail_problem(
            "PK725", "cannot drop so many segments", expected=f"from 1 to {len(numbers) - 1}", got=str(segments)
        )
    dropped = numbers[:segments]
    members = _genesis_members(paths, numbers[0])
    _refuse_early(paths, dropped[-1], members.get("retention_days"), now)
    roots = {number: _segment_root(paths, number) for number in dropped}
    if not trail.has_segments(roots):
        raise trail_problem(
            "PK725", "the segments that would be dropped are not those that were signed", place=str(paths.segments),
            help="they were changed, and dropping them would destroy what shows it; keep a copy, and restore them",
        )  # fmt: skip
    end = (dropped[-1] + 1) * SEGMENT_RECORDS
    receipt = trail.append(
        entries.prune(
            first=dropped[0] * SEGMENT_RECORDS,
            end=end,
            roots=[root.hex() for root in roots.values()],
            authority=authority,
            genesis=members,
        )
    )
    if receipt.problem is not None and not receipt.recorded:
        raise receipt.problem  # whatever the failure policy lets pass: nothing is dropped without its record
    trail.checkpoint()
    for number in dropped:
        path = paths.segment(number)
        with failing_as("drop a segment", path):
            path.unlink()
    return segments * SEGMENT_RECORDS


def _segment_root(paths: TrailPaths, number: int) -> bytes:
    """Hash the segment as stored: the record must state what is dropped, whatever the tiles say."""
    leaves: list[bytes] = []
    with paths.segment(number).open("rb") as file:
        for lines in LineBlocks(file):
            leaves.extend(map(leaf_hash, lines))
    if len(leaves) != SEGMENT_RECORDS:
        raise trail_problem("PK725", "only full segments are dropped", place=str(paths.segment(number)))
    return perfect_root(leaves)


def _genesis_members(paths: TrailPaths, first_segment: int) -> Mapping[str, object]:
    """Return what record 0 states, from itself or from the prune record that repeated it."""
    if first_segment == 0:
        members = parse_record(find_line(paths, 0)).members
        leading = {"v", "seq", "prev", "ts", "type", "head", "log", "mono_ns", "boot"}
        return {name: value for name, value in members.items() if name not in leading}
    for record in _records_backwards(paths):
        genesis = record.members.get("genesis")
        if record.type == "prune" and isinstance(genesis, dict):
            return genesis
    raise trail_problem("PK715", "no record says what the pruned beginning stated", place=str(paths.root))


def _records_backwards(paths: TrailPaths) -> list[StoredRecord]:
    """Return prune records, the newest first."""
    found: list[StoredRecord] = []
    for number in paths.segment_numbers():
        with paths.segment(number).open("rb") as file:
            for lines in LineBlocks(file):
                found.extend(parse_record(line) for line in lines if b'"type":"prune"' in line[:256])
    return found[::-1]


def _refuse_early(paths: TrailPaths, last: int, retention_days: object, now: dt.datetime) -> None:
    if retention_days is None:
        raise trail_problem("PK725", "this trail keeps its records for ever", help="retention is stated in record 0")
    newest = parse_record(find_line(paths, (last + 1) * SEGMENT_RECORDS - 1))
    try:
        age = now - parse_timestamp(newest.ts)
    except TimestampError:
        raise trail_problem("PK725", f"the time of record {newest.seq} cannot be read") from None
    if not isinstance(retention_days, int) or age < dt.timedelta(days=retention_days):
        raise trail_problem(
            "PK725", f"record {newest.seq} must still be kept", expected=f"an age of {retention_days} days",
            got=f"{age.days} days", place=str(Path(paths.segment(last))),
        )  # fmt: skip
