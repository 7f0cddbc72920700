"""Reading records: filtered, in order, one at a time. Reading is strict; it does not verify."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from policykit.encoding.timestamps import format_timestamp
from policykit.trail.layout import TILE_HASHES, TrailPaths
from policykit.trail.lines import LineBlocks
from policykit.trail.problems import trail_problem
from policykit.trail.record import StoredRecord, parse_record
from policykit.trail.regular import open_regular


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted; all that is given must hold."""

    types: frozenset[str] = frozenset()
    clause: str = ""
    """The identifier of a clause that the record names."""
    since: datetime | None = None
    """Not before this instant; aware."""
    until: datetime | None = None
    """Before this instant; aware."""

    def wants(self, record: StoredRecord) -> bool:
        """Say whether a record is wanted. Instants are compared as texts, which sort as they do."""
        if self.types and record.type not in self.types:
            return False
        if self.since is not None and record.ts < format_timestamp(self.since):
            return False
        if self.until is not None and record.ts >= format_timestamp(self.until):
            return False
        return not self.clause or self.clause in clauses_of(record)


def clauses_of(record: StoredRecord) -> dict[str, str]:
    """Return the clauses that a record names, with their outcomes; the outcome is empty where it has none."""
    named = record.members.get("clauses")
    outcomes = {str(name): str(outcome) for name, outcome in named.items()} if isinstance(named, dict) else {}
    single = record.members.get("clause")
    return {**outcomes, single: ""} if isinstance(single, str) else outcomes


def read_records(path: str | os.PathLike[str], wanted: Filter | None = None) -> Iterator[StoredRecord]:
    """Yield the records of a trail in order.

    Raises:
        CodedTrailError: when there is no trail, or at the first line that is not a record.
    """
    paths = TrailPaths(Path(path))
    numbers = paths.segment_numbers()
    if not numbers:
        raise trail_problem("PK700", "no trail here", place=str(path), expected="a directory with `seg/000000.jsonl`")
    for number in numbers:
        place = paths.segment(number)
        try:
            with open_regular(place) as file:
                for lines in LineBlocks(file):
                    for line in lines:
                        record = parse_record(line, str(place))
                        if wanted is None or wanted.wants(record):
                            yield record
        except OSError as error:
            raise trail_problem("PK700", f"cannot read the segment: {error.strerror}", place=str(place)) from None


def entry_bundles(path: Path, size: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield index, width and bytes of each tlog-tiles entry bundle: records with a 16-bit length before each.

    Source: C2SP tlog-tiles, "Log entries". Requires an unpruned trail.
    """
    bundle: list[bytes] = []
    index = 0
    for record in read_records(path):
        if record.seq >= size:
            break
        bundle.append(len(record.raw).to_bytes(2, "big") + record.raw)
        if len(bundle) == TILE_HASHES:
            yield index, TILE_HASHES, b"".join(bundle)
            bundle, index = [], index + 1
    if bundle:
        yield index, len(bundle), b"".join(bundle)
