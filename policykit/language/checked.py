"""The checked policy: what a policy means once every name and type is known.

`check` makes it from syntax trees; the engine compiles it, readiness assesses it, the English rendering and the digest
are taken from it. Invariants that users of this module may rely on:

- every literal is a canonical value (`policykit.vocabulary.types`) of the type that stands beside it;
- both sides of a comparison have types that may be compared; a money literal has the currency of its fact;
- `let` and pack parameters are gone, replaced by their values; section defaults stand in the clauses;
- included clauses stand among the policy's own, under `pack/ID`;
- every rule reads only facts that are known in all phases in which it acts;
- `And` and `Or` have at least two items and no item of their own kind; conditions nest at most 64 deep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from policykit.source import NO_SPAN, Diagnostic, SourceFile, Span
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field
from policykit.vocabulary.types import Exact, Phase, Type, Value


def _span() -> Span:
    return field(default=NO_SPAN, compare=False, repr=False)


# --- operands -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal, a `let` or a parameter, as a canonical value."""

    value: Value
    type: Type
    name: str = ""
    """The `let` or parameter that it was written as."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FactRead:
    """A fact about the call."""

    name: str
    type: Type
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EvidenceRead:
    """A field of one evidence: `golden.accuracy`."""

    evidence: str
    field: str
    type: Type
    span: Span = _span()

    @property
    def name(self) -> str:
        """Return the dotted name that the policy uses."""
        return f"{self.evidence}.{self.field}"


@dataclass(frozen=True, slots=True)
class ElementRead:
    """A field of the element that a quantifier ranges over."""

    name: str
    type: Type
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Compute:
    """`left + right`, `-` or `*` over exact numbers."""

    operator: OneOf["+", "-", "*"]
    left: Operand
    right: Operand
    type: Type
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FromNow:
    """A date or an instant counted from the check, or in a rule from `call.time`: `31 days ago`."""

    length: Constant
    """A duration of nothing or more; whole days where the type is a date."""
    direction: OneOf["ago", "from now"]
    type: Type
    """A date or an instant, as what it is compared with is."""
    zone: str
    """Where the days of a date begin; the policy's own time zone."""
    words: str = field(default="", compare=False)
    """The length as the file writes it."""
    span: Span = _span()

    @property
    def name(self) -> str:
        """Return it as the policy writes it: `31 days ago`."""
        return f"{self.words} {self.direction}"


@dataclass(frozen=True, slots=True)
class WindowRead:
    """A statistic over calls. Its value is handed in from outside, under `key`; the engine never counts calls."""

    key: str
    """Canonical text: `sum of call.cost over the last 30 days per call.team`; equal windows have equal keys."""
    function: str
    """`count`, `share`, `sum`, `mean`, `min`, `max` or `p` and a percentile (`p95`)."""
    of: FactRead | None
    tool: str | None
    where: Check | None
    last_seconds: Exact | None
    """Length of a rolling window; None with a calendar period, or for the whole session."""
    period: str | None
    """`today`, `this week`, `this month`, in the policy's time zone."""
    per: FactRead | None
    type: Type
    span: Span = _span()

    @property
    def name(self) -> str:
        """Return the key, under which reports and facts name it."""
        return self.key


Read = FactRead | EvidenceRead | ElementRead | WindowRead
Operand = Constant | FactRead | EvidenceRead | ElementRead | Compute | FromNow | WindowRead

# --- conditions ---------------------------------------------------------------------------------------------------

