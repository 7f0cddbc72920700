"""What other writers appended to a segment since this one looked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.record import HEADER
from policykit.trail.problems import shown, trail_problem
from policykit.trail.storage.local import failing_as


class Growth(NamedTuple):
    """Records that follow those that are known."""

    records: int
    last: str
    """The leaf hash of the last one, in hexadecimal digits."""


def read_growth(path: Path, start: int, end: int, seq: int) -> Growth:
    """Return what stands between two offsets of a segment. Full checking is the tree's (`Heads.sign`).

    Args:
        path: the segment.
        start: where what is known ends.
        end: where the segment ends; the trail's lock must be held.
        seq: the number of the next record.

    Raises:
        CodedTrailError: when it cannot be read, or is not records that could follow.
    """
    with failing_as("read the segment", path), path.open("rb") as file:
        file.seek(start)
        blocks = LineBlocks(file, limit=end - start)
        count, last = 0, b""
        for lines in blocks:
            count += len(lines)
            last = lines[-1] if lines else last
    if blocks.fragment:
        # Under the lock nobody is writing: a process died in the middle of a record.
        raise trail_problem(
            "PK710", "another writer died in the middle of a record", place=str(path),
            help="open the trail again: opening sets the fragment aside and records it",
        )  # fmt: skip
    header = HEADER.match(last)
    if header is None or int(header[1]) != seq + count - 1:
        raise trail_problem("PK710", "records that do not follow", place=str(path), got=shown(last))
    return Growth(count, leaf_hash(last).hex())
