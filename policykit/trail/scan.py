"""Reading one segment for verification: hashes, chain, tiles, and the tree at the sizes that were signed.

One call reads one segment and needs nothing from the others, so segments can be read by several processes.
Checked here for every record: its length, its leading members, its number, `prev`, the bytes (UTF-8, no control
characters, no CR), and that it ends in `}`. Whether it is JSON without duplicate names is checked only when `deep`.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from policykit.source.diagnostic import Diagnostic
from policykit.trail.layout import MAX_RECORD_BYTES, SEGMENT_RECORDS, TILE_HASHES, TrailPaths
from policykit.trail.lines import LineBlocks
from policykit.trail.merkle import HASH_BYTES, Frontier, perfect_root
from policykit.trail.problems import CodedTrailError, shown, trail_problem
from policykit.trail.record import NO_PREVIOUS, RecordType, holds_control_bytes, parse_record
from policykit.trail.tiles import read_tile

_REST = re.compile(
    rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","type":"([a-z][a-z_]{0,31})"'
    rb'(?:,"head":(0|[1-9][0-9]{0,18}),"log":"([0-9a-f]{64})")?(?!,"(?:head|log)":)[,}]'
)
_INTERPRETED = {
    kind.value.encode() for kind in (RecordType.GENESIS, RecordType.KEY_ROTATION, RecordType.RECOVERY, RecordType.PRUNE)
}
_MAX_INTERPRETED_BYTES = 4 << 20
"""Records that the verifier reads, a segment: honest trails have a handful."""


@dataclass(frozen=True, slots=True)
class SegmentTask:
    """What to read."""

    root: Path
    number: int
    prev: str | None
    """What record 0 of the segment must name as `prev`; None when that is compared afterwards."""
    sizes: tuple[int, ...]
    """Tree sizes inside the segment, rising, at which the tree is wanted."""
    deep: bool = False


@dataclass(slots=True)
class SegmentResult:
    """What was found."""

    number: int
    records: int = 0
    first_prev: str = ""
    last_hash: str = NO_PREVIOUS
    subtrees: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    """The perfect subtrees inside the segment, the largest first, at each size that was asked for."""
    tail: tuple[bytes, ...] = ()
    """The same at the segment's end."""
    fragment_bytes: int = 0
    interpreted: list[bytes] = field(default_factory=list)
    problem: Diagnostic | None = None
    bad_seq: int | None = None
    tile_problem: Diagnostic | None = None


def scan_segment(task: SegmentTask) -> SegmentResult:
    """Read a segment; what is wrong stands in the result."""
    scan = _Scan(task)
    try:
        with scan.path.open("rb") as file:
            scan.read(LineBlocks(file))
    except OSError as error:
        scan.result.problem = trail_problem(
            "PK700", f"cannot read the segment: {(error.strerror or 'error').lower()}", place=str(scan.path)
        ).diagnostic
    except CodedTrailError as problem:
        scan.result.problem = problem.diagnostic
        if scan.result.bad_seq is None:
            scan.result.bad_seq = scan.seq
    return scan.result


