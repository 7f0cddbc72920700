"""The verdict: what was decided for a gate, clause by clause, and what it rests on.

Documented in `docs/verdict.md`; the JSON schema is `docs/verdict-schema.json`. Numbers, amounts and moments are texts,
as people read them, because JSON readers would round them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict

from policykit.errors import DecisionUsageError
from policykit.readiness.outcome import Outcome
from policykit.source.visible import visible

_MAX_LINE = 2_000


def _one_line(text: str) -> str:
    """Return a text that is safe on a terminal and in XML: one line, no control characters, bounded.

    Values come out of evidence files, so anything may stand in them.
    """
    return visible(text.replace("\n", " ").replace("\t", " "), _MAX_LINE)


Line = Annotated[str, AfterValidator(_one_line)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Part):
    """One thing that stands in the way, and what would have to change."""

    code: Line
    """`PK622`; `policykit explain PK622` says more."""
    message: Line
    place: Line = ""
    """The file, or the place in it."""
    expected: Line = ""
    got: Line = ""
    help: Line = ""


class Read(_Part):
    """One value that a condition read."""

    name: Line
    value: Line
    """As people read it; `unknown` where there is none."""
    file: Line = ""
    counted: bool = True
    """False when the evidence could not be used, so that the value decided nothing."""


class EvidenceUse(_Part):
    """One evidence that a clause rests on."""

    name: Line
    files: tuple[Line, ...] = ()
    trust: Line = ""
    produced_at: Line = ""
    usable_until: Line = ""
    """The first instant at which it is too old for this clause; empty when it does not age."""
    usable: bool = False
    subject_claimed: bool = False
    """The files do not say which system they are about; the project file does."""


class Claim(_Part):
    """What only the project file says, and what of the verdict rests on it."""

    member: Line
    """`facts.system.stores_cards`"""
    says: Line
    effect: Line
    clauses: tuple[Line, ...] = ()


class Loosened(_Part):
    """A parameter of a pack that the policy sets looser than the pack's own default."""

    pack: Line
    says: Line
    """`min_cases = 1 (the pack: 500)`"""


class Owner(_Part):
    """A role that must see to a clause, and who fills it."""

    role: Line
    party: Line = ""
    people: tuple[Line, ...] = ()


class Due(_Part):
    """When a clause must be met."""

    gate: Line = ""
    day: Line = ""
    """The day of the gate, or empty when the project names none."""
    every: Line = ""
    next_due: Line = ""
    """For a clause that continues: when new evidence is needed."""


class WaiverView(_Part):
    """A waiver and whether it has effect."""

    through: Line
    ends_at: Line
    """The first instant at which it has no effect."""
    because: Line
    approved_by: tuple[Line, ...]
    in_force: bool
    reason: Line = ""
    """Why it has no effect."""


class ScorecardView(_Part):
    """The line of a scorecard."""

    measure: Line
    baseline: Line
    target: Line
    current: Line
    target_by: Line = ""
    report_only: bool = False


class Remedy(_Part):
    """What the policy says must be done about a clause that is not met."""

    party: Line
    within: Line
    text: Line


class ClauseVerdict(_Part):
    """The outcome of one clause."""

    id: Line
    kind: Literal["requirement", "scorecard"]
    title: Line
    section: Line
    outcome: Outcome
    true_outcome: Outcome
    """The outcome without the waiver."""
    counts: bool = True
    """Whether it holds up the gate; false for `report only`."""
    condition: Line = ""
    owners: tuple[Owner, ...] = ()
    """All of them answer for it jointly."""
    due: Due = Due()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Line, ...] = ()
    reads: tuple[Read, ...] = ()
    evidence: tuple[EvidenceUse, ...] = ()
    waiver: WaiverView | None = None
    scorecard: ScorecardView | None = None
    remedy: Remedy | None = None


class StopVerdict(_Part):
    """A stop that evidence and clauses decide."""

    id: Line
    title: Line
    section: Line = ""
    state: Literal["tripped", "holds", "unknown", "not in force"]
    """`not in force` before the day of its gate."""
    acts: bool
    """Whether calls must be paused or rescoped; then no gate from its own on is met."""
    condition: Line
    effect: Line
    """What it does when it acts, as the policy says it."""
    scope: Line
    """`all calls`, a tool, or `back to` a gate."""
    tell: tuple[Line, ...] = ()
    """Roles that must be told now."""
    resume_by: tuple[Line, ...] = ()
    from_gate: Line = ""
    owners: tuple[Owner, ...] = ()
    reasons: tuple[Reason, ...] = ()
    reads: tuple[Read, ...] = ()
    clauses: dict[str, Outcome] = {}
    """The clauses that its condition asks about."""
    evidence: tuple[EvidenceUse, ...] = ()
    basis: Line = ""
    """Digest of the record that decided it, without the instant; once resumed, it trips again only on another one."""


