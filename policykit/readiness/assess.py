"""From supplied evidence to the outcome of one clause. The steps are those of docs/adr/0026.

Nothing here reads a file or a clock, and nothing depends on the order of clauses or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from policykit.engine.reads import NOW, reads
from policykit.engine.scope import Facts, Scope
from policykit.engine.truth import truth
from policykit.language import checked as c
from policykit.language.checked import CheckedPolicy, Requirement, Scorecard
from policykit.readiness.blame import NOT_UNDERSTOOD, UNKNOWN, quantified_reads, reasons_against
from policykit.readiness.gate_days import COME, FURTHEST, moved_days
from policykit.readiness.letter_case import letter_case_notes
from policykit.readiness.outcome import Outcome, gravest
from policykit.readiness.project import Project
from policykit.readiness.rests_on import baselines_read, evidence_read, presence_asked
from policykit.readiness.sliced import SlicedOnce
from policykit.readiness.supply import Supply
from policykit.readiness.usable import Terms, Use, terms_of, use_of, view_of
from policykit.readiness.verdict import (
    ClauseVerdict,
    Due,
    Owner,
    Read,
    Reason,
    Remedy,
    ScorecardView,
    WaiverView,
)
from policykit.readiness.waivers import Filled, end_of_day, waiver_views
from policykit.readiness.wording import (
    check_text,
    day_text,
    duration_text,
    instant_text,
    operand_text,
    owner_words,
    value_text,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that clauses are assessed against."""

    policy: CheckedPolicy
    project: Project
    supplies: Mapping[str, Supply]
    at: datetime
    """The instant of the check, aware."""
    zone: tzinfo
    """The policy's."""
    values: Mapping[str, SlicedOnce]
    """The values of each evidence that there is."""
    gates: Mapping[str, date]
    """The day that counts for each gate (`gate_days`); a gate without one counts as come."""
    filled: Filled
    """Who fills which role."""

    @property
    def today(self) -> date:
        """The day of the check in the policy's time zone."""
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of a clause before waivers are looked at."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()


def assess_requirement(requirement: Requirement, situation: Situation) -> ClauseVerdict:
    """Return the outcome of a requirement, with reasons, what it read, and what a waiver does to it."""
    uses = _uses(requirement, (requirement.check, requirement.applies_when), situation)
    judged = _judged(requirement, uses, situation)
    all_values = scope_of(uses.values(), situation, usable_only=False)
    spellings = letter_case_notes((requirement.check, requirement.applies_when), all_values)
    judged = replace(judged, notes=(*judged.notes, *spellings))
    return _view(
        requirement,
        judged,
        situation,
        uses,
        kind="requirement",
        condition=check_text(requirement.check),
        reads=values_read(requirement.check, uses, situation),
        remedy=_remedy(requirement),
    )


def assess_scorecard(scorecard: Scorecard, situation: Situation) -> ClauseVerdict:
    """Return the outcome of a scorecard: whether usable evidence shows that the target is reached."""
    check = c.Compare(scorecard.target_relation, scorecard.measure, scorecard.target, scorecard.span)
    uses = _uses(scorecard, (check, None), situation)
    judged = _until_due(scorecard, _shown(scorecard, check, uses, situation), situation)
    all_values = scope_of(uses.values(), situation, usable_only=False)
    current = all_values.read(scorecard.measure).value
    words = "at least" if scorecard.target_relation == ">=" else "at most"
    return _view(
        scorecard,
        judged,
        situation,
        uses,
        kind="scorecard",
        condition=check_text(check),
        reads=values_read(check, uses, situation),
        scorecard=ScorecardView(
            measure=scorecard.measure.name,
            baseline=operand_text(scorecard.baseline),
            target=f"{words} {value_text(scorecard.target.value, scorecard.target.type)}",
            current=value_text(current, scorecard.measure.type) if current is not None else UNKNOWN,
            target_by=day_text(scorecard.target_by) if scorecard.target_by is not None else "",
            report_only=scorecard.report_only,
        ),
    )


def _until_due(scorecard: Scorecard, judged: _Judged, situation: Situation) -> _Judged:
    """Return a target that is definitely not reached as not yet due until the end of its day."""
    by = scorecard.target_by
    if judged.outcome is not Outcome.FAIL or by is None or situation.at >= end_of_day(by, situation.zone):
        return judged
    return _Judged(Outcome.NOT_DUE, notes=(f"the target is due by {day_text(by)}: not reached, and not yet due",))


def _uses(clause: Requirement | Scorecard, checks: tuple[c.Check | None, ...], situation: Situation) -> dict[str, Use]:
    return uses_of(clause.shown_by, clause.due, checks, situation)


