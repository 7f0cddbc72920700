"""The verdict: what was decided for a gate, clause by clause, and what it rests on.

Documented in `docs/verdict.md`; the JSON schema is `docs/verdict-schema.json`. Numbers, amounts and moments are texts, as
people read them, because JSON readers would round them.
"""

from __future__ import annotations

from typing import Literal, NoReturn

from pydantic import BaseModel, ConfigDict

from policykit.errors import DecisionUsageError
from policykit.readiness.outcome import Outcome

SCHEMA = "policykit-verdict/1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Part):
    """One thing that stands in the way, and what would have to change."""

    code: str
    """`PK622`; `policykit explain PK622` says more."""
    message: str
    place: str = ""
    """The file, or the place in it."""
    expected: str = ""
    got: str = ""
    help: str = ""


class Read(_Part):
    """One value that a condition read."""

    name: str
    value: str
    """As people read it; `unknown` where there is none."""
    file: str = ""
    counted: bool = True
    """False when the evidence could not be used, so that the value decided nothing."""


class EvidenceUse(_Part):
    """One evidence that a clause rests on."""

    name: str
    files: tuple[str, ...] = ()
    trust: str = ""
    produced_at: str = ""
    usable_until: str = ""
    """The first instant at which it is too old for this clause; empty when it does not age."""
    usable: bool = False
    subject_claimed: bool = False
    """The files do not say which system they are about; the project file does."""


class Owner(_Part):
    """The role that must see to a clause, and who fills it."""

    role: str = ""
    party: str = ""
    people: tuple[str, ...] = ()


class Due(_Part):
    """When a clause must be met."""

    gate: str = ""
    day: str = ""
    """The day of the gate, or empty when the project names none."""
    every: str = ""
    next_due: str = ""
    """For a clause that continues: when new evidence is needed."""


class WaiverView(_Part):
    """A waiver and whether it has effect."""

    through: str
    ends_at: str
    """The first instant at which it has no effect."""
    because: str
    approved_by: tuple[str, ...]
    in_force: bool
    reason: str = ""
    """Why it has no effect."""


class ScorecardView(_Part):
    """The line of a scorecard."""

    measure: str
    baseline: str
    target: str
    current: str
    target_by: str = ""
    report_only: bool = False


class Remedy(_Part):
    """What the policy says must be done about a clause that is not met."""

    party: str
    within: str
    text: str


class ClauseVerdict(_Part):
    """The outcome of one clause."""

    id: str
    kind: Literal["requirement", "scorecard"]
    title: str
    section: str
    outcome: Outcome
    true_outcome: Outcome
    """The outcome without the waiver."""
    counts: bool = True
    """Whether it holds up the gate; false for `report only`."""
    condition: str = ""
    owner: Owner = Owner()
    due: Due = Due()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    reads: tuple[Read, ...] = ()
    evidence: tuple[EvidenceUse, ...] = ()
    waiver: WaiverView | None = None
    scorecard: ScorecardView | None = None
    remedy: Remedy | None = None


class Signature(_Part):
    """One statement that counts."""

    person: str
    role: str
    decision: Literal["approve", "reject"]
    signed_at: str
    counts_until: str = ""
    file: str
    sha256: str
    is_maker: bool


class SignOffVerdict(_Part):
    """One sign-off that the gate demands."""

    gate: str
    roles: tuple[str, ...]
    at_least: int
    is_met: bool
    signatures: tuple[Signature, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Task(_Part):
    """One thing that is left to do."""

    clause: str
    title: str
    what: str
    file: str = ""
    value: str = ""
    threshold: str = ""
    owner: Owner = Owner()
    by: str = ""
    """The day of the gate, or empty when the project names none."""


class Expiry(_Part):
    """Something that counts now and will stop to."""

    at: str
    what: str
    clauses: tuple[str, ...] = ()


class GateSummary(_Part):
    """How one gate stands."""

    gate: str
    words: str
    day: str = ""
    clauses: int
    met: int
    signed: bool
    is_met: bool


class Section(_Part):
    """A section of the policy."""

    name: str
    title: str


class PolicyView(_Part):
    """The definition that was applied."""

    name: str
    version: str
    title: str
    digest: str


class SubjectView(_Part):
    """The system that was judged."""

    name: str
    version: str = ""
    git_commit: str = ""
    model: str = ""


class RestsOn(_Part):
    """Digests of everything that the verdict rests on; `digest` of the verdict is over this part."""

    policykit: str
    definition: str
    project: str
    gate: str
    at: str
    key_ring: str = ""
    evidence: dict[str, tuple[tuple[str, str], ...]] = {}
    """By name: path and digest of each file, sorted."""
    baselines: dict[str, tuple[tuple[str, str], ...]] = {}
    statements: tuple[tuple[str, str], ...] = ()


class Verdict(_Part):
    """Met or not met, and why. Not to be tested for truth: say `verdict.result == "met"`."""

    schema_: Literal["policykit-verdict/1"] = SCHEMA
    result: Literal["met", "not met"]
    headline: str
    """One line for people."""
    policy: PolicyView
    subject: SubjectView
    gate: str
    """Empty when the policy declares no gate."""
    gate_words: str = ""
    gate_day: str = ""
    at: str
    timezone: str
    problems: tuple[Reason, ...] = ()
    """What holds up the gate as a whole."""
    sections: tuple[Section, ...] = ()
    clauses: tuple[ClauseVerdict, ...] = ()
    sign_offs: tuple[SignOffVerdict, ...] = ()
    not_counted: tuple[Reason, ...] = ()
    """Statements that do not count, and why."""
    gates: tuple[GateSummary, ...] = ()
    to_do: tuple[Task, ...] = ()
    expires: tuple[Expiry, ...] = ()
    rests_on: RestsOn
    digest: str

    def __bool__(self) -> NoReturn:
        raise DecisionUsageError('a verdict is not true or false: compare `verdict.result` with "met"')

    def to_json(self) -> str:
        """Return the verdict as indented JSON; the same verdict gives the same text."""
        return self.model_dump_json(indent=2, by_alias=True) + "\n"
