"""Dropping old segments by retention: whole sealed segments from the front, after a record that says so is signed.

The hashes of what is dropped stay, so every older proof and checkpoint keeps its meaning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from policykit.encoding.timestamps import TimestampError, parse_timestamp
from policykit.trail import entries
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths, segment_of
from policykit.trail.format.lines import LineBlocks, find_line
from policykit.trail.format.merkle import leaf_hash, perfect_root
from policykit.trail.format.pruned_segments import named_segments, prune_records
from policykit.trail.format.record import StoredRecord, parse_record
from policykit.trail.format.tiles import TileReader
from policykit.trail.problems import trail_problem
from policykit.trail.storage.local import failing_as
from policykit.trail.write.append import Trail

_MAX_SEGMENTS_A_RECORD = 500
"""The roots of more would not fit a record."""
_SEGMENT_LEVEL = 16
"""A segment's root stands for 2**16 records."""


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
    earlier = prune_records(paths)
    members = _genesis_members(paths, numbers[0], earlier)
    _refuse_early(paths, dropped[-1], members.get("retention_days"), now)
    roots = _roots_to_name(paths, dropped, earlier)
    if not trail.has_segments({number: bytes.fromhex(root) for number, root in roots.items()}):
        raise trail_problem(
            "PK725", "the segments that would be dropped are not those that were signed", place=str(paths.segments),
            help="they were changed, and dropping them would destroy what shows it; keep a copy, and restore them",
        )  # fmt: skip
    _record(trail, roots, authority, members)
    for number in dropped:
        path = paths.segment(number)
        with failing_as("drop a segment", path):
            path.unlink()
    return segments * SEGMENT_RECORDS


def _record(trail: Trail, roots: Mapping[int, str], authority: str, genesis: Mapping[str, object]) -> None:
    """Append and sign the records that name these roots."""
    for first, named in _runs(roots):
        end = (first + len(named)) * SEGMENT_RECORDS
        receipt = trail.append(
            entries.prune(first=first * SEGMENT_RECORDS, end=end, roots=named, authority=authority, genesis=genesis)
        )
        if receipt.problem is not None and not receipt.recorded:
            raise receipt.problem  # whatever the failure policy lets pass: nothing is dropped without its record
    trail.checkpoint()


def _roots_to_name(paths: TrailPaths, dropped: Sequence[int], earlier: Sequence[StoredRecord]) -> dict[int, str]:
    """Return the roots of what is dropped, and of what was dropped before and is named only in what is dropped now.

    Without the latter the trail could never be verified again: the records that name its beginning would be gone.
    """
    known: dict[int, str] = {}
    staying: set[int] = set()
    for record in earlier:
        named = named_segments(record)
        known |= named
        staying |= named.keys() if segment_of(record.seq) > dropped[-1] else set()
    tiles = TileReader(paths, dropped[0] * SEGMENT_RECORDS)
    roots = {n: known.get(n) or tiles.node(_SEGMENT_LEVEL, n).hex() for n in range(dropped[0]) if n not in staying}
    return roots | {number: _segment_root(paths, number).hex() for number in dropped}


def _runs(roots: Mapping[int, str]) -> Iterator[tuple[int, list[str]]]:
    """Yield roots of segments that follow each other, as many as fit a record, with the number of the first."""
    run: list[str] = []
    first = 0
    for number, root in roots.items():
        if run and (number != first + len(run) or len(run) == _MAX_SEGMENTS_A_RECORD):
            yield first, run
            run = []
        first = first if run else number
        run.append(root)
    yield first, run


def _segment_root(paths: TrailPaths, number: int) -> bytes:
    """Hash the segment as stored: the record must state what is dropped, whatever the tiles say."""
    leaves: list[bytes] = []
    with paths.segment(number).open("rb") as file:
        for lines in LineBlocks(file):
            leaves.extend(map(leaf_hash, lines))
    if len(leaves) != SEGMENT_RECORDS:
        raise trail_problem("PK725", "only full segments are dropped", place=str(paths.segment(number)))
    return perfect_root(leaves)


def _genesis_members(paths: TrailPaths, first_segment: int, earlier: Sequence[StoredRecord]) -> Mapping[str, object]:
    """Return what record 0 states, from itself or from the prune record that repeated it."""
    if first_segment == 0:
        members = parse_record(find_line(paths, 0)).members
        leading = {"v", "seq", "prev", "ts", "type", "head", "log", "mono_ns", "boot"}
        return {name: value for name, value in members.items() if name not in leading}
    for record in reversed(earlier):
        genesis = record.members.get("genesis")
        if isinstance(genesis, dict):
            return genesis
    raise trail_problem("PK715", "no record says what the pruned beginning stated", place=str(paths.root))


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
