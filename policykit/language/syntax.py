"""The syntax tree: what the text of a policy file says, before names and types are known.

Frozen nodes with spans. Two trees are equal when they say the same, wherever the text stands: spans do not compare.
Nothing here is resolved: a `Ref` may name a fact, a `let`, a field or nothing at all; `language/check` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal as OneOf

from policykit.source import NO_SPAN, SourceFile, Span


def _span() -> Span:
    return field(default=NO_SPAN, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A declared word: a party, role, gate, section, clause ID, or the use of one. May be dotted or `pack/ID`."""

    text: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, without its quotes and with its escapes resolved."""

    value: str
    span: Span = _span()


# --- literals -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number with the unit written behind it: `500`, `92%`, `500 EUR`, `1 percentage point`, `30 days`.

    `unit` is the formatter's spelling: ``, `%`, `percentage points`, an ISO 4217 code as written, `ms`, `seconds`,
    `minutes`, `hours`, `days`, `weeks`.
    """

    value: Decimal
    unit: str = ""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class YesNo:
    """`yes` or `no`."""

    value: bool
    span: Span = _span()


class MomentKind(StrEnum):
    """The literals that say when."""

    DATE = "date"
    TIME = "time of day"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Moment:
    """`2027-03-31`, `06:00` or `2027-03-31T06:00:00Z`, as written."""

    kind: MomentKind
    text: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Regex:
    """`/NW-[0-9]{8}/`, without the slashes; `\\/` stands for a slash."""

    pattern: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ListOf:
    """`["a", "b"]`."""

    items: tuple[Expression, ...]
    span: Span = _span()


# --- expressions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ref:
    """The use of a fact, a field of evidence (`golden.cases`), a `let` or a parameter."""

    name: str
    span: Span = _span()


Length = Number | Ref
"""A duration in a clause: `30 days`, or the `let` or parameter that holds one."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left + right`, `-` or `*`. There is no division."""

    operator: OneOf["+", "-", "*"]
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FromNow:
    """`31 days ago`, `90 days from now`: a date or an instant, as what it is compared with is."""

    length: Length
    direction: OneOf["ago", "from now"]
    span: Span = _span()


class Period(StrEnum):
    """The calendar periods of a window."""

    TODAY = "today"
    THIS_WEEK = "this week"
    THIS_MONTH = "this month"


@dataclass(frozen=True, slots=True)
class Window:
    """A statistic over calls: `sum of call.cost over the last 30 days per call.team`."""

    function: str
    """`count`, `share`, `sum`, `mean`, `min`, `max`, or `p` and a percentile such as `p95`."""
    of: Ref | None = None
    """The fact summed or averaged; None for `count of calls` and `share of calls`."""
    tool: Name | None = None
    """`calls to ledger`."""
    where: Condition | None = None
    last: Length | None = None
    """`over the last 30 days`; excludes `period`."""
    period: Period | None = None
    per: Ref | None = None
    span: Span = _span()


Expression = Text | Number | YesNo | Moment | ListOf | Ref | Arithmetic | FromNow | Window

# --- conditions ---------------------------------------------------------------------------------------------------

Operator = OneOf["<", "<=", ">", ">=", "is", "is not"]


