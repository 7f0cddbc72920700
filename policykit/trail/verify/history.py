"""What a verified trail tells: the records under one signed checkpoint, counted, with those of some types kept.

    history = read_history(Path("trail"), checkpoint, [key], kept={"definition_agreed"})

Nothing is interpreted that the checkpoint does not cover: the records are read once, hashed as they are read, and their
root is compared with the signed one. The rest of verifying (`policykit.trail.verify`) comes first.

Times never go back here: the time of a record is the latest that any record up to it states. So what stands later in
the trail is never earlier, whatever its writer's clock said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from policykit.trail.format.checkpoint import SignedCheckpoint, parse_checkpoint, signatures_by
from policykit.trail.format.checkpoint_log import log_lines, read_log_line
from policykit.trail.format.keys import VerifierKey
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.lines import LineBlocks
from policykit.trail.format.merkle import Frontier, leaf_hash
from policykit.trail.format.note import NoteSignature, verified_signatures
from policykit.trail.format.record import HEADER, StoredRecord, parse_record
from policykit.trail.format.regular import open_regular
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.verify import verify_trail
from policykit.trail.verify.state import Progress
from policykit.trail.verify.verdict import TrailVerdict, Verification
from policykit.trail.witness.policy import WitnessPolicy


@dataclass(frozen=True, slots=True)
class Kept:
    """One record that was asked for."""

    record: StoredRecord
    at: str
    """The latest time that any record up to this one states (RFC 3339, UTC)."""


@dataclass(frozen=True, slots=True)
class History:
    """The records of a verified trail up to the size of one checkpoint."""

    verification: Verification
    size: int
    first_seq: int
    """Number of the first stored record; above 0 when the beginning was pruned."""
    first_at: str
    last_at: str
    counts: Mapping[str, int]
    """How many records there are of each type."""
    kept: tuple[Kept, ...]
    """Every record of the kept types, and the first of each type of which the first was asked for."""
    steps_back: tuple[int, ...]
    """Numbers of records whose time is earlier than that of one before."""
    witnesses: tuple[str, ...] | None
    """Names of those whose cosignatures were verified; None when no policy says whose count."""


def read_history(  # noqa: PLR0913 - what verifying needs, and what is wanted
    path: Path,
    checkpoint: bytes,
    keys: Sequence[VerifierKey],
    *,
    kept: AbstractSet[str] = frozenset(),
    first: AbstractSet[str] = frozenset(),
    head: bytes | None = None,
    witness_policy: WitnessPolicy | None = None,
) -> History:
    """Verify a trail, and return what the records under its checkpoint tell.

    Args:
        path: the trail's directory.
        checkpoint: the published checkpoint, as read from the trail.
        keys: the trail's verifier keys, obtained from elsewhere than the trail.
        kept: types of which every record is wanted.
        first: types of which the first record is wanted.
        head: a checkpoint that was kept elsewhere; shows a trail that was rolled back.
        witness_policy: whose cosignatures count.

    Raises:
        CodedTrailError: unless the trail is valid and its records are those that the checkpoint covers.
        CodedKeyError: the installation cannot verify a key.
    """
    signed = parse_checkpoint(checkpoint, str(TrailPaths(path).checkpoint))
    verification = verified(path, keys, head, witness_policy)
    signatures_by(signed, keys, str(path))
    told = _Telling(kept, first)
    for line in _lines(path):
        if told.first_seq >= 0 and told.next_seq == signed.checkpoint.size:
            break
        told.take(line, path)
    told.require(signed, path)
    return History(
        verification,
        signed.checkpoint.size,
        told.first_seq,
        told.first_at.decode(),
        told.latest.decode(),
        {kind.decode(): count for kind, count in told.counts.items()},
        tuple(told.found),
        tuple(told.steps_back),
        _witnesses(path, verification.anchored_size, witness_policy),
    )


class _Telling:
    """Goes through the records of a trail once."""

    def __init__(self, kept: AbstractSet[str], first: AbstractSet[str]) -> None:
        self.first_seq = -1
        self.next_seq = 0
        self.first_at = b""
        self.latest = b""
        self.counts: Counter[bytes] = Counter()
        self.found: list[Kept] = []
        self.steps_back: list[int] = []
        self._frontier = Frontier()
        self._kept = frozenset(kind.encode() for kind in kept)
        self._first = frozenset(kind.encode() for kind in first)

    def take(self, line: bytes, path: Path) -> None:
        """Count a record, and keep it if it is wanted."""
        header = HEADER.match(line)
        if header is None:
            raise trail_problem("PK701", "not a record", place=str(path))
        at, kind = header[3], header[4]
        if self.first_seq < 0:
            self.first_seq = self.next_seq = int(header[1])
            self.first_at = at
        if at < self.latest:
            self.steps_back.append(self.next_seq)
        else:
            self.latest = at
        self.counts[kind] += 1
        self.next_seq += 1
        self._frontier.append(leaf_hash(line))
        if kind in self._kept or (kind in self._first and self.counts[kind] == 1):
            self.found.append(Kept(parse_record(line, str(path)), self.latest.decode()))

    def require(self, signed: SignedCheckpoint, path: Path) -> None:
        """Refuse records other than those under the checkpoint. Those of a pruned trail were compared by verifying."""
        size = signed.checkpoint.size
        if self.first_seq > 0 and self.next_seq == size:
            return
        if self._frontier.size != size or self._frontier.root() != signed.checkpoint.root:
            raise trail_problem("PK718", "the records are not those that the checkpoint covers", place=str(path))


def verified(
    path: Path,
    keys: Sequence[VerifierKey],
    head: bytes | None = None,
    witness_policy: WitnessPolicy | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Return the verification of a valid trail; the arguments are those of `verify_trail`.

    Records that nobody signed, and a wrong tile, are no obstacle: what is used is bounded by a signed head.

    Raises:
        CodedTrailError: the trail is not valid.
    """
    found = verify_trail(path, keys, head=head, witness_policy=witness_policy, progress=progress)
    if found.verdict is TrailVerdict.VALID:
        return found
    bad = next(finding for finding in found.findings if finding.verdict is found.verdict)
    if bad.diagnostic is not None:
        raise CodedTrailError(bad.diagnostic)
    raise trail_problem("PK707", f"the trail's {bad.claim.value} cannot be verified: {bad.detail}", place=str(path))


