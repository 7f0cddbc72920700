"""The verdict for a gate: clauses, sign-offs, what is left to do, and the digest of everything it rests on.

`decide` is a pure function of its inputs: the same inputs give the same bytes. Steps and laws: docs/adr/0026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from policykit._version import __version__
from policykit.encoding.digest import digest_of_json
from policykit.evidence.key_ring import NO_KEYS, KeyRing
from policykit.evidence.times import zone_named
from policykit.language.checked import CheckedPolicy, Requirement, Scorecard
from policykit.readiness.assess import Situation, assess_requirement, assess_scorecard
from policykit.readiness.claims import claims_of
from policykit.readiness.gate_days import gate_days, moved_days
from policykit.readiness.outcome import Outcome
from policykit.readiness.plan import expiries, tasks
from policykit.readiness.project import Project
from policykit.readiness.sign_off import Makers, assess_sign_off
from policykit.readiness.sliced import SlicedOnce
from policykit.readiness.stated import collector_of, people_of
from policykit.readiness.statements import Asked, SignedStatement, StatementFiles, counting, person_key
from policykit.readiness.stops import assess_stop
from policykit.readiness.supply import Supply
from policykit.readiness.verdict import (
    Claim,
    ClauseVerdict,
    GateSummary,
    Loosened,
    PolicyView,
    Reason,
    RestsOn,
    Section,
    SignOffVerdict,
    StopVerdict,
    SubjectView,
    Verdict,
)
from policykit.readiness.waivers import Filled
from policykit.readiness.wording import instant_text


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a verdict rests on."""

    policy: CheckedPolicy
    project: Project
    supplies: Mapping[str, Supply]
    statements: StatementFiles
    at: datetime
    """The instant of the check, aware."""
    key_ring: KeyRing = NO_KEYS
    key_ring_digest: str = ""
    gates_met: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    """For gates that a recorded verdict says were met: the earliest day that such a record states."""


def decide(inputs: Inputs, gate: str | None = None) -> Verdict:
    """Return the verdict for a gate.

    Args:
        inputs: policy, project, evidence, statements and instant.
        gate: one that the policy declares; None for the last one, which takes in everything.

    Raises:
        ValueError: a naive instant, or a gate that the policy does not declare: a mistake of the caller.
    """
    if inputs.at.tzinfo is None:
        raise ValueError("`at` must be aware")
    gates = tuple(inputs.policy.gates)
    wanted = gate if gate is not None else (gates[-1] if gates else "")
    if wanted and wanted not in gates:
        raise ValueError("the policy does not declare this gate")
    situation = _situation(inputs)
    outcomes = _outcomes(situation)
    stops = _stops(outcomes, situation)
    standings = {name: _standing(name, outcomes, stops, inputs, situation) for name in gates or ("",)}
    return _verdict(wanted, _in_order(standings, inputs), inputs, situation)


def _in_order(standings: Mapping[str, _Standing], inputs: Inputs) -> dict[str, _Standing]:
    """Return how gates stand, none of them met while an earlier one is open.

    The clauses of earlier gates count for the later ones anyway; what else can hold an earlier gate up are its
    sign-offs. A gate that the project's trail says was met is no longer open.
    """
    found: dict[str, _Standing] = {}
    still_open: list[str] = []
    for name, standing in standings.items():
        problems = (*standing.problems, *map(_still_open, still_open))
        found[name] = replace(standing, problems=problems)
        if name not in inputs.gates_met and not all(each.is_met for each in standing.sign_offs):
            still_open.append(name)
    return found


def _still_open(gate: str) -> Reason:
    return Reason(
        code="PK632",
        message=f"the earlier gate `{gate}` is still open: its sign-off is not complete",
        help=f"`policykit check --gate {gate}` says who has to sign",
    )


def _situation(inputs: Inputs) -> Situation:
    zone = zone_named(inputs.policy.timezone)
    today = inputs.at.astimezone(zone).date()
    return Situation(
        inputs.policy,
        inputs.project,
        inputs.supplies,
        inputs.at,
        zone,
        {name: SlicedOnce(s.evidence) for name, s in inputs.supplies.items() if s.evidence is not None},
        gate_days(inputs.project.gates, inputs.gates_met, today),
        _filled(inputs),
    )


def _filled(inputs: Inputs) -> Filled:
    """Return who fills each role, by the project file or by the key ring."""
    found: dict[str, set[str]] = {role: set(names) for role, names in inputs.project.people.items()}
    for key in inputs.key_ring.keys:
        for role in key.roles:
            found.setdefault(role, set()).add(key.person)
    return Filled({role: frozenset(map(person_key, names)) for role, names in found.items()})


