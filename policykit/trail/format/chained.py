"""The records of a trail one after the other, with the chain checked as they are read, in flat memory.

Every record must follow the one before: its number is the next one, and its `prev` is the hash of the bytes before it.
So the hash of the last record stands for all of them, and so does the root of their tree, where the first is record 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import Frontier, leaf_hash
from policykit.trail.format.record import HEADER, NO_PREVIOUS
from policykit.trail.problems import shown, trail_problem


class ChainedRecords:
    """Goes through the records of some files once."""

    def __init__(self, files: Sequence[Path], size: int | None, told: Callable[[int], None]) -> None:
        """Take files in order, the number of the first record that is not wanted, and what is told of bytes read."""
        self._files = files
        self._size = size
        self._told = told
        self._frontier = Frontier()
        self.first_seq = -1
        """Number of the first record; above 0 where the beginning is elsewhere. -1 before anything was read."""
        self.next_seq = 0
        self.last_hash = NO_PREVIOUS
        """Of the last record, in hexadecimal digits."""

    @property
    def root(self) -> bytes | None:
        """Return the root of the tree of the records; None where record 0 is not among them."""
        return None if self.first_seq else self._frontier.root()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Yield the type and the line of each record.

        Raises:
            CodedTrailError: a line is not a record, or does not follow the one before.
        """
        for place in self._files:
            try:
                with place.open("rb") as file:
                    yield from self._lines(LineBlocks(file), place)
            except OSError as error:
                reason = (error.strerror or "error").lower()
                raise trail_problem("PK700", f"cannot read the segment: {reason}", place=str(place)) from None

    def _lines(self, blocks: LineBlocks, place: Path) -> Iterator[tuple[str, bytes]]:
        for lines in blocks:
            for line in lines:
                if self.next_seq == self._size:
                    return
                yield self._follow(line, place), line
            self._told(len(blocks.data))

    def _follow(self, line: bytes, place: Path) -> str:
        """Check that a record is the next one; return its type."""
        header = HEADER.match(line)
        if header is None:
            where = f"{place}: record {self.next_seq}"
            raise trail_problem("PK701", "not a record", place=where, got=f"`{shown(line)}`")
        seq, prev = int(header[1]), header[2].decode()
        if self.first_seq < 0:
            self.first_seq = self.next_seq = seq
            self.last_hash = prev if seq else NO_PREVIOUS
        if seq != self.next_seq:
            raise trail_problem(
                "PK703", f"record {self.next_seq} is missing, doubled or moved", place=str(place),
                expected=f'`"seq":{self.next_seq}`', got=f'`"seq":{seq}`',
                help="give the trail's folder: what was filtered or cut cannot be checked",
            )  # fmt: skip
        if prev != self.last_hash:
            raise trail_problem(
                "PK702", f"record {seq} does not follow record {seq - 1}", place=str(place),
                help="the record before was changed, or one was removed or put in between",
            )  # fmt: skip
        leaf = leaf_hash(line)
        if not self.first_seq:
            self._frontier.append(leaf)
        self.last_hash = leaf.hex()
        self.next_seq += 1
        return header[4].decode()