@dataclass(frozen=True, slots=True)
class Compare:
    """`left < right` and so on; equality is written `is`."""

    operator: Operator
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Between:
    """`x between a and b`, both ends included."""

    value: Expression
    low: Expression
    high: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class In:
    """`x in [...]`, `x not in approved`."""

    value: Expression
    options: Expression
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Contains:
    """`call.text contains any of pii.card, "secret"`; items are detectors, texts or, for a list, its elements."""

    value: Expression
    mode: OneOf["any", "all"]
    items: tuple[Ref | Text, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Affix:
    """`x starts with "a"`, `x ends with "b"`."""

    value: Expression
    where: OneOf["starts", "ends"]
    text: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Matches:
    """`x matches /pattern/`: the pattern occurs somewhere in the text unless it is anchored."""

    value: Expression
    regex: Regex
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Supplied:
    """`x is supplied`, or `x is missing` when negated."""

    value: Ref
    negated: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Quantified:
    """`every case in golden has ...`, `some ...`, `no ...`, `at least 10 cases in golden have ...`.

    Or `every slice of golden by x [in [...]] has ...`.

    In `has`, plain names are fields of the element.
    """

    quantifier: OneOf["every", "some", "no", "at least", "at most"]
    element: Name
    """`case`, `finding` ...; `slice` when `by` is given; may be plural after a number."""
    of: Name
    """The evidence, or a fact that is a list."""
    has: Condition
    by: Name | None = None
    groups: Expression | None = None
    """The groups that must be there: a list of texts."""
    count: Number | None = None
    """How many, for `at least` and `at most`."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    """`not (...)`."""

    item: Condition
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    """Two or more conditions joined by `and`."""

    items: tuple[Condition, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more conditions joined by `or`."""

    items: tuple[Condition, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ClauseSays:
    """`EVAL-1 fails`: what `policykit check` says of another clause; only in a stop."""

    clause: Name
    verb: str
    """`passes`, `fails` or `is unknown`; or other words, which the checker reports."""
    span: Span = _span()


Condition = Compare | Between | In | Contains | Affix | Matches | Supplied | Quantified | Not | And | Or | ClauseSays

# --- types as written ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeName:
    """`money EUR`, `percent between 0% and 300%`, `one of "a", "b"`, `list of text`."""

    word: str
    """`text`, `number`, `count`, `percent`, `percentage points`, `money`, `duration`, `date`, `instant`,
    `time of day`, `yes or no`, `one of`, `list of`; or a word that is none of these, which the checker reports."""
    currency: str = ""
    choices: tuple[Text, ...] = ()
    element: TypeName | None = None
    low: Expression | None = None
    high: Expression | None = None
    span: Span = _span()


# --- parts of clauses ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownBy:
    """`shown by golden and attacks, attested, no older than 30 days`."""

    evidence: tuple[Name, ...]
    trust: OneOf["", "claimed", "file", "attested"] = ""
    """The least trust asked for; empty leaves it to the project."""
    no_older_than: Length | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Before:
    """`before launch and every 7 days after`."""

    gate: Name
    every: Length | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Remedy:
    """`remedy by supplier within 10 days of notice: "..."`."""

    party: Name
    within: Length
    text: Text
    span: Span = _span()


# --- effects ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deny:
    """`deny "the model {call.model} is not on the approved list"`."""

    message: Text | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Ask:
    """`ask claims_duty, answer within 4 hours, otherwise deny`; bare `ask` repeats the rule's own (in `unknown`)."""

    roles: tuple[Name, ...] = ()
    answer_within: Length | None = None
    otherwise: Effect | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Redact:
    """`redact`."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pseudonymise:
    """`pseudonymise`: a token per value, put back in what returns to the caller."""

    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Use:
    """`use second_model, otherwise manual_queue`."""

    fallbacks: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Warn:
    """`warn "..."`."""

    message: Text | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pause:
    """`pause all calls within 1 hour, tell run_owner`; `pause calls to ledger`."""

    tool: Name | None = None
    within: Length | None = None
    tell: tuple[Name, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Rescope:
    """`rescope to canary within 1 day, tell run_owner`: back to what holds from an earlier gate on; only in a stop."""

    gate: Name
    within: Length | None = None
    tell: tuple[Name, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Allow:
    """`allow`: only behind `unknown` and `otherwise`."""

    span: Span = _span()


Effect = Deny | Ask | Redact | Pseudonymise | Use | Warn | Pause | Allow

# --- statements ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LanguageStatement:
    """`language 1`."""

    version: Number
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Header:
    """`policy invoice-triage version "1.2.0" title "..." timezone "Europe/Berlin"`, or `pack ...`."""

    kind: OneOf["policy", "pack"]
    name: Name
    version: Text
    title: Text | None = None
    timezone: Text | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Party:
    """`party supplier "Acme AI GmbH"`."""

    name: Name
    legal_name: Text
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Role:
    """`role risk, security of customer "..."`."""

    names: tuple[Name, ...]
    party: Name | None = None
    words: Text | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Gate:
    """`gate launch "calls from all customers"`."""

    name: Name
    words: Text
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Argument:
    """`min_cases = 800`."""

    name: Name
    value: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Include:
    """`include production-gap with min_cases = 800, max_age = 30 days`."""

    pack: Name
    arguments: tuple[Argument, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Parameter:
    """`parameter min_cases : count = 500 "how many cases the golden set has at least"`; only in packs."""

    name: Name
    type: TypeName
    default: Expression | None = None
    words: Text | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Let:
    """`let large_refund = 500 EUR`."""

    name: Name
    value: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Evidence:
    """`evidence golden : evaluation from supplier "the run on the golden set" permits fields`."""

    name: Name
    kind: Name
    party: Name | None = None
    words: Text | None = None
    permits: tuple[Name, ...] = ()
    """Options of readers that the project file may state for it."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Fact:
    """`fact refund.amount : money EUR "the amount to be refunded" known on response, tool input`."""

    name: Name
    type: TypeName
    words: Text
    known_on: tuple[Name, ...] = ()
    """Phases; empty means all."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Detector:
    """`detector case_number "claim number" matches /NW-[0-9]{8}/`."""

    name: Name
    words: Text
    patterns: tuple[Regex, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Tool:
    """`tool ledger "the customer's ledger"`."""

    name: Name
    words: Text
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Fallback:
    """`fallback manual_queue "the claims team's own queue"`."""

    name: Name
    words: Text
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Section:
    """`section evaluation "Evaluation"` with defaults for the clauses that follow it, up to the next section."""

    name: Name
    title: Text
    owners: tuple[Name, ...] = ()
    before: Before | None = None
    remedy: Remedy | None = None
    on: tuple[Name, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A clause that evidence must meet before a gate."""

    id: Name
    title: Text
    check: Condition
    because: Text | None = None
    owners: tuple[Name, ...] = ()
    shown_by: ShownBy | None = None
    before: Before | None = None
    applies_when: Condition | None = None
    remedy: Remedy | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A number with a baseline and a target."""

    id: Name
    title: Text
    measure: Ref
    baseline: Expression
    target_operator: OneOf["at least", "at most"]
    target: Expression
    target_by: Moment | None = None
    because: Text | None = None
    owners: tuple[Name, ...] = ()
    shown_by: ShownBy | None = None
    before: Before | None = None
    report_only: bool = False
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Rule:
    """A clause that acts on calls."""

    id: Name
    title: Text
    on: tuple[Name, ...]
    """Phases; empty takes the section's."""
    when: Condition | None
    """None means always."""
    then: tuple[Effect, ...]
    unknown: Effect | None = None
    at_least_calls: Number | None = None
    """`with at least 200 calls`: with fewer calls in the window the condition is false."""
    because: Text | None = None
    owners: tuple[Name, ...] = ()
    remedy: Remedy | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Rollout:
    """`send 5% of calls by end_customer.id, others use manual_queue`, or `shadow 5% of calls by ...`."""

    id: Name
    title: Text
    mode: OneOf["send", "shadow"]
    share: Number
    by: Ref
    others: Use | None = None
    from_gate: Name | None = None
    until_gate: Name | None = None
    because: Text | None = None
    owners: tuple[Name, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Stop:
    """A condition over calls, or over the record, that pauses or rescopes the system until a role resumes it."""

    id: Name
    title: Text
    when: Condition
    then: Pause | Rescope
    resume_by: tuple[Name, ...]
    at_least_calls: Number | None = None
    because: Text | None = None
    owners: tuple[Name, ...] = ()
    shown_by: ShownBy | None = None
    from_gate: Name | None = None
    unknown_tell: tuple[Name, ...] = ()
    """Who is told when the condition is unknown; without anybody, the stop acts."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Waive:
    """`waive production-gap/REDTEAM-3 through 2027-03-31 because "..." approved by risk`."""

    clause: Name
    through: Moment
    because: Text
    approved_by: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SignOff:
    """`sign-off for launch by at least 2 of run_owner, security, risk`."""

    gate: Name
    roles: tuple[Name, ...]
    at_least: Number | None = None
    """How many of the roles; None means all."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Tighten:
    """`tighten production-gap/EVAL-1 check ...` or `no older than 7 days`: a further condition, never a weaker one."""

    clause: Name
    check: Condition | None = None
    no_older_than: Length | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Replace:
    """`replace production-gap/EVAL-1 check ... because "..." approved by risk`."""

    clause: Name
    check: Condition
    because: Text
    approved_by: tuple[Name, ...]
    no_older_than: Length | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Given:
    """`refund.amount is 500.01 EUR`, or `is missing` when the value is None."""

    name: Name
    value: Expression | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expect:
    """`allow`, `HUMAN-1 asks claims_duty`, `EVAL-1 fails`, `EVAL-2 is unknown`."""

    verb: str
    """`allow`; `denies`, `asks`, `redacts`, `pseudonymises`, `uses`, `warns`, `pauses`, `does not act`;
    `passes`, `fails`, `is unknown`."""
    clause: Name | None = None
    object: Name | None = None
    """The role asked or the fallback used."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Test:
    """A case that stands beside the rules."""

    __test__ = False
    """pytest must not collect it."""
    name: Text
    given: tuple[Given, ...]
    expect: tuple[Expect, ...]
    on: Name | None = None
    """The phase; None means the phase of the rule expected, or request."""
    span: Span = _span()


Statement = (
    LanguageStatement
    | Header
    | Party
    | Role
    | Gate
    | Include
    | Parameter
    | Let
    | Evidence
    | Fact
    | Detector
    | Tool
    | Fallback
    | Section
    | Requirement
    | Scorecard
    | Rule
    | Rollout
    | Stop
    | Waive
    | SignOff
    | Tighten
    | Replace
    | Test
)


@dataclass(frozen=True, slots=True)
class Comment:
    """`# ...` with its text as written; `own_line` tells whether nothing else stands before it on its line."""

    text: str
    own_line: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Tree:
    """One file: its statements in order, and its comments, which the formatter keeps."""

    source: SourceFile = field(compare=False, repr=False)
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