class _Scan:
    def __init__(self, task: SegmentTask) -> None:
        self.task = task
        self.paths = TrailPaths(task.root)
        self.path = self.paths.segment(task.number)
        self.result = SegmentResult(task.number)
        self.seq = task.number * SEGMENT_RECORDS
        self._prev = (task.prev or "").encode()
        self._sizes = iter((*task.sizes, -1))
        self._next_size = next(self._sizes)
        self._leaves: list[bytes] = []
        self._tiles = Frontier()
        """The roots of the full tiles of level 0 so far."""
        self._tile_roots: list[bytes] = []
        self._interpreted_bytes = 0

    def read(self, blocks: LineBlocks) -> None:
        for lines in blocks:
            if lines:
                self._read_lines(lines, blocks.data)
        if self.result.records > SEGMENT_RECORDS:
            raise trail_problem("PK703", "a segment with too many records", place=str(self.path))
        self._finish_tile_part()
        self.result.fragment_bytes = len(blocks.fragment)
        self.result.tail = self._tiles.subtrees + _frontier(self._leaves).subtrees
        self._compare_upper_tile()

    def _read_lines(self, lines: list[bytes], data: bytes) -> None:
        """Check and hash lines. The loop is what verifying spends its time in."""
        if not self.result.records and self.task.prev is None:
            self._take_first(lines[0])
        self._check_bytes(lines, data)
        seq, prev, leaves, deep = self.seq, self._prev, self._leaves, self.task.deep
        rest, interpreted = _REST.match, _INTERPRETED
        for line in lines:
            start = b'{"v":1,"seq":%d,"prev":"%b","ts":"' % (seq, prev)
            match = rest(line, len(start)) if line.startswith(start) else None
            if match is None or line[-1] != 0x7D:
                self.seq = self.result.bad_seq = seq
                raise self._why_bad(line, seq, prev)
            if deep or match[1] in interpreted:
                self.seq = seq
                self._interpret(line, match[1])
            leaf = sha256(b"\x00" + line).digest()
            leaves.append(leaf)
            prev = leaf.hex().encode()
            seq += 1
            if len(leaves) == TILE_HASHES:
                self.seq = seq
                self._finish_tile(seq)
                leaves = self._leaves
        self.result.records += len(lines)
        self.seq, self._prev = seq, prev
        self.result.last_hash = prev.decode()

    def _take_first(self, line: bytes) -> None:
        start = b'{"v":1,"seq":%d,"prev":"' % self.seq
        prev = line[len(start) : len(start) + 64]
        if line.startswith(start) and re.fullmatch(rb"[0-9a-f]{64}", prev):
            self._prev = prev
            self.result.first_prev = prev.decode()

    def _check_bytes(self, lines: list[bytes], data: bytes) -> None:
        is_short = max(map(len, lines)) <= MAX_RECORD_BYTES
        if is_short and not holds_control_bytes(data) and (data.isascii() or all(map(_is_utf8, lines))):
            return
        for at, line in enumerate(lines):
            if len(line) > MAX_RECORD_BYTES:
                self.result.bad_seq = self.seq + at
                raise trail_problem("PK709", f"record {self.seq + at} is too long", place=str(self.path))
            if holds_control_bytes(line) or not _is_utf8(line):
                self.result.bad_seq = self.seq + at
                raise trail_problem(
                    "PK701", f"record {self.seq + at} holds bytes that no record may hold", place=str(self.path),
                    expected="UTF-8 without control characters, lines that end in LF alone",
                )  # fmt: skip

    def _interpret(self, line: bytes, kind: bytes) -> None:
        try:
            parse_record(line, f"record {self.seq}")
        except CodedTrailError:
            self.result.bad_seq = self.seq
            raise
        if kind in _INTERPRETED:
            self._interpreted_bytes += len(line)
            if self._interpreted_bytes > _MAX_INTERPRETED_BYTES:
                raise trail_problem("PK701", "too many records that only the trail itself writes", place=str(self.path))
            self.result.interpreted.append(line)

    def _why_bad(self, line: bytes, seq: int, prev: bytes) -> CodedTrailError:
        place = f"{self.path} record {seq}"
        if not line.startswith(b'{"v":1,"seq":'):
            return trail_problem("PK701", f"record {seq} is not a record", place=place, got=f"`{shown(line)}`")
        if not line.startswith(b'{"v":1,"seq":%d,' % seq):
            return trail_problem(
                "PK703", f"record {seq} is missing, doubled or moved", place=place, expected=f'`"seq":{seq}`',
                got=f"`{shown(line[7:40])}`",
            )  # fmt: skip
        if not line.startswith(b'{"v":1,"seq":%d,"prev":"%b"' % (seq, prev)):
            return trail_problem(
                "PK702", f"record {seq} does not follow record {seq - 1}", place=place,
                help="the record before was changed, or one was removed or put in between",
            )  # fmt: skip
        return trail_problem("PK701", f"record {seq} is not a record", place=place, got=f"`{shown(line[-40:])}`")

    # -- tree and tiles -----------------------------------------------------------------------------------------------

    def _finish_tile(self, end: int) -> None:
        leaves, self._leaves = self._leaves, []
        is_wanted = 0 <= self._next_size <= end
        root = self._snapshot(leaves, end - TILE_HASHES) if is_wanted else perfect_root(leaves)
        self._tiles.append(root)
        self._tile_roots.append(root)
        self._compare_tile(0, end // TILE_HASHES - 1, leaves)

    def _finish_tile_part(self) -> None:
        if 0 <= self._next_size <= self.seq:
            self._snapshot(self._leaves, self.seq - len(self._leaves))
        if self._leaves:
            self._compare_tile(0, self.seq // TILE_HASHES, self._leaves)

    def _snapshot(self, leaves: list[bytes], start: int) -> bytes:
        """Keep the tree at the wanted sizes among these leaves; return the root over all of them."""
        frontier = Frontier()
        before = self._tiles.subtrees
        for at in range(len(leaves) + 1):
            if start + at == self._next_size:
                self.result.subtrees[self._next_size] = before + frontier.subtrees
                self._next_size = next(self._sizes)
            if at < len(leaves):
                frontier.append(leaves[at])
        return frontier.root()

    def _compare_tile(self, level: int, index: int, hashes: list[bytes]) -> None:
        full = self.paths.tile(level, index)
        partial = full.with_name(f"{full.name}.p")
        try:
            names = [path.name for path in partial.iterdir()]
        except OSError:
            names = []
        data = b"".join(hashes)
        paths = [(full, TILE_HASHES), *((partial / name, int(name)) for name in names if name.isdigit())]
        for path, width in paths:
            if not path.exists():
                continue
            if width > len(hashes) or read_tile(path) != data[: width * HASH_BYTES]:
                self.result.tile_problem = self.result.tile_problem or (
                    trail_problem("PK716", "a tile does not agree with the records", place=str(path)).diagnostic
                )

    def _compare_upper_tile(self) -> None:
        if self._tile_roots:
            self._compare_tile(1, self.task.number, self._tile_roots)


def _frontier(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return True