def uses_of(
    shown_by: c.Trust | None, due: c.Due | None, checks: tuple[c.Check | None, ...], situation: Situation
) -> dict[str, Use]:
    """Return the evidence that a clause names or reads, in the light of its terms."""
    terms = terms_of(shown_by, due, situation.at, situation.today, situation.gates)
    named = frozenset(shown_by.evidence) if shown_by is not None else frozenset()
    names = named.union(*(evidence_read(check) for check in checks))
    with_baseline = frozenset[str]().union(*(baselines_read(check) for check in checks))
    return {name: _use(name, terms, situation, with_baseline=name in with_baseline) for name in sorted(names)}


def _use(name: str, terms: Terms, situation: Situation, *, with_baseline: bool) -> Use:
    return use_of(situation.supplies.get(name, Supply(name)), terms, with_baseline=with_baseline)


def _judged(requirement: Requirement, uses: Mapping[str, Use], situation: Situation) -> _Judged:
    """Step 1: only a definite no makes a requirement not applicable."""
    if requirement.replaced_by and not situation.filled.others(requirement.replaced_by, requirement.owners):
        return _Judged(Outcome.INCONCLUSIVE, (_own_replacement(requirement),))
    when = requirement.applies_when
    if when is None:
        return _shown(requirement, requirement.check, uses, situation)
    answerable = all(uses[name].is_usable for name in presence_asked(when))
    applies = truth(when, scope_of(uses.values(), situation)) if answerable else None
    if applies is False:
        return _Judged(Outcome.NOT_APPLICABLE, notes=(f"applies when {check_text(when)}, which is not so",))
    judged = _shown(requirement, requirement.check, uses, situation)
    if applies is None:
        note = f"whether it applies is unknown ({check_text(when)}), so it applies"
        return _Judged(judged.outcome, judged.reasons, (note,))
    return judged


def _own_replacement(requirement: Requirement) -> Reason:
    return Reason(
        code="PK647",
        message=f"nobody but the {owner_words(requirement.owners)} approved the condition that replaces the pack's",
        place=requirement.id,
        expected=f"the approval of somebody other than the people of {' or '.join(requirement.owners)}",
        got=", ".join(f"`{role}`" for role in requirement.replaced_by),
        help="have `replace` approved by a role that somebody else fills",
    )


def _shown(clause: Requirement | Scorecard, check: c.Check, uses: Mapping[str, Use], situation: Situation) -> _Judged:
    """Steps 2 to 4: all the evidence that the clause is shown by must be usable, then the condition is looked at."""
    named = frozenset(clause.shown_by.evidence) if clause.shown_by is not None else frozenset()
    unusable = [uses[name] for name in sorted(named | evidence_read(check)) if not uses[name].is_usable]
    worst = gravest(use.outcome for use in unusable if use.outcome is not None)
    if worst is not None:
        return _Judged(worst, _reasons_of(unusable))
    scope = scope_of(uses.values(), situation)
    found = truth(check, scope)
    if found is True:
        return _Judged(Outcome.PASS)
    against = reasons_against(check, scope, situation.supplies)
    if found is False:
        return _Judged(Outcome.FAIL, against)
    misread = any(reason.code == NOT_UNDERSTOOD for reason in against)
    return _Judged(Outcome.ERROR if misread else Outcome.INCONCLUSIVE, against)


def _reasons_of(uses: Iterable[Use]) -> tuple[Reason, ...]:
    return tuple(reason for use in uses for reason in use.reasons)


def scope_of(uses: Iterable[Use], situation: Situation, *, usable_only: bool = True) -> Scope:
    """Return what conditions can read of evidence, by default only where it can be used."""
    evidence = {
        use.supply.name: situation.values[use.supply.name]
        for use in uses
        if use.supply.evidence is not None and (use.is_usable or not usable_only)
    }
    return Scope(Facts(situation.project.facts, evidence, now=situation.at))


_NOW = "the time of the check"


def values_read(check: c.Check, uses: Mapping[str, Use], situation: Situation) -> tuple[Read, ...]:
    """Return what a condition reads with the values in the files, also of evidence that did not count."""
    scope = scope_of(uses.values(), situation, usable_only=False)
    found = []
    for read in reads(check):
        value = scope.read(read).value
        text = value_text(value, read.type) if value is not None else UNKNOWN
        found.append(
            _read(
                _NOW if read.name == NOW else read.name,
                text,
                read.evidence if isinstance(read, c.EvidenceRead) else "",
                uses,
            )
        )
    for name, text, evidence in quantified_reads(check, scope):
        found.append(_read(name, text, evidence, uses))
    return tuple(found)


