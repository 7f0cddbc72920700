"""What verifying answers: separate claims, each with its own verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from policykit.source.diagnostic import Diagnostic

EXIT_UNSIGNED = 4
EXIT_CACHE = 5


class TrailVerdict(StrEnum):
    """The answer to one claim."""

    VALID = "VALID"
    INVALID = "INVALID"
    UNVERIFIABLE = "UNVERIFIABLE"
    """It cannot be said: a key is not known, or something is missing that would tell."""


class Claim(StrEnum):
    """What is claimed."""

    INTEGRITY = "integrity"
    """Every stored record is the one that was chained and signed."""
    COMPLETENESS = "completeness"
    """Nothing is missing up to a size."""
    ANCHORING = "anchoring"
    """Others saw this head."""
    TIMESTAMP = "timestamp"
    """A time stamp authority saw this head at a time."""


@dataclass(frozen=True, slots=True)
class TrailFinding:
    """The verdict on one claim, and why."""

    claim: Claim
    verdict: TrailVerdict
    detail: str
    first_bad: int | None = None
    """The number of the first record that is not as signed."""
    diagnostic: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a verified time-stamp token says: the checkpoint of a size existed no later than a time."""

    size: int
    time: datetime
    """In UTC."""
    accuracy: timedelta | None
    """How far the authority's clock may be off, if it says so."""
    authority: str
    """The subject of the authority's certificate, as in RFC 4514."""

    def __str__(self) -> str:
        """Return it as a sentence."""
        time = self.time.replace(tzinfo=None).isoformat()
        within = f" (within {self.accuracy.total_seconds():g} s)" if self.accuracy else ""
        return f"size {self.size} existed no later than {time}Z{within}, says `{self.authority}`"


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that verifying a trail found."""

    findings: tuple[TrailFinding, ...]
    size: int
    """How many records are stored."""
    signed_size: int
    """How many of them the newest verified checkpoint covers."""
    anchored_size: int
    """How many the newest checkpoint with a verified cosignature covers."""
    notes: tuple[str, ...] = ()
    """Facts that are no verdict: recoveries, rotations, pruning, fragments."""
    timestamps: tuple[Stamped, ...] = ()
    """What verified time-stamp tokens say; empty when no authority was given to verify them with."""

    origin: str = ""
    """Which trail it is, as its heads say."""
    signers: tuple[str, ...] = ()
    """Name and id of the keys that signed the newest verified head, `name+id`."""
    first_time: str = ""
    """Time of the first stored record (RFC 3339, UTC), by the writer's clock."""
    signed_time: str = ""
    """Time of the last signed record."""
    pruned: int = 0
    """How many records at the beginning were removed when their retention period was over."""
    appended_since: int = 0
    """How many records a writer at work added after verifying began; they are not judged."""
    cache_problems: tuple[Diagnostic, ...] = ()
    """Tiles that are wrong. They are a cache: no verdict depends on them."""

    @property
    def verdict(self) -> TrailVerdict:
        """The worst verdict; invalid before unverifiable. Says nothing about unsigned records and the cache."""
        found = {finding.verdict for finding in self.findings}
        for verdict in (TrailVerdict.INVALID, TrailVerdict.UNVERIFIABLE):
            if verdict in found:
                return verdict
        return TrailVerdict.VALID if found else TrailVerdict.UNVERIFIABLE

    @property
    def unsigned_tail(self) -> int:
        """How many stored records no verified checkpoint covers; those in `appended_since` are not among them."""
        return max(0, self.size - self.appended_since - self.signed_size)

    @property
    def unanchored_tail(self) -> int:
        """How many stored records no verified cosignature covers."""
        return max(0, self.size - self.anchored_size)

    @property
    def is_cache_wrong(self) -> bool:
        """Whether a tile does not agree with the records; `policykit trail tiles` writes them again."""
        return bool(self.cache_problems)

    @property
    def exit_code(self) -> int:
        """0 valid, 1 invalid, 2 unverifiable, 4 valid up to a record, 5 valid and the tile cache is wrong.

        3 is for a trail that could not be read at all.
        """
        if self.verdict is not TrailVerdict.VALID:
            return 1 if self.verdict is TrailVerdict.INVALID else 2
        return EXIT_UNSIGNED if self.unsigned_tail else EXIT_CACHE if self.is_cache_wrong else 0
