"""What the steps of verifying hand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from policykit.source.diagnostic import Diagnostic
from policykit.trail.checkpoint import SignedCheckpoint
from policykit.trail.keys import VerifierKey
from policykit.trail.layout import TrailPaths
from policykit.trail.note import NoteSignature
from policykit.trail.problems import CodedTrailError
from policykit.trail.record import StoredRecord
from policykit.trail.verdict import Claim, Finding, Stamped, Verdict

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


@dataclass(slots=True)
class VerifyState:
    """What the steps hand on."""

    paths: TrailPaths
    keys: list[VerifierKey]
    origin: str
    heads: list[SignedCheckpoint] = field(default_factory=list)
    cosignatures: list[tuple[int, NoteSignature]] = field(default_factory=list)
    tokens: list[tuple[int, bytes]] = field(default_factory=list)
    """Time-stamp tokens, each with the size of the checkpoint that it is said to be over."""
    published: SignedCheckpoint | None = None
    size: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    """The root of the stored tree at each size that was asked for."""
    interpreted: list[StoredRecord] = field(default_factory=list)
    segment_roots: list[bytes] = field(default_factory=list)
    pruned: int = 0
    """How many records at the beginning were pruned."""
    prune_seq: int = -1
    """The number of the prune record that explains the missing beginning."""
    good: list[SignedCheckpoint] = field(default_factory=list)
    """Checkpoints that a trusted key signed and that the tree bears out, by rising size."""
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    timestamps: list[Stamped] = field(default_factory=list)
    """What verified tokens say, in the order of the log."""
    broken: bool = False
    """Whether the records themselves are damaged, so that roots say nothing."""

    def invalid(self, claim: Claim, problem: CodedTrailError | Diagnostic, first_bad: int | None = None) -> None:
        """Find a claim invalid."""
        diagnostic = problem.diagnostic if isinstance(problem, CodedTrailError) else problem
        self.findings.append(Finding(claim, Verdict.INVALID, str(diagnostic), first_bad, diagnostic))
