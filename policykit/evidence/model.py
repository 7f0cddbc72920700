"""What evidence is once it has been read: typed values and everything that says how far they can be relied on.

Invariants:

- `fields` and `elements` hold canonical values (`policykit.vocabulary.types`), only of fields that the kind declares;
- a field that the file does not show is absent, never zero; `absent` says why;
- `produced_at` is aware and in UTC, or None when nothing states it: a file's time stamp says nothing;
- `problems` decides `sufficiency`: nothing that could not be understood goes unsaid.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol, Self

from policykit.errors import DecisionUsageError
from policykit.evidence.canonical import Values, canonical_slices
from policykit.source import Diagnostic, Severity
from policykit.vocabulary.fields import EvidenceKind

Raw = Mapping[str, object]
"""Values by the name of their field, as `policykit.vocabulary.values.coerce` understands them."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Trust(StrEnum):
    """How evidence came to be known, from the least to the most."""

    CLAIMED = "claimed"
    """A person wrote the value down."""
    FILE = "file"
    """Read from a tool's own output; the file is not signed."""
    ATTESTED = "attested"
    """A signature over exactly these bytes was verified with a key that the project trusts."""

    @property
    def rank(self) -> int:
        """Return the place in the order, from 0."""
        return _RANKS[self]

    def suffices_for(self, least: str) -> bool:
        """Return whether this is at least the trust that a clause asks for; an empty text asks for none."""
        return not least or self.rank >= Trust(least).rank


_RANKS = {Trust.CLAIMED: 0, Trust.FILE: 1, Trust.ATTESTED: 2}


class Sufficiency(StrEnum):
    """Whether evidence can be used to decide anything."""

    SUFFICIENT = "sufficient"
    INCONCLUSIVE = "inconclusive"
    """Understood, but it proves nothing either way."""
    ERROR = "error"
    """Not understood, or not to be believed."""

    def __bool__(self) -> bool:
        raise DecisionUsageError("a sufficiency has three values: compare it")


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether the run that wrote the evidence came to its end."""

    complete: bool | None
    """None: nothing says so, and nothing says otherwise."""
    reason: str = ""
    """Why not, or why it is taken to be complete."""
    help: str = "run all of it, and bind the whole result"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the evidence is about; an empty text means that the evidence does not say."""

    name: str = ""
    version: str = ""
    git_commit: str = ""
    model: str = ""

    def differences(self, other: Subject) -> tuple[str, ...]:
        """Return the names of what both state and state differently."""
        return tuple(
            name
            for name in ("name", "version", "git_commit", "model")
            if getattr(self, name) and getattr(other, name) and getattr(self, name) != getattr(other, name)
        )

    def filled_from(self, other: Subject) -> Subject:
        """Return this subject with what it does not state taken from another."""
        return Subject(
            self.name or other.name,
            self.version or other.version,
            self.git_commit or other.git_commit,
            self.model or other.model,
        )


@dataclass(frozen=True, slots=True)
class Tool:
    """The program that wrote the evidence; an empty version is unknown."""

    name: str = ""
    version: str = ""


NO_SUBJECT = Subject()
NO_TOOL = Tool()
_COMPLETE = Completeness(complete=True)
_NOT_READ = Completeness(complete=False, reason="not read")


class Summary(Protocol):
    """What the readers of one kind count: it can be tested, sliced, and added up over several files."""

    def fields(self) -> Raw:
        """Return the values of the kind's fields; what was not measured is left out."""

    def elements(self) -> Mapping[str, Sequence[Raw]]:
        """Return the elements by their singular word."""

    def slices(self, by: str) -> Mapping[str, Raw]:
        """Return the values of each group of elements with the same label; nothing if the label is not there."""

    def plus(self, other: Self) -> Self:
        """Return the summary of both runs together."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader understood of one file, before digest, trust and clock are looked at."""

    summary: Summary
    tool: Tool = NO_TOOL
    subject: Subject = NO_SUBJECT
    produced_at: datetime | None = None
    expires_at: datetime | None = None
    completeness: Completeness = _COMPLETE
    facts: Raw = field(default_factory=lambda: _NOTHING)
    """Further fields of the kind, about the run as a whole; with several files only those that all state alike."""
    absent: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Fields of the kind that this file cannot show, and why."""
    problems: tuple[Diagnostic, ...] = ()
    trust: Trust = Trust.FILE
    free_options: frozenset[str] = frozenset()
    """Options of the request that change nothing here, as the reader has found out; all others need a permission."""
    lists: tuple[tuple[str, str], ...] = ()
    """Path and digest of further files that the options name and that were read."""
    runs: frozenset[str] = frozenset()
    """What the tool itself calls the runs in the file (promptfoo `evalId`, garak's run uuid); empty without a name."""
    results: frozenset[Hashable] = frozenset()
    """What tells a single result from all others: its identifier, or what was measured about it. Never what an export
    adds, such as the time of writing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of one kind from one file, or from several that were merged."""

    kind: str
    path: str
    """As the user wrote it."""
    reader: str = ""
    sha256: str = ""
    """`sha256:` and hex over the bytes that were read; over the digests of all files in order when merged."""
    fields: Values = field(default_factory=dict)
    elements: Mapping[str, Sequence[Values]] = field(default_factory=dict, repr=False)
    absent: Mapping[str, str] = field(default_factory=dict)
    produced_at: datetime | None = None
    expires_at: datetime | None = None
    completeness: Completeness = _NOT_READ
    subject: Subject = NO_SUBJECT
    trust: Trust = Trust.CLAIMED
    tool: Tool = NO_TOOL
    problems: tuple[Diagnostic, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """Path and digest of every file that went into it, sorted."""
    summary: Summary | None = field(default=None, repr=False, compare=False)
    facts: Values = field(default_factory=dict, repr=False)
    """The part of `fields` that is about the run as a whole."""
    declared: EvidenceKind | None = field(default=None, repr=False, compare=False)
    """The kind's words and types; None when the kind is not known."""
    claims: tuple[tuple[str, str], ...] = ()
    """What the project file says about it that nothing in the files bears out: member and value, sorted."""
    runs: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The runs by the names that the tool gives them."""
    results: frozenset[Hashable] = field(default=frozenset(), repr=False, compare=False)
    """What tells each single result from all others; see `Reading.results`."""

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the values of each slice by a label; empty when the evidence does not carry the label."""
        if self.summary is None or self.declared is None:
            return {}
        return canonical_slices(self.summary.slices(by), self.declared)

    @property
    def sufficiency(self) -> Sufficiency:
        """Return whether this evidence can decide anything."""
        severities = {problem.severity for problem in self.problems}
        if Severity.ERROR in severities or self.summary is None:
            return Sufficiency.ERROR
        return Sufficiency.INCONCLUSIVE if Severity.WARNING in severities else Sufficiency.SUFFICIENT

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why the evidence is not sufficient, or nothing."""
        return tuple(p.message for p in self.problems if p.severity is not Severity.INFO)

    def __bool__(self) -> bool:
        raise DecisionUsageError("evidence is not true or false: look at its `sufficiency`")
