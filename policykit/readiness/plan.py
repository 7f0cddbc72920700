"""What is left to do, and what expires next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo

from policykit.language.checked import CheckedPolicy
from policykit.readiness.outcome import Outcome
from policykit.readiness.project import Project
from policykit.readiness.stops import what_to_do
from policykit.readiness.verdict import ClauseVerdict, Expiry, Owner, Reason, SignOffVerdict, StopVerdict, Task
from policykit.readiness.waivers import end_of_day
from policykit.readiness.wording import instant_text

MAX_EXPIRIES = 50


def tasks(  # noqa: PLR0913 - what the plan is made of
    *,
    clauses: Sequence[ClauseVerdict],
    sign_offs: Sequence[SignOffVerdict],
    stops: Sequence[StopVerdict],
    problems: Sequence[Reason],
    gate: str,
    project: Project,
    policy: CheckedPolicy,
) -> tuple[Task, ...]:
    """Return everything that keeps the gate from being met, in the order of the gates' days, then of the clauses."""
    order = list(policy.gates)
    day = project.gates.get(gate)
    by = day.isoformat() if day is not None else ""
    held_up = [clause for clause in clauses if clause.counts and not clause.outcome.is_met]
    ordered = sorted(held_up, key=lambda c: order.index(c.due.gate) if c.due.gate in order else len(order))
    found = (
        *(_of_stop(stop, project.stops) for stop in stops if stop.acts or stop.tell),
        *(task for clause in ordered for task in _of_clause(clause, by)),
        *(task for sign_off in sign_offs for task in _of_sign_off(sign_off, by, project)),
    )
    # that nothing was shown is a task of its own only where no clause says so already
    told = [reason for reason in problems if not found or reason.code == "PK632"]
    return (*found, *(Task(clause="", title="", what=_what(reason), by=by) for reason in told))


def _of_stop(stop: StopVerdict, store: str) -> Task:
    """A stop comes first, for it concerns calls that are made now."""
    values = ", ".join(f"{read.name} = {read.value}" for read in stop.reads)
    return Task(clause=stop.id, title=stop.title, what=what_to_do(stop, store), value=values, owners=stop.owners)


def _of_clause(clause: ClauseVerdict, by: str) -> Iterator[Task]:
    for reason in clause.reasons or (Reason(code="PK611", message="the condition is unknown"),):
        yield Task(
            clause=clause.id,
            title=clause.title,
            what=_what(reason),
            file=reason.place,
            value=reason.got,
            threshold=reason.expected,
            owners=clause.owners,
            by=clause.due.day or by,
        )


def _what(reason: Reason) -> str:
    return f"{reason.message}: {reason.help}" if reason.help else reason.message


def _of_sign_off(sign_off: SignOffVerdict, by: str, project: Project) -> Iterator[Task]:
    for reason in sign_off.reasons:
        yield Task(
            clause="",
            title=f"sign-off for {sign_off.gate}",
            what=_what(reason),
            file=reason.place,
            value=reason.got,
            threshold=reason.expected,
            owners=tuple(Owner(role=role, people=project.people.get(role, ())) for role in sign_off.roles),
            by=by,
        )


def expiries(clauses: Sequence[ClauseVerdict], sign_offs: Sequence[SignOffVerdict], zone: tzinfo) -> tuple[Expiry, ...]:
    """Return what counts now and will stop to, the soonest first; days end in the policy's time zone."""
    found: dict[tuple[str, str], set[str]] = {}
    for clause in clauses:
        for at, what in _ends_of(clause, zone):
            found.setdefault((at, what), set()).add(clause.id)
    for sign_off in sign_offs:
        for signature in sign_off.signatures:
            if signature.decision == "approve" and signature.counts_until:
                what = f"sign-off for {sign_off.gate} of {signature.person} ({signature.role})"
                found.setdefault((signature.counts_until, what), set())
    ordered = sorted(found.items())[:MAX_EXPIRIES]
    return tuple(Expiry(at=at, what=what, clauses=tuple(sorted(ids))) for (at, what), ids in ordered)


def _ends_of(clause: ClauseVerdict, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """Yield until when a clause that holds up nothing is certain to do so, and why."""
    if clause.outcome in (Outcome.PASS, Outcome.NOT_DUE):
        for use in clause.evidence:
            if use.usable and use.usable_until:
                yield use.usable_until, f"evidence `{use.name}`"
    if clause.outcome is Outcome.NOT_DUE and clause.scorecard is not None:
        last = date.fromisoformat(clause.scorecard.target_by)
        yield instant_text(end_of_day(last.toordinal(), zone)), "target"
    if clause.outcome is Outcome.WAIVED and clause.waiver is not None and clause.waiver.in_force:
        yield clause.waiver.ends_at, "waiver"