class Signature(_Part):
    """One statement that counts."""

    person: Line
    role: Line
    decision: Literal["approve", "reject"]
    signed_at: Line
    counts_until: Line = ""
    file: Line
    sha256: Line
    is_maker: bool


class SignOffVerdict(_Part):
    """One sign-off that the gate demands."""

    gate: Line
    roles: tuple[Line, ...]
    at_least: int
    is_met: bool
    signatures: tuple[Signature, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Task(_Part):
    """One thing that is left to do."""

    clause: Line
    title: Line
    what: Line
    file: Line = ""
    value: Line = ""
    threshold: Line = ""
    owners: tuple[Owner, ...] = ()
    by: Line = ""
    """The day of the gate, or empty when the project names none."""


class Expiry(_Part):
    """Something that counts now and will stop to."""

    at: Line
    what: Line
    clauses: tuple[Line, ...] = ()


class GateSummary(_Part):
    """How one gate stands."""

    gate: Line
    words: Line
    day: Line = ""
    clauses: int
    met: int
    signed: bool
    is_met: bool


class Section(_Part):
    """A section of the policy."""

    name: Line
    title: Line


class PolicyView(_Part):
    """The definition that was applied."""

    name: Line
    version: Line
    title: Line
    digest: Line


class SubjectView(_Part):
    """The system that was judged."""

    name: Line
    version: Line = ""
    git_commit: Line = ""
    model: Line = ""


class RestsOn(_Part):
    """Digests of everything that the verdict rests on; `digest` of the verdict is over this part."""

    policykit: Line
    definition: Line
    project: Line
    gate: Line
    at: Line
    key_ring: Line = ""
    evidence: dict[str, tuple[tuple[str, str], ...]] = {}
    """By name: path and digest of each file, sorted."""
    baselines: dict[str, tuple[tuple[str, str], ...]] = {}
    statements: tuple[tuple[str, str], ...] = ()
    gate_days: dict[str, str] = {}
    """Of the gates whose day in the project file does not count: the day that does, or `come`."""


class Verdict(_Part):
    """Met or not met, and why. Not to be tested for truth: say `verdict.result == "met"`."""

    form: Literal["policykit-verdict/1"] = "policykit-verdict/1"
    result: Literal["met", "not met"]
    headline: Line
    """One line for people."""
    policy: PolicyView
    subject: SubjectView
    gate: Line
    """Empty when the policy declares no gate."""
    gate_words: Line = ""
    gate_day: Line = ""
    at: Line
    """The instant that was judged."""
    signed_at: Line = ""
    """The instant of signing, by the clock; empty for a verdict that was not signed."""
    timezone: Line
    problems: tuple[Reason, ...] = ()
    """What holds up the gate as a whole."""
    sections: tuple[Section, ...] = ()
    clauses: tuple[ClauseVerdict, ...] = ()
    sign_offs: tuple[SignOffVerdict, ...] = ()
    stops: tuple[StopVerdict, ...] = ()
    """The stops of the record that belong to the gate: each that is in force from it, or from an earlier one."""
    not_counted: tuple[Reason, ...] = ()
    """Statements that do not count, and why."""
    gates: tuple[GateSummary, ...] = ()
    claims: tuple[Claim, ...] = ()
    """What only the project file says and the verdict rests on."""
    loosened: tuple[Loosened, ...] = ()
    """Where the policy demands less than the packs whose names it bears."""
    to_do: tuple[Task, ...] = ()
    expires: tuple[Expiry, ...] = ()
    rests_on: RestsOn
    digest: Line

    @property
    def ended_before_signing(self) -> tuple[Expiry, ...]:
        """What counted at the instant judged and no longer did when the verdict was signed."""
        if not self.signed_at:
            return ()
        signed = datetime.fromisoformat(self.signed_at)
        return tuple(expiry for expiry in self.expires if datetime.fromisoformat(expiry.at) <= signed)

    def __bool__(self) -> NoReturn:
        raise DecisionUsageError('a verdict is not true or false: compare `verdict.result` with "met"')

    def to_json(self) -> str:
        """Return the verdict as indented JSON; the same verdict gives the same text."""
        return self.model_dump_json(indent=2) + "\n"