Relation = OneOf["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; `between` becomes two of them."""

    relation: Relation
    left: Operand
    right: Operand
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Member:
    """`value in options`; options are canonical values of the value's type."""

    value: Operand
    options: tuple[Value, ...]
    negated: bool = False
    name: str = ""
    """The `let` that the list was written as."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something to look for in text: a detector, a regular expression or plain text.

    Exactly one of `detector`, `regexes`, `text` is set: a built-in detector's name, RE2 patterns (any of them counts),
    or a text to be found as it stands.
    """

    name: str
    """How reports call it: the detector's name, `/regex/`, or the quoted text."""
    detector: str | None = None
    regexes: tuple[str, ...] = ()
    text: str | None = None
    words: str = ""
    """What a detector finds, in the words of its declaration; empty for a pattern written in place."""


@dataclass(frozen=True, slots=True)
class ContainsPattern:
    """Any or all of the patterns occur in the text."""

    value: Operand
    mode: OneOf["any", "all"]
    patterns: tuple[Pattern, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ContainsItem:
    """Any or all of the values are in the list."""

    value: Operand
    mode: OneOf["any", "all"]
    items: tuple[Value, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Affix:
    """The text starts or ends with another."""

    value: Operand
    where: OneOf["starts", "ends"]
    text: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Supplied:
    """The value is known; `negated`: it is missing. The only condition that is never unknown."""

    value: FactRead | EvidenceRead | ElementRead | WindowRead
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Quantified:
    """Every, some, no, at least or at most so many elements meet a condition. Over no element at all it is unknown.

    With `by`, the elements are the slices of an evidence by a label; `groups` are those that must be there.
    """

    quantifier: OneOf["every", "some", "no", "at least", "at most"]
    evidence: str
    element: ElementKind
    has: Check
    by: str | None = None
    groups: tuple[str, ...] = ()
    name: str = ""
    """The `let` or parameter that the groups were written as."""
    count: int = 0
    """How many, for `at least` and `at most`; 0 for the others."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """Strong Kleene negation."""

    item: Check
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """Strong Kleene conjunction."""

    items: tuple[Check, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """Strong Kleene disjunction."""

    items: tuple[Check, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ClauseSays:
    """What `policykit check` says of another clause. Only in a stop of the record."""

    clause: str
    verb: OneOf["passes", "fails", "is unknown"]
    span: Span = _span()


Check = Compare | Member | ContainsPattern | ContainsItem | Affix | Supplied | Quantified | Not | And | Or | ClauseSays

# --- effects ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule wants.

    `kind` is `deny`, `ask`, `redact`, `pseudonymise`, `use`, `warn`, `pause` or `allow`; the other fields belong to
    some kinds only.
    """

    kind: str
    message: str = ""
    """Template with `{fact}` placeholders, each a declared fact that is known in the rule's phases (deny, warn)."""
    roles: tuple[str, ...] = ()
    """Who is asked (ask), who is told (pause)."""
    seconds: Exact | None = None
    """`answer within` (ask), `within` (pause)."""
    otherwise: Effect | None = None
    """When nobody answers (ask): deny, use or allow."""
    fallbacks: tuple[str, ...] = ()
    """In the order in which they are tried (use)."""
    tool: str | None = None
    """`pause calls to ledger`; None means all calls."""
    gate: str = ""
    """`rescope to canary` (pause, of a stop): calls go on as after this gate."""
    patterns: tuple[Pattern, ...] = ()
    """What to take out of the text (redact, pseudonymise): all patterns of the rule's own condition."""


# --- clauses ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trust:
    """Evidence that a clause is shown by."""

    evidence: tuple[str, ...]
    least: OneOf["", "claimed", "file", "attested"]
    max_age_seconds: Exact | None


@dataclass(frozen=True, slots=True)
class Due:
    """When a requirement must be met: before a gate, and again every so often after it."""

    gate: str
    every_seconds: Exact | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """Who mends it, in which time after notice."""

    party: str
    within_seconds: Exact
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """What all clauses have."""

    id: str
    """`EVAL-1`, or `production-gap/EVAL-1` for a clause of a pack."""
    title: str
    because: str
    section: str
    """Name of the section, or empty."""
    owners: tuple[str, ...]
    """The roles that answer for it, all of them jointly; may be empty."""
    span: Span = _span()
    source: SourceFile | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Requirement(Clause):
    """A clause that evidence must meet."""

    check: Check = field(kw_only=True)
    shown_by: Trust | None = None
    due: Due | None = None
    applies_when: Check | None = None
    remedy: Remedy | None = None
    tightened: tuple[Check, ...] = ()
    """Further conditions from `tighten`; they are also part of `check`."""
    replaced: str = ""
    """The reason, when a policy replaced a pack's condition."""
    replaced_by: tuple[str, ...] = ()
    """The roles that approved the replacement."""


@dataclass(frozen=True, slots=True)
class Scorecard(Clause):
    """A number with baseline and target."""

    measure: EvidenceRead = field(kw_only=True)
    baseline: Constant = field(kw_only=True)
    target_relation: OneOf[">=", "<="] = ">="
    target: Constant = field(kw_only=True)
    target_by: int | None = None
    """A date as `date.toordinal()`."""
    shown_by: Trust | None = None
    due: Due | None = None
    report_only: bool = False


@dataclass(frozen=True, slots=True)
class Rule(Clause):
    """A clause that acts on calls."""

    phases: frozenset[Phase] = field(kw_only=True)
    when: Check | None = field(kw_only=True)
    """None means always."""
    then: tuple[Effect, ...] = field(kw_only=True)
    unknown: tuple[Effect, ...] = field(kw_only=True)
    """What happens when the condition is unknown; the same as `then` unless the rule says otherwise."""
    at_least_calls: int | None = None
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Rollout(Clause):
    """A stable share of calls, the rest to a fallback."""

    mode: OneOf["send", "shadow"] = field(kw_only=True)
    share: Exact = field(kw_only=True)
    """A ratio, 0 < share <= 1."""
    by: FactRead = field(kw_only=True)
    others: tuple[str, ...] = ()
    from_gate: str = ""
    until_gate: str = ""


@dataclass(frozen=True, slots=True)
class Stop(Clause):
    """A condition over calls, or over the record, that pauses or rescopes the system; unknown counts as true."""

    when: Check = field(kw_only=True)
    pause: Effect = field(kw_only=True)
    resume_by: tuple[str, ...] = field(kw_only=True)
    at_least_calls: int | None = None
    shown_by: Trust | None = None
    """The evidence of a stop of the record, perhaps none of it; None for a stop of calls."""
    from_gate: str = ""
    """The gate from which on a stop of the record is in force; empty for always."""
    unknown_tell: tuple[str, ...] = ()
    """Roles told in place of the effect while the condition is unknown; without any, the stop acts."""

    @property
    def is_of_record(self) -> bool:
        """Whether `policykit check` decides it, and not the guard."""
        return self.shown_by is not None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A clause whose failure is accepted through the end of a day, in the policy's time zone."""

    clause: str
    through: int
    """A date as `date.toordinal()`; that day is included."""
    because: str
    approved_by: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who must sign before a gate."""

    gate: str
    roles: tuple[str, ...]
    at_least: int
    """How many of the roles; never more than there are."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Given:
    """A fact set in a test; None as the value means that it is missing."""

    name: str
    value: Value | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a test expects: see `syntax.Expect`."""

    verb: str
    clause: str = ""
    object: str = ""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TestCase:
    """A test that stands in the file."""

    __test__ = False
    """pytest must not collect it."""
    name: str
    given: tuple[Given, ...]
    expect: tuple[Expectation, ...]
    phase: Phase
    span: Span = _span()


# --- declarations -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared word and what it means: a party, gate, tool or fallback."""

    name: str
    words: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Role:
    """A role and the party that fills it."""

    name: str
    party: str
    """Empty in a pack."""
    words: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence that the policy asks for."""

    name: str
    kind: EvidenceKind
    party: str
    words: str
    permits: frozenset[str] = frozenset()
    """Options of readers that can make a value better and that the project file may state all the same."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SectionInfo:
    """A section's title."""

    name: str
    title: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pack:
    """An included pack: which one, with which parameters."""

    name: str
    version: str
    digest: str
    """`sha256:` and hex, over the pack's own checked definition before parameters."""
    arguments: Mapping[str, Value]
    span: Span = _span()
    loosened: tuple[str, ...] = field(default=(), compare=False)
    """What the arguments make looser than the pack's defaults, as a report says it: `min_cases = 1 (the pack: 500)`."""


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A whole policy, ready to be compiled, assessed or rendered."""

    name: str
    version: str
    title: str
    timezone: str
    """IANA name; `UTC` when the file names none."""
    kind: OneOf["policy", "pack"]
    language: int
    parties: Mapping[str, Declared]
    roles: Mapping[str, Role]
    gates: Mapping[str, Declared]
    """In the order declared, which is their order in time."""
    evidence: Mapping[str, Evidence]
    facts: Mapping[str, Field]
    """All facts that the policy may read: built in and declared."""
    detectors: Mapping[str, Pattern]
    """Those declared in the file; built-in ones are in the vocabulary."""
    tools: Mapping[str, Declared]
    fallbacks: Mapping[str, Declared]
    sections: Mapping[str, SectionInfo]
    packs: tuple[Pack, ...]
    requirements: tuple[Requirement, ...]
    scorecards: tuple[Scorecard, ...]
    rules: tuple[Rule, ...]
    rollouts: tuple[Rollout, ...]
    stops: tuple[Stop, ...]
    waivers: tuple[Waiver, ...]
    sign_offs: tuple[SignOff, ...]
    tests: tuple[TestCase, ...]
    digest: str
    """`sha256:` and hex over everything that binds: not layout, comments, titles, reasons or tests."""
    source: SourceFile = field(compare=False, repr=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)

    def clauses(self) -> tuple[Requirement | Scorecard | Rule | Rollout | Stop, ...]:
        """Return all clauses, kind by kind in the order of the file."""
        return (*self.requirements, *self.scorecards, *self.rules, *self.rollouts, *self.stops)
