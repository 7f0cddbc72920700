"""Reading one segment for verification: hashes, chain, tiles, and the tree at the sizes that were signed.

One call reads one segment and needs nothing from the others, so segments can be read by several processes.
Checked here for every record: its length, its leading members, its number, `prev`, the bytes (UTF-8, no control
characters, no CR), and that it ends in `}`. Whether it is JSON without duplicate names is checked only when `deep`.
"""

from __future__ import annotations

import codecs
import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from policykit.source.diagnostic import Diagnostic
from policykit.trail.format.layout import MAX_RECORD_BYTES, MAX_SEGMENT_BYTES, SEGMENT_RECORDS, TILE_HASHES, TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import HASH_BYTES, Frontier, perfect_root, root_of_subtrees
from policykit.trail.format.record import NO_PREVIOUS, RecordType, holds_control_bytes, parse_record
from policykit.trail.format.regular import open_regular, reason_of
from policykit.trail.format.tiles import read_tile
from policykit.trail.problems import CodedTrailError, shown, trail_problem

_REST = re.compile(
    rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","type":"([a-z][a-z_]{0,31})"'
    rb'(?:,"head":(0|[1-9][0-9]{0,18}),"log":"([0-9a-f]{64})")?(?!,"(?:head|log)":)[,}]'
)
"""What follows `"ts":"`; groups: the type, and the head that the record names, if it names one."""
_TS_CHARS = 27
_WIDTH = re.compile(r"[1-9][0-9]{0,2}\Z", re.ASCII)
_INTERPRETED = {
    kind.value.encode() for kind in (RecordType.GENESIS, RecordType.KEY_ROTATION, RecordType.RECOVERY, RecordType.PRUNE)
}
_MAX_INTERPRETED_BYTES = 32 << 20
"""Records that the verifier reads, a segment: honest trails have a handful, or one for each restart."""
_MAX_WIDER_TILES = 64
"""Tiles of later records, a segment: a writer that is at work leaves a few."""


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
    sizes: tuple[int, ...] = ()
    """The sizes that were asked for and reached."""
    roots: bytearray = field(default_factory=bytearray)
    """The root over the segment's own records at each of these sizes, one after the other."""
    tail: tuple[bytes, ...] = ()
    """The perfect subtrees inside the segment at its end, the largest first."""
    bound_seqs: array[int] = field(default_factory=lambda: array("Q"))
    """Numbers of the records that name a head."""
    bound_sizes: array[int] = field(default_factory=lambda: array("Q"))
    """The size that each names, and in `bound_digests` the digest of the log, 32 bytes each."""
    bound_digests: bytearray = field(default_factory=bytearray)
    first_ts: str = ""
    last_ts: str = ""
    signed_ts: str = ""
    """The time of the last record below the largest size that was asked for."""
    steps_back: int = 0
    """How many records are earlier than the one before, by the writer's clock."""
    first_step_back: int = -1
    fragment_bytes: int = 0
    interpreted: list[bytes] = field(default_factory=list)
    problem: Diagnostic | None = None
    bad_seq: int | None = None
    tile_problem: Diagnostic | None = None
    wider_tiles: list[tuple[int, int, int]] = field(default_factory=list)
    """Tiles (level, index, width) that agree with the records that were read, and hold later ones."""


