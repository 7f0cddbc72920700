"""What a format is, and the words that formats share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policykit.readiness.outcome import Outcome
from policykit.readiness.verdict import (
    Claim,
    ClauseVerdict,
    Loosened,
    Owner,
    Section,
    StopVerdict,
    Task,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Export:
    """One format of the verdict."""

    name: str
    """As `--format` writes it."""
    words: str
    render: Callable[[Verdict], str]
    """The same verdict gives the same text."""


def by_section(verdict: Verdict) -> Iterator[tuple[Section, tuple[ClauseVerdict, ...]]]:
    """Yield the sections in the order of the policy with their clauses; clauses of no section come last."""
    known = {section.name for section in verdict.sections}
    for section in (*verdict.sections, Section(name="", title="Further clauses")):
        inside = tuple(
            clause
            for clause in verdict.clauses
            if clause.section == section.name or (not section.name and clause.section not in known)
        )
        if inside:
            yield section, inside


def outcome_text(clause: ClauseVerdict) -> str:
    """Return the outcome, with the true one behind a waiver: `waived (is: stale)`."""
    if clause.outcome is Outcome.WAIVED:
        return f"{clause.outcome} (is: {clause.true_outcome})"
    return clause.outcome.value if clause.counts else f"{clause.outcome} (report only)"


def read_text(clause: ClauseVerdict) -> str:
    """Return what was read: values with their files, or why nothing was."""
    if clause.scorecard is not None:
        card = clause.scorecard
        by = f" by {card.target_by}" if card.target_by else ""
        return f"baseline {card.baseline}, now {card.current}, target {card.target}{by}"
    values = [
        f"{read.name}{':' if ' ' in read.name else ' ='} {read.value}"
        for read in clause.reads
        if read.value != "unknown"
    ]
    unusable = "" if all(read.counted for read in clause.reads) or not values else " (does not count)"
    if values:
        return ", ".join(values) + unusable
    return clause.reasons[0].message if clause.reasons else "nothing"


def owners_text(owners: Sequence[Owner]) -> str:
    """Return who must see to it: `evaluation_lead (Ada Lund), Acme AI GmbH`; joint owners one after the other."""
    return " and ".join(map(_owner_text, owners)) or "nobody"


def _owner_text(owner: Owner) -> str:
    people = f" ({', '.join(owner.people)})" if owner.people else ""
    party = f", {owner.party}" if owner.party else ""
    return f"{owner.role}{people}{party}"


def need_text(task: Task) -> str:
    """Return what is wrong and what would be right, without file and owner."""
    return f"{task.what}; needed: {task.threshold}" if task.threshold else task.what


def waiver_text(clause: ClauseVerdict) -> str:
    """Return the waiver of a clause: until when, by whom, why; nothing without one."""
    waiver = clause.waiver
    if waiver is None:
        return ""
    if not waiver.in_force:
        return f"a waiver through {waiver.through} has no effect: {waiver.reason}"
    return f"waived through {waiver.through} by {', '.join(waiver.approved_by)}: {waiver.because}"


def stop_state(stop: StopVerdict) -> str:
    """Return what became of a stop: `tripped: pause all calls`, `unknown, so: pause all calls`, `holds`."""
    if stop.acts:
        return f"{stop.state}{'' if stop.state == 'tripped' else ', so'}: {stop.effect}"
    if stop.state == "not in force":
        return f"not in force before {stop.from_gate}"
    return stop.state if not stop.tell else f"{stop.state}, so {', '.join(stop.tell)} must be told"


def stop_read(stop: StopVerdict) -> str:
    """Return what decided a stop: values, outcomes of clauses, and why something is not known."""
    values = [f"{read.name} = {read.value}" + ("" if read.counted else " (does not count)") for read in stop.reads]
    values += [f"{clause}: {outcome.value}" for clause, outcome in stop.clauses.items()]
    return "; ".join((*values, *(reason.message for reason in stop.reasons if reason.code != "PK649")))


def instants_text(verdict: Verdict) -> str:
    """Return the instant judged, and that of signing where there is one: `At 2026-11-20T12:00:00Z`."""
    if not verdict.signed_at:
        return f"At {verdict.at}"
    return f"Judged for {verdict.at}, signed at {verdict.signed_at}"


def ended_texts(verdict: Verdict) -> Iterator[str]:
    """Yield what counted at the instant judged and no longer did when the verdict was signed."""
    for expiry in verdict.ended_before_signing:
        clauses = f" ({', '.join(expiry.clauses)})" if expiry.clauses else ""
        yield f"no longer counted when this was signed: {expiry.what}{clauses}, since {expiry.at}"


def loosened_text(loosened: Loosened) -> str:
    """Return a loosened parameter in one line: `production-gap: min_cases = 1 (the pack: 500)`."""
    return f"{loosened.pack}: {loosened.says}"


def claim_text(claim: Claim) -> str:
    """Return a claim in one line: `facts.system.stores_cards: no; a clause does not apply (R-3)`."""
    clauses = f" ({', '.join(claim.clauses)})" if claim.clauses else ""
    return f"{claim.member}: {claim.says}; {claim.effect}{clauses}"