def _read(name: str, value: str, evidence: str, uses: Mapping[str, Use]) -> Read:
    use = uses.get(evidence)
    file = use.supply.evidence.path if use is not None and use.supply.evidence is not None else ""
    return Read(name=name, value=value, file=file, counted=use is None or use.is_usable)


def _view(  # noqa: PLR0913 - the parts of a clause's verdict
    clause: Requirement | Scorecard,
    judged: _Judged,
    situation: Situation,
    uses: Mapping[str, Use],
    *,
    kind: str,
    condition: str,
    reads: tuple[Read, ...],
    scorecard: ScorecardView | None = None,
    remedy: Remedy | None = None,
) -> ClauseVerdict:
    """Step 5: a waiver in force covers the outcome, and the true one stays."""
    waiver = next(
        iter(
            waiver_views(
                situation.policy.waivers, clause.id, clause.owners, situation.at, situation.zone, situation.filled
            )
        ),
        None,
    )
    covers = waiver is not None and waiver.in_force and not judged.outcome.is_met
    return ClauseVerdict(
        id=clause.id,
        kind="scorecard" if kind == "scorecard" else "requirement",
        title=clause.title,
        section=clause.section,
        outcome=Outcome.WAIVED if covers else judged.outcome,
        true_outcome=judged.outcome,
        counts=not (isinstance(clause, Scorecard) and clause.report_only),
        condition=condition,
        owners=tuple(owner_of(role, situation) for role in clause.owners),
        due=_due(clause, uses, situation),
        reasons=judged.reasons,
        notes=(*judged.notes, *_day_notes(clause, situation), *_waiver_notes(waiver)),
        reads=reads,
        evidence=tuple(view_of(use) for use in uses.values()),
        waiver=waiver,
        scorecard=scorecard,
        remedy=remedy,
    )


def _day_notes(clause: Requirement | Scorecard, situation: Situation) -> tuple[str, ...]:
    """Say why an interval runs although the project file has the gate's day ahead."""
    due = clause.due
    moved = moved_days(situation.project.gates, situation.gates)
    if due is None or due.every_seconds is None or due.gate not in moved:
        return ()
    day = situation.project.gates[due.gate].isoformat()
    why = (
        f"it is more than {FURTHEST.days} days ahead"
        if moved[due.gate] == COME
        else f"the trail has the gate as met, for {moved[due.gate]}"
    )
    return (f"the day {day} of the gate `{due.gate}` does not put the interval off: {why}",)


def _waiver_notes(waiver: WaiverView | None) -> tuple[str, ...]:
    return () if waiver is None or waiver.in_force else (f"the waiver has no effect: {waiver.reason}",)


def owner_of(role: str, situation: Situation) -> Owner:
    """Return who must see to something."""
    declared = situation.policy.roles.get(role)
    party = situation.policy.parties.get(declared.party) if declared is not None else None
    return Owner(
        role=role, party=party.words if party is not None else "", people=situation.project.people.get(role, ())
    )


def _due(clause: Requirement | Scorecard, uses: Mapping[str, Use], situation: Situation) -> Due:
    if clause.due is None:
        return Due()
    gates = situation.project.gates
    day = gates.get(clause.due.gate)
    counted = situation.gates.get(clause.due.gate)
    every = clause.due.every_seconds
    if every is None:
        return Due(gate=clause.due.gate, day=day.isoformat() if day is not None else "")
    return Due(
        gate=clause.due.gate,
        day=day.isoformat() if day is not None else "",
        every=duration_text(every),
        next_due=_next_due(counted, uses, situation),
    )


def _next_due(day: date | None, uses: Mapping[str, Use], situation: Situation) -> str:
    """Return the gate's day before the gate; after it, when the present evidence will be too old, or now."""
    if day is not None and situation.today < day:
        return day.isoformat()
    untils = [use.until for use in uses.values() if use.until is not None]
    usable = uses and all(use.is_usable for use in uses.values())
    if not usable:
        return instant_text(situation.at)
    return instant_text(min(untils) - timedelta(microseconds=1)) if untils else ""


def _remedy(requirement: Requirement) -> Remedy | None:
    if requirement.remedy is None:
        return None
    remedy = requirement.remedy
    return Remedy(party=remedy.party, within=duration_text(remedy.within_seconds), text=remedy.text)


__all__ = ["Situation", "assess_requirement", "assess_scorecard", "owner_of", "scope_of", "uses_of", "values_read"]
