"""What only the project file says and a verdict rests on. The law: docs/adr/0028.

Facts that made a clause not applicable, days of gates that relieve an interval, options and zones with which
evidence was read, the baseline that was chosen, and who fills the roles on which independence rests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from policykit.language.checked import Requirement, Scorecard, Stop
from policykit.readiness.assess import Situation
from policykit.readiness.outcome import Outcome
from policykit.readiness.rests_on import baselines_read, fact_presence_asked, facts_read
from policykit.readiness.supply import Supply
from policykit.readiness.verdict import Claim, ClauseVerdict, SignOffVerdict, StopVerdict
from policykit.readiness.wording import duration_text, instant_text, value_text

Judged = tuple[Requirement | Scorecard, ClauseVerdict]
_NOBODY = "nobody"
_NOT_STATED = "not stated"
_EFFECTS = {
    "zone": "times without an offset are read in this zone",
    "reader": "the file is read by this reader, which does not recognise it by itself",
    "collected_at": "the age is counted from this instant; the evidence counts as claimed",
}


def claims_of(
    judged: Sequence[Judged],
    sign_offs: Sequence[SignOffVerdict],
    stops: Sequence[StopVerdict],
    situation: Situation,
) -> tuple[Claim, ...]:
    """Return the claims that the clauses, sign-offs and stops of a gate rest on, each once, with the clauses."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for claim in chain(
        *(_of_clause(clause, view, situation) for clause, view in judged),
        *(_of_stop(stop, situation) for stop in stops),
        _of_roles(judged, sign_offs, situation),
    ):
        found.setdefault((claim.member, claim.says, claim.effect), set()).update(claim.clauses)
    return tuple(
        Claim(member=member, says=says, effect=effect, clauses=tuple(sorted(ids)))
        for (member, says, effect), ids in sorted(found.items())
    )


def _of_clause(clause: Requirement | Scorecard, view: ClauseVerdict, situation: Situation) -> Iterator[Claim]:
    yield from _facts(clause, view, situation)
    yield from _interval(clause, view, situation)
    for use in view.evidence:
        supply = situation.supplies.get(use.name)
        if supply is not None and use.usable:
            yield from _evidence(clause, supply, situation)


def _of_stop(stop: StopVerdict, situation: Situation) -> Iterator[Claim]:
    """Yield the day that keeps a stop out of force, and what shapes the evidence that it reads."""
    day = situation.gates.get(stop.from_gate)
    if stop.state == "not in force" and day is not None:
        effect = "the stop is not in force before this day"
        yield Claim(member=f"gates.{stop.from_gate}", says=day.isoformat(), effect=effect, clauses=(stop.id,))
    clause = next(each for each in situation.policy.stops if each.id == stop.id)
    for use in stop.evidence:
        supply = situation.supplies.get(use.name)
        if supply is not None and use.usable:
            yield from _evidence(clause, supply, situation)


def _facts(clause: Requirement | Scorecard, view: ClauseVerdict, situation: Situation) -> Iterator[Claim]:
    """Yield the facts that put a clause aside; a condition cannot read any (PK240)."""
    if isinstance(clause, Scorecard) or view.true_outcome is not Outcome.NOT_APPLICABLE:
        return
    check, effect = clause.applies_when, "a clause does not apply"
    for read in facts_read(check):
        if read.name in situation.project.facts:
            says = value_text(situation.project.facts[read.name], read.type)
        elif read.name in fact_presence_asked(check):
            says = _NOT_STATED
        else:
            continue  # what is not stated is unknown, and helps nobody
        yield Claim(member=f"facts.{read.name}", says=says, effect=effect, clauses=(clause.id,))


def _interval(clause: Requirement | Scorecard, view: ClauseVerdict, situation: Situation) -> Iterator[Claim]:
    due = clause.due
    if due is None or due.every_seconds is None or not view.outcome.is_met:
        return
    day = situation.gates.get(due.gate)
    if day is not None and day > situation.today:
        effect = f"new evidence every {duration_text(due.every_seconds)} is not demanded yet"
        yield Claim(member=f"gates.{due.gate}", says=day.isoformat(), effect=effect, clauses=(clause.id,))


def _evidence(clause: Requirement | Scorecard | Stop, supply: Supply, situation: Situation) -> Iterator[Claim]:
    for where, evidence in (("", supply.evidence), ("baseline.", supply.baseline)):
        if evidence is None or (where and supply.name not in _baselines(clause)):
            continue
        for member, says in evidence.claims:
            effect = _EFFECTS.get(member, "this option shapes what the file shows; the evidence counts as claimed")
            yield _of_evidence(supply, f"{where}{member}", says, effect, clause.id)
        if where:
            produced = instant_text(evidence.produced_at) if evidence.produced_at is not None else "at an unknown time"
            yield _of_evidence(
                supply, "baseline", evidence.path, f"the run is compared with this one, produced {produced}", clause.id
            )
    bound = situation.project.evidence.get(supply.name)
    if bound is not None and bound.collected_at is not None and supply.is_dated:
        says = instant_text(bound.collected_at)
        yield _of_evidence(supply, "collected_at", says, _EFFECTS["collected_at"], clause.id)


def _baselines(clause: Requirement | Scorecard | Stop) -> frozenset[str]:
    if isinstance(clause, Stop):
        return baselines_read(clause.when)
    if isinstance(clause, Requirement):
        return baselines_read(clause.check) | baselines_read(clause.applies_when)
    return frozenset({clause.measure.evidence} if clause.measure.field.startswith("baseline_") else ())


def _of_evidence(supply: Supply, member: str, says: str, effect: str, clause: str) -> Claim:
    return Claim(member=f"evidence.{supply.name}.{member}", says=says, effect=effect, clauses=(clause,))


_MAKERS = "these people may sign off, but not alone"


def _of_roles(judged: Sequence[Judged], sign_offs: Sequence[SignOffVerdict], situation: Situation) -> Iterator[Claim]:
    """Yield who fills the roles on which the independence of sign-offs, waivers and replacements rests."""
    for clause, view in judged:
        for owner in clause.owners if sign_offs and view.evidence else ():
            yield _role(owner, _MAKERS, clause.id, situation)
        approved = view.waiver.approved_by if view.waiver is not None and view.waiver.in_force else ()
        replaced = clause.replaced_by if isinstance(clause, Requirement) else ()
        for role, what in (*((r, "a waiver") for r in approved), *((r, "a replaced condition") for r in replaced)):
            yield _role(role, f"{what} is approved by this role", clause.id, situation)


def _role(role: str, effect: str, clause: str, situation: Situation) -> Claim:
    people = situation.project.people.get(role, ())
    says = ", ".join(people) or _NOBODY
    if not people and effect == _MAKERS:
        effect = "whoever fills this role may sign off, but not alone"
    return Claim(member=f"people.{role}", says=says, effect=effect, clauses=(clause,))