@dataclass(frozen=True, slots=True)
class _Standing:
    """How one gate stands."""

    clauses: tuple[ClauseVerdict, ...]
    sign_offs: tuple[SignOffVerdict, ...]
    problems: tuple[Reason, ...]
    not_counted: tuple[Reason, ...]
    claims: tuple[Claim, ...]
    stops: tuple[StopVerdict, ...]

    @property
    def is_met(self) -> bool:
        return (
            not self.problems
            and all(clause.outcome.is_met for clause in self.clauses if clause.counts)
            and all(sign_off.is_met for sign_off in self.sign_offs)
            and not any(stop.acts for stop in self.stops)
        )


def _outcomes(situation: Situation) -> tuple[tuple[Requirement | Scorecard, ClauseVerdict], ...]:
    policy = situation.policy
    found: list[tuple[Requirement | Scorecard, ClauseVerdict]] = [
        *((r, assess_requirement(r, situation)) for r in policy.requirements),
        *((s, assess_scorecard(s, situation)) for s in policy.scorecards),
    ]
    return tuple(sorted(found, key=lambda pair: id_order(pair[0].id)))


def _stops(
    outcomes: Sequence[tuple[Requirement | Scorecard, ClauseVerdict]], situation: Situation
) -> tuple[StopVerdict, ...]:
    """Return all stops of the record, whatever gate is judged."""
    verdicts = {clause.id: verdict for clause, verdict in outcomes}
    found = [assess_stop(stop, verdicts, situation) for stop in situation.policy.stops if stop.is_of_record]
    return tuple(sorted(found, key=lambda stop: id_order(stop.id)))


def id_order(clause: str) -> tuple[tuple[int, int | str], ...]:
    """Return what clause IDs are sorted by: `EVAL-2` before `EVAL-10`."""
    parts = clause.replace("/", "-/-").split("-")
    return tuple((0, int(part)) if part.isascii() and part.isdigit() else (1, part) for part in parts)


def _standing(
    gate: str,
    outcomes: Sequence[tuple[Requirement | Scorecard, ClauseVerdict]],
    stops: Sequence[StopVerdict],
    inputs: Inputs,
    situation: Situation,
) -> _Standing:
    order = list(inputs.policy.gates)
    due = [(c, v) for c, v in outcomes if c.due is None or not gate or order.index(c.due.gate) <= order.index(gate)]
    clauses = tuple(verdict for _, verdict in due)
    asked = Asked(inputs.policy, inputs.project, gate, inputs.at)
    counted, not_counted = counting(inputs.statements.statements, asked)
    makers = _makers(clauses, counted, inputs)
    sign_offs = tuple(
        assess_sign_off(sign_off, counted, makers)
        for sign_off in sorted(inputs.policy.sign_offs, key=lambda s: (s.gate, s.roles, s.at_least))
        if sign_off.gate == gate
    )
    belong = tuple(s for s in stops if not s.from_gate or not gate or order.index(s.from_gate) <= order.index(gate))
    claims = claims_of(due, sign_offs, belong, situation)
    return _Standing(clauses, sign_offs, tuple(_empty(gate, clauses)), not_counted, claims, belong)


def _empty(gate: str, clauses: Sequence[ClauseVerdict]) -> Iterator[Reason]:
    """Yield why a run that looked at nothing is a failure."""
    before = f" before `{gate}`" if gate else ""
    counting_ = [clause for clause in clauses if clause.counts]
    if not counting_:
        yield Reason(
            code="PK630",
            message=f"no requirement is due{before}",
            help="a gate that demands nothing shows nothing: state a requirement, or judge another gate",
        )
    elif not any(c.outcome is Outcome.PASS and any(use.usable for use in c.evidence) for c in counting_):
        yield Reason(
            code="PK631",
            message=f"nothing was shown: no requirement due{before} passed on evidence",
            help="supply evidence for at least one requirement; waived and not applicable ones show nothing",
        )


def _makers(clauses: Sequence[ClauseVerdict], counted: Sequence[SignedStatement], inputs: Inputs) -> Makers:
    """Return who collected or signed evidence that the clauses rest on, and who fills the owner roles of those.

    Who did when a statement was signed still counts: nobody ceases to be a maker by an edit of the project file.
    """
    why: dict[str, set[str]] = {}
    for clause in clauses:
        if not clause.evidence:
            continue
        owners: set[str] = set()
        for owner in clause.owners:  # joint owners are makers, each of them
            owners.update(owner.people, (k.person for k in inputs.key_ring.keys if owner.role in k.roles))
            owners.update(*(people_of(statement.stated, owner.role) for statement in counted))
        for person in owners:
            why.setdefault(person_key(person), set()).add(f"owns {clause.id}")
        for use in clause.evidence:
            collectors = {collector_of(statement.stated, use.name) for statement in counted}
            supply = inputs.supplies.get(use.name)
            signers = supply.signed_by if supply is not None else ()
            collectors.add(supply.collected_by if supply is not None else "")
            for deed, people in (("collected", collectors), ("signed", signers)):
                for person in filter(None, people):
                    why.setdefault(person_key(person), set()).add(f"{deed} {use.name}")
    return Makers({person: frozenset(deeds) for person, deeds in why.items()})


