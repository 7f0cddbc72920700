"""Everything that is declared in one file, and where in it an expression stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.language.check.tables import Table
from policykit.source import NO_SPAN, Span
from policykit.vocabulary.fields import ElementKind, Field, Vocabulary
from policykit.vocabulary.types import ALL_PHASES, Phase, Type


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list of constants, as a `let`, a parameter or written in place; its items get their type where it is used."""

    items: tuple[c.Constant, ...]
    name: str = ""
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an `include` may set in a pack."""

    name: str
    type: Type
    words: str
    default: c.Operand | ListValue | None
    required: bool


Named = c.Operand | ListValue | None
"""What a `let` or parameter stands for; None when its declaration is wrong, which has been reported."""


CheckCondition = Callable[["Place", s.Condition], c.Check | None]


class Scope:
    """The declared words of one file, kind by kind."""

    def __init__(
        self, report: Report, vocabulary: Vocabulary, kind: str, condition: CheckCondition, timezone: str = "UTC"
    ) -> None:
        self.report = report
        self.condition = condition
        """Checks a condition within an expression. Handed in: statistics hold conditions, and conditions statistics."""
        self.vocabulary = vocabulary
        self.kind = kind
        self.timezone = timezone
        self.parties: Table[c.Declared] = Table(report, "party", "PK101", 'party NAME "..."')
        self.roles: Table[c.Role] = Table(
            report, "role", "PK102", "role NAME of ..." if kind == "policy" else "role NAME"
        )
        self.gates: Table[c.Declared] = Table(report, "gate", "PK103", 'gate NAME "..."')
        self.evidence: Table[c.Evidence | None] = Table(report, "evidence", "PK104", "evidence NAME : ...")
        self.detectors: Table[c.Pattern] = Table(report, "detector", "PK107", 'detector NAME "..." matches /.../')
        self.tools: Table[c.Declared] = Table(report, "tool", "PK108", 'tool NAME "..."')
        self.fallbacks: Table[c.Declared] = Table(report, "fallback", "PK109", 'fallback NAME "..."')
        self.sections: Table[c.SectionInfo] = Table(report, "section", "PK100", "")
        self.values: Table[Named] = Table(report, "value", "PK100", "let NAME = ...")
        self.parameters: dict[str, Parameter] = {}
        self.extended: dict[str, dict[str, Field]] = {}
        """All fields of the evidence that `fact` statements add fields to."""
        self.own_fields: dict[str, Span] = {}
        """The fields that this file adds to its evidence, by full name, and where."""
        self.read_fields: set[str] = set()
        """The full names of the fields of evidence that something reads."""
        self.stand_ins: set[str] = set()
        """Parameters without a value, whose stand-in says nothing about what may be compared."""
        self.absent_packs: set[str] = set()
        """Packs that could not be included, which is reported once and not for each clause of theirs."""
        self.counts_days = False
        """Whether a date is compared with a day counted from the check, which begins at midnight somewhere."""
        self._gate_order: dict[str, int] = {}
        self.facts: Table[Field | None] = Table(report, "fact", "PK100", 'fact NAME : ... "..."')

    def tables(self) -> tuple[Table[Any], ...]:
        """Return the tables whose words stand alone, for help when a word is of another kind."""
        return (
            self.parties,
            self.roles,
            self.gates,
            self.evidence,
            self.detectors,
            self.tools,
            self.fallbacks,
            self.values,
        )

    def fact(self, name: str) -> Field | None:
        """Return a built-in or declared fact."""
        return self.vocabulary.facts.get(name) or self.facts.entries.get(name)

    def role(self, name: s.Name) -> str:
        """Return the name of a role, reported when it is unknown."""
        self.roles.find(name, self.tables())
        return name.text

    def gate(self, name: s.Name) -> str:
        """Return the name of a gate, reported when it is unknown."""
        self.gates.find(name, self.tables())
        return name.text

    def party(self, name: s.Name) -> str:
        """Return the name of a party, reported when it is unknown."""
        self.parties.find(name, self.tables())
        return name.text

    def tool(self, name: s.Name) -> str:
        """Return the name of a tool, reported when it is unknown."""
        self.tools.find(name, self.tables())
        return name.text

    def fallback(self, name: s.Name) -> str:
        """Return the name of a fallback, reported when it is unknown."""
        self.fallbacks.find(name, self.tables())
        return name.text

    def gate_order(self) -> dict[str, int]:
        """Return the place in time of each gate; called once all gates are declared."""
        if not self._gate_order:
            self._gate_order = {name: place for place, name in enumerate(self.gates.entries)}
        return self._gate_order


class Reads(Enum):
    """What a condition is about, which decides what it may read."""

    CALL = "one call"
    CALLS = "many calls"
    EVIDENCE = "evidence"
    ANYTHING = "evidence and facts"
    NOTHING = "nothing but values"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands."""

    scope: Scope
    what: str
    """The clause, for messages: ``rule `PII-1` ``."""
    reads: Reads
    phases: frozenset[Phase] = ALL_PHASES
    element: ElementKind | None = None
    """What plain names mean inside of `has`."""
    in_window: bool = False
    says_clauses: bool = False
    """Whether the outcome of a clause may be asked: in a stop of the record, outside of `has`."""
    wanted: Type | None = None
    """The type of what stands on the other side of a comparison, for help with an unknown name."""

    @property
    def report(self) -> Report:
        """Return where problems go."""
        return self.scope.report

    def inside(self, element: ElementKind) -> Place:
        """Return the place inside of a quantifier's `has`."""
        return replace(self, element=element, says_clauses=False)

    def in_where(self) -> Place:
        """Return the place inside of a window's `where`, which looks at calls that have ended."""
        return replace(self, reads=Reads.CALL, phases=frozenset(), in_window=True)
