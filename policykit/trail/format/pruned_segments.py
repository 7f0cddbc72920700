"""What a prune record says: whole segments from one on are dropped, and the root over each."""

from __future__ import annotations

import re

from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.record import RecordType, StoredRecord, parse_record
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.storage.local import failing_as

_ROOT = re.compile("[0-9a-f]{64}")


def prune_records(paths: TrailPaths) -> list[StoredRecord]:
    """Return the prune records among the stored ones, in their order.

    Raises:
        CodedTrailError: a segment cannot be read, or one of them is not a record.
    """
    found: list[StoredRecord] = []
    for number in paths.segment_numbers():
        path = paths.segment(number)
        with failing_as("read the segment", path), path.open("rb") as file:
            for lines in LineBlocks(file):
                found.extend(parse_record(line) for line in lines if b'"type":"prune"' in line[:256])
    return [record for record in found if record.type == RecordType.PRUNE]


def named_segments(record: StoredRecord) -> dict[int, str]:
    """Return the roots that a prune record names, in hexadecimal digits, by the numbers of their segments.

    Raises:
        CodedTrailError: the record has another form. Read loosely, it would say one thing here and another elsewhere.
    """
    first, end, roots = (record.members.get(name) for name in ("first", "end", "roots"))
    named = [root for root in roots if _is_root(root)] if isinstance(roots, list) else []
    if not isinstance(first, int) or not named or named != roots or (type(first), type(end)) != (int, int):
        raise _bad(record)
    if first < 0 or first % SEGMENT_RECORDS or end != first + len(named) * SEGMENT_RECORDS:
        raise _bad(record)
    return dict(enumerate(named, first // SEGMENT_RECORDS))


def _is_root(root: object) -> bool:
    return isinstance(root, str) and _ROOT.fullmatch(root) is not None


def _bad(record: StoredRecord) -> CodedTrailError:
    return trail_problem("PK715", f"record {record.seq} prunes, and does not name whole segments with their roots")