def scan_segment(task: SegmentTask) -> SegmentResult:
    """Read a segment; what is wrong stands in the result."""
    scan = _Scan(task)
    try:
        with open_regular(scan.path) as file:
            scan.refuse_too_large(os.fstat(file.fileno()).st_size)
            scan.read(LineBlocks(file))
    except OSError as error:
        problem = trail_problem("PK700", f"cannot read the segment: {reason_of(error)}", place=str(scan.path))
        scan.result.problem = problem.diagnostics[0]
    except CodedTrailError as problem:
        scan.result.problem = problem.diagnostics[0]
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
        self._last_size = task.sizes[-1] if task.sizes else -1
        self._ts = b""
        self._leaves: list[bytes] = []
        self._tiles = Frontier()
        """The roots of the full tiles of level 0 so far."""
        self._tile_roots: list[bytes] = []
        self._interpreted_bytes = 0

    def refuse_too_large(self, length: int) -> None:
        """Refuse a file that no records fill: reading the terabytes of nothing that a sparse file holds takes hours."""
        if length > MAX_SEGMENT_BYTES:
            raise trail_problem("PK703", "a file larger than a segment can be", place=str(self.path))

    def read(self, blocks: LineBlocks) -> None:
        for lines in blocks:
            if lines:
                self._read_lines(lines, blocks.data)
        if self.result.records > SEGMENT_RECORDS:
            raise trail_problem("PK703", "a segment with too many records", place=str(self.path))
        self._finish_tile_part()
        self.result.sizes = self.task.sizes[: len(self.result.roots) // HASH_BYTES]
        self.result.last_ts = self._ts.decode()
        self.result.fragment_bytes = len(blocks.fragment)
        self.result.tail = self._tiles.subtrees + _frontier(self._leaves).subtrees
        self._compare_upper_tile()

    def _read_lines(self, lines: list[bytes], data: bytes) -> None:
        """Check and hash lines. The loop is what verifying spends its time in."""
        if not self.result.records and self.task.prev is None:
            self._take_first(lines[0])
        self._check_bytes(lines, data)
        seq, prev, leaves, deep, last_ts = self.seq, self._prev, self._leaves, self.task.deep, self._ts
        rest, interpreted = _REST.match, _INTERPRETED
        for line in lines:
            start = b'{"v":1,"seq":%d,"prev":"%b","ts":"' % (seq, prev)
            match = rest(line, len(start)) if line.startswith(start) else None
            if match is None or line[-1] != 0x7D:
                self.seq = self.result.bad_seq = seq
                raise self._why_bad(line, seq, prev)
            kind, head, log = match.groups()
            if deep or kind in interpreted:
                self.seq = seq
                self._interpret(line, kind)
            if head is not None:
                self._bind(seq, head, log)
            ts = line[match.start() : match.start() + _TS_CHARS]
            if ts < last_ts:
                self._step_back(seq)
            last_ts = ts
            leaf = sha256(b"\x00" + line).digest()
            leaves.append(leaf)
            prev = leaf.hex().encode()
            seq += 1
            if seq == self._last_size:
                self.result.signed_ts = ts.decode()
            if len(leaves) == TILE_HASHES:
                self.seq = seq
                self._finish_tile(seq)
                leaves = self._leaves
        if not self.result.records:
            self.result.first_ts = lines[0].split(b'"', 12)[11].decode()
        self.result.records += len(lines)
        self.seq, self._prev, self._ts = seq, prev, last_ts
        self.result.last_hash = prev.decode()

    def _bind(self, seq: int, head: bytes, log: bytes) -> None:
        self.result.bound_seqs.append(seq)
        self.result.bound_sizes.append(int(head))
        self.result.bound_digests += bytes.fromhex(log.decode())

    def _step_back(self, seq: int) -> None:
        if not self.result.steps_back:
            self.result.first_step_back = seq
        self.result.steps_back += 1

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
        """Keep the root at the wanted sizes among these leaves; return the root over all of them."""
        before = self._tiles.subtrees
        frontier = Frontier()
        append, wanted = frontier.append, self._next_size - start
        for at, leaf in enumerate(leaves):
            if at == wanted:
                wanted = self._keep_root(before + frontier.subtrees) - start
            append(leaf)
        if wanted == len(leaves):
            self._keep_root(before + frontier.subtrees)
        return frontier.root()

    def _keep_root(self, subtrees: tuple[bytes, ...]) -> int:
        """Keep the root over subtrees of the segment; return the next wanted size."""
        self.result.roots += root_of_subtrees(subtrees)
        self._next_size = next(self._sizes)
        return self._next_size

    def _compare_tile(self, level: int, index: int, hashes: list[bytes]) -> None:
        full = self.paths.tile(level, index)
        data = b"".join(hashes)
        for width in (TILE_HASHES, *_widths(f"{full}.p")):
            path = self.paths.tile(level, index, width)
            stored = read_tile(path)
            if stored is None and not os.path.lexists(path):
                continue  # never there, or a writer has replaced it by a wider one meanwhile
            if stored is not None and len(stored) == width * HASH_BYTES:
                if data[: len(stored)] == stored:
                    continue
                if stored.startswith(data) and len(self.result.wider_tiles) < _MAX_WIDER_TILES:
                    self.result.wider_tiles.append((level, index, width))
                    continue
            self._wrong_tile(path)

    def _wrong_tile(self, path: Path) -> None:
        if self.result.tile_problem is None:
            self.result.tile_problem = tile_problem(str(path)).diagnostics[0]

    def _compare_upper_tile(self) -> None:
        if self._tile_roots:
            self._compare_tile(1, self.task.number, self._tile_roots)


def tile_problem(place: str) -> CodedTrailError:
    """Return the problem of a tile that is wrong."""
    return trail_problem(
        "PK716", "a tile does not agree with the records", place=place,
        help="tiles are a cache: `policykit trail tiles` writes them again",
    )  # fmt: skip


def _widths(directory: str) -> Iterator[int]:
    """Yield the widths of the partial tiles in a directory; other names there are found by `check_tiles`."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if _WIDTH.match(entry.name) and int(entry.name) < TILE_HASHES:
                    yield int(entry.name)
    except OSError:
        return


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