def _lines(path: Path) -> Iterator[bytes]:
    paths = TrailPaths(path)
    for number in paths.segment_numbers():
        try:
            with open_regular(paths.segment(number)) as file:
                for lines in LineBlocks(file):
                    yield from lines
        except OSError as error:
            raise trail_problem("PK700", f"cannot read the segment: {error.strerror}", place=str(path)) from None


def _witnesses(path: Path, size: int, policy: WitnessPolicy | None) -> tuple[str, ...] | None:
    """Return who cosigned the checkpoint that the quorum saw; the cosignatures are verified."""
    if policy is None:
        return None
    keys = {(witness.key.name, witness.key.key_id): witness.name for witness in policy.witnesses}
    noted: list[SignedCheckpoint] = []
    later: list[NoteSignature] = []
    for number, line in log_lines(TrailPaths(path).checkpoints_log):
        if not line.endswith(b"\n"):
            break  # what a crash left
        entry = read_log_line(line, f"{path}:{number}")
        if entry.size == size and entry.checkpoint is not None:
            noted.append(entry.checkpoint)
        elif entry.size == size and entry.cosignature is not None:
            later.append(entry.cosignature)
    good = {
        keys[s.name, s.key_id]
        for signed in noted
        for s in verified_signatures(signed.note.with_signatures(later), [w.key for w in policy.witnesses])
    }
    return tuple(sorted(good))