def _verdict(gate: str, standings: Mapping[str, _Standing], inputs: Inputs, situation: Situation) -> Verdict:
    policy, project, standing = inputs.policy, inputs.project, standings[gate]
    rests_on = _rests_on(gate, inputs, situation)
    day = project.gates.get(gate)
    return Verdict(
        result="met" if standing.is_met else "not met",
        headline=_headline(gate, standing, inputs),
        policy=PolicyView(name=policy.name, version=policy.version, title=policy.title, digest=policy.digest),
        subject=SubjectView(
            name=project.subject.name,
            version=project.subject.version,
            git_commit=project.subject.git_commit,
            model=project.subject.model,
        ),
        gate=gate,
        gate_words=policy.gates[gate].words if gate else "",
        gate_day=day.isoformat() if day is not None else "",
        at=instant_text(inputs.at),
        timezone=policy.timezone,
        problems=standing.problems,
        sections=tuple(Section(name=s.name, title=s.title) for s in policy.sections.values()),
        clauses=standing.clauses,
        sign_offs=standing.sign_offs,
        stops=standing.stops,
        not_counted=(*sorted(inputs.statements.refused, key=_place), *sorted(standing.not_counted, key=_place)),
        gates=tuple(_summary(name, standings[name], inputs) for name in standings if name),
        claims=standing.claims,
        loosened=tuple(Loosened(pack=pack.name, says=words) for pack in policy.packs for words in pack.loosened),
        to_do=tasks(
            clauses=standing.clauses,
            sign_offs=standing.sign_offs,
            stops=standing.stops,
            problems=standing.problems,
            gate=gate,
            project=project,
            policy=policy,
        ),
        expires=expiries(standing.clauses, standing.sign_offs, situation.zone),
        rests_on=rests_on,
        digest=digest_of_json(rests_on.model_dump(mode="json")),
    )


def _place(reason: Reason) -> tuple[str, str, str]:
    return reason.place, reason.code, reason.message


def _headline(gate: str, standing: _Standing, inputs: Inputs) -> str:
    counted = [clause for clause in standing.clauses if clause.counts]
    met = [clause for clause in counted if clause.outcome.is_reached]
    waived = sum(clause.outcome is Outcome.WAIVED for clause in counted)
    later = sum(clause.outcome is Outcome.NOT_DUE for clause in counted)
    signed = sum(sign_off.is_met for sign_off in standing.sign_offs)
    version = f" {inputs.project.subject.version}" if inputs.project.subject.version else ""
    parts = [
        f"{len(met)} of {len(counted)} clauses met"
        + (f" ({waived} of them waived)" if waived else "")
        + (f", {later} not yet due" if later else ""),
        f"{signed} of {len(standing.sign_offs)} sign-offs complete" if standing.sign_offs else "no sign-off demanded",
        *_acting(standing.stops),
    ]
    earlier = [problem.message for problem in standing.problems if problem.code == "PK632"]
    parts += earlier[:1] if len(earlier) < 2 else [f"{len(earlier)} earlier gates are still open"]
    word = "MET" if standing.is_met else "NOT MET"
    return f"{word}: {inputs.project.subject.name}{version}{f' for {gate}' if gate else ''}: {', '.join(parts)}"


def _acting(stops: Sequence[StopVerdict]) -> Iterator[str]:
    acting = [stop.id for stop in stops if stop.acts]
    if acting:
        yield f"{len(acting)} {'stop acts' if len(acting) == 1 else 'stops act'} ({', '.join(acting)})"


def _summary(gate: str, standing: _Standing, inputs: Inputs) -> GateSummary:
    counted = [clause for clause in standing.clauses if clause.counts]
    day = inputs.project.gates.get(gate)
    return GateSummary(
        gate=gate,
        words=inputs.policy.gates[gate].words,
        day=day.isoformat() if day is not None else "",
        clauses=len(counted),
        met=sum(clause.outcome.is_reached for clause in counted),
        signed=all(sign_off.is_met for sign_off in standing.sign_offs),
        is_met=standing.is_met,
    )


def _rests_on(gate: str, inputs: Inputs, situation: Situation) -> RestsOn:
    supplies = inputs.supplies
    return RestsOn(
        policykit=__version__,
        definition=inputs.policy.digest,
        project=inputs.project.digest,
        gate=gate,
        at=instant_text(inputs.at.astimezone(UTC)),
        key_ring=inputs.key_ring_digest,
        evidence={name: _files_of(supplies[name]) for name in sorted(supplies)},
        baselines={
            name: tuple(sorted(baseline.files))
            for name in sorted(supplies)
            if (baseline := supplies[name].baseline) is not None
        },
        statements=inputs.statements.files,
        gate_days=moved_days(inputs.project.gates, situation.gates),
    )


def _files_of(supply: Supply) -> tuple[tuple[str, str], ...]:
    files = supply.evidence.files if supply.evidence is not None else ()
    return tuple(sorted({*files, *supply.manifests}))
