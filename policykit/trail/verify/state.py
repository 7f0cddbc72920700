"""What the steps of verifying hand on."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

from policykit.source.diagnostic import Diagnostic
from policykit.trail.format.keys import VerifierKey
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.merkle import EMPTY_ROOT, HASH_BYTES
from policykit.trail.format.record import StoredRecord
from policykit.trail.problems import CodedTrailError
from policykit.trail.verify.heads import HeadLog
from policykit.trail.verify.trust import TrustedKeys
from policykit.trail.verify.verdict import Claim, Stamped, TrailFinding, TrailVerdict

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class Roots:
    """The roots of the stored tree at the sizes that were asked for: 40 bytes each."""

    def __init__(self) -> None:
        self.sizes = array("Q")
        self.hashes = bytearray()

    def get(self, size: int) -> bytes | None:
        """Return the root at a size; None when it was not asked for or not reached."""
        if size == 0:
            return EMPTY_ROOT
        at = bisect_left(self.sizes, size)
        if at == len(self.sizes) or self.sizes[at] != size:
            return None
        return bytes(self.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES])


@dataclass(slots=True)
class Bindings:
    """The records that name a head, in order."""

    seqs: array[int] = field(default_factory=lambda: array("Q"))
    sizes: array[int] = field(default_factory=lambda: array("Q"))
    """The size of the head that each names."""
    heads: array[int] = field(default_factory=lambda: array("q"))
    """The head in the log that each names; -1 when the log holds no such head."""


@dataclass(slots=True)
class WriterTimes:
    """What the writer's clock said."""

    first: str = ""
    signed: str = ""
    """Of the last record that the newest head covers."""
    steps_back: int = 0
    first_step_back: int = -1


@dataclass(slots=True)
class VerifyState:
    """What the steps hand on."""

    paths: TrailPaths
    keys: list[VerifierKey]
    """All that were given."""
    heads: HeadLog
    published: bytes | None = None
    size: int = 0
    roots: Roots = field(default_factory=Roots)
    interpreted: list[StoredRecord] = field(default_factory=list)
    segment_roots: list[bytes] = field(default_factory=list)
    bindings: Bindings = field(default_factory=Bindings)
    times: WriterTimes = field(default_factory=WriterTimes)
    pruned: int = 0
    """How many records at the beginning were pruned."""
    newest: int = -1
    """The newest head that a counting key signed; -1 without one."""
    bad: set[int] = field(default_factory=set)
    """Heads that should be verified and are signed by no counting key."""
    trust: TrustedKeys | None = None
    """Which keys count; None while no given key belongs to the trail."""
    findings: list[TrailFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    timestamps: list[Stamped] = field(default_factory=list)
    """What verified tokens say, in the order of the log."""
    wider_tiles: list[tuple[int, int, int]] = field(default_factory=list)
    """Tiles of records that were written after the segments were read."""
    tile_problems: list[Diagnostic] = field(default_factory=list)
    more_tile_problems: int = 0
    broken: bool = False
    """Whether the records themselves are damaged, so that roots say nothing."""

    @property
    def origin(self) -> str:
        """Which trail this is."""
        return self.heads.origin or self.keys[0].name

    @property
    def signed_size(self) -> int:
        """How many records the newest verified head covers."""
        return self.heads.sizes[self.newest] if self.newest >= 0 else 0

    def is_good(self, head: int) -> bool:
        """Whether a head was verified, or is bound by a record that a verified head covers."""
        return head <= self.newest and head not in self.bad

    def invalid(self, claim: Claim, problem: CodedTrailError | Diagnostic, first_bad: int | None = None) -> None:
        """Find a claim invalid."""
        diagnostic = problem.diagnostics[0] if isinstance(problem, CodedTrailError) else problem
        self.findings.append(TrailFinding(claim, TrailVerdict.INVALID, str(diagnostic), first_bad, diagnostic))

    def unverifiable(self, claim: Claim, problem: CodedTrailError) -> None:
        """Find that a claim cannot be verified."""
        diagnostic = problem.diagnostics[0]
        self.findings.append(TrailFinding(claim, TrailVerdict.UNVERIFIABLE, str(diagnostic), None, diagnostic))

    def wrong_tile(self, problem: CodedTrailError | Diagnostic) -> None:
        """Note that a tile is wrong; a few are kept and the others counted."""
        if len(self.tile_problems) < 5:
            self.tile_problems.append(problem.diagnostics[0] if isinstance(problem, CodedTrailError) else problem)
        else:
            self.more_tile_problems += 1
