"""Records that nobody has signed yet, held to what every verifier asks of signed ones.

A signature is for ever. Signing over a line that no verifier reads, whoever wrote it, or whatever a power cut made of
it, would make the whole trail INVALID for good: opening refuses it instead.
"""

from __future__ import annotations

from pathlib import Path

from policykit.trail.format.fragments import check_fragment
from policykit.trail.format.layout import MAX_RECORD_BYTES, SEGMENT_RECORDS
from policykit.trail.format.pruned_segments import named_segments
from policykit.trail.format.record import HEADER, RecordType, StoredRecord, holds_control_bytes, parse_record
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.write.signing.signed_log import Named

_HELP = "no verifier would accept a signature over it; restore the trail from a copy"
_READ = {kind.value for kind in (RecordType.GENESIS, RecordType.KEY_ROTATION, RecordType.RECOVERY, RecordType.PRUNE)}
"""What every verifier reads strictly."""


class UnsignedRecords:
    """Checks records as they are read, and keeps what they say of heads and of pruned segments."""

    def __init__(self, root: Path, origin: str, signed: int) -> None:
        self.root = root
        self.origin = origin
        self.signed = signed
        """How many records are signed: these are not looked at."""
        self.named: dict[Named, None] = {}
        """The heads that they name, in order."""
        self.pruned: dict[int, bytes] = {}
        """The roots that they give to segments."""
        self.last_prune = -1
        """The last one that lets segments go; -1 for none."""

    def take(self, line: bytes, seq: int) -> None:
        """Check the next record, whose header and place in the chain were checked.

        Raises:
            CodedTrailError: when no verifier would read it.
        """
        if seq < self.signed:
            return
        header = HEADER.match(line)
        if header is None or len(line) > MAX_RECORD_BYTES or not _is_text(line) or not line.endswith(b"}"):
            raise self._refused(seq, "is cut, too long, or holds bytes that no record may hold")
        if header[5]:
            self.named[Named(int(header[5]), header[6].decode())] = None
        kind = header[4].decode()
        if (kind == RecordType.GENESIS) != (not seq):
            raise self._refused(seq, "is a second genesis" if seq else "is not a genesis")
        if kind in _READ:
            try:
                self._read(parse_record(line))
            except CodedTrailError as problem:
                raise self._refused(seq, f"says what cannot be: {problem.diagnostics[0].message}") from None

    def _read(self, record: StoredRecord) -> None:
        genesis: object = record.members
        if record.type == RecordType.PRUNE:
            genesis = record.members.get("genesis")
            self._take_pruned(record)
        if record.type in {RecordType.GENESIS, RecordType.PRUNE}:
            origin = genesis.get("origin") if isinstance(genesis, dict) else None
            if origin != self.origin:
                raise trail_problem("PK728", "it is of another trail")
        torn = record.members.get("torn")
        if record.type == RecordType.RECOVERY and torn is not None:
            check_fragment(self.root, record.seq, torn if isinstance(torn, dict) else {})

    def refuse_pruning(self, foreign: int | None) -> None:
        """Refuse what lets segments go and no writer of this trail wrote: signed, it would excuse that they are gone.

        Args:
            foreign: the first record without a known author; None for none.

        Raises:
            CodedTrailError: when there is such a record.
        """
        if foreign is not None and self.last_prune >= foreign:
            raise trail_problem(
                "PK729", f"record {self.last_prune} lets segments go, and no writer of this trail wrote it",
                place=str(self.root),
                help="restore the trail from a copy; a power cut in the middle of your own `policykit trail prune` "
                "looks the same, and then every segment is still there",
            )  # fmt: skip

    def _take_pruned(self, record: StoredRecord) -> None:
        self.last_prune = record.seq
        for number, root in named_segments(record).items():
            known = self.pruned.setdefault(number, bytes.fromhex(root))
            if known.hex() != root or number >= record.seq // SEGMENT_RECORDS:
                raise trail_problem("PK715", "it gives a segment a root that it has not")

    def _refused(self, seq: int, what: str) -> CodedTrailError:
        return trail_problem(
            "PK710", f"record {seq}, which nobody has signed, {what}", place=str(self.root), help=_HELP
        )


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return not holds_control_bytes(line)
