"""Whether one evidence is usable for one clause: understood, about this system, fresh, complete and trusted enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never

from policykit.evidence.freshness import Freshness, freshness
from policykit.evidence.model import Evidence, Sufficiency, Trust
from policykit.language.checked import Due
from policykit.language.checked import Trust as Demand
from policykit.readiness.outcome import Outcome
from policykit.readiness.supply import Supply
from policykit.readiness.verdict import EvidenceUse, Reason
from policykit.readiness.wording import after, duration_text, instant_text, reason_of
from policykit.source import Severity
from policykit.vocabulary.types import Exact


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clause demands of its evidence."""

    at: datetime
    least: str = ""
    max_age_seconds: Exact | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """One evidence in the light of one clause."""

    supply: Supply
    outcome: Outcome | None
    """Why it cannot be used; None when it can."""
    reasons: tuple[Reason, ...] = ()
    until: datetime | None = None
    """The first instant at which it is too old."""

    @property
    def is_usable(self) -> bool:
        """Whether its values count."""
        return self.outcome is None


def terms_of(demand: Demand | None, due: Due | None, at: datetime, today: date, gates: Mapping[str, date]) -> Terms:
    """Return what a clause demands; a clause that continues after its gate also demands new evidence every so often.

    Args:
        demand: `shown by ...`.
        due: `before ... and every ... after`.
        at: the instant of the check.
        today: its day in the policy's time zone.
        gates: the days of the gates; a gate without a day counts as come.
    """
    ages = [] if demand is None or demand.max_age_seconds is None else [demand.max_age_seconds]
    if due is not None and due.every_seconds is not None and gates.get(due.gate, today) <= today:
        ages.append(due.every_seconds)
    return Terms(at, demand.least if demand is not None else "", min(ages, default=None))


def use_of(supply: Supply, terms: Terms, *, with_baseline: bool) -> Use:
    """Return whether an evidence is usable under the terms of a clause; `with_baseline` if its baseline is read too."""
    evidence = supply.evidence
    if evidence is None:
        return Use(supply, Outcome.NOT_SUPPLIED, (supply.absence,) if supply.absence else ())
    if evidence.sufficiency is Sufficiency.ERROR:
        return Use(supply, Outcome.ERROR, _problems(evidence, Severity.ERROR))
    if supply.absence is not None:
        return Use(supply, Outcome.NOT_SUPPLIED, (supply.absence,))
    until = _until(evidence, terms)
    age = _age_objection(evidence, terms)
    if age is not None:
        return Use(supply, age[0], (age[1],), until)
    if evidence.sufficiency is Sufficiency.INCONCLUSIVE:
        return Use(supply, Outcome.INCONCLUSIVE, _problems(evidence, Severity.WARNING), until)
    untrusted = _trust_objection(evidence, terms)
    if untrusted is None and with_baseline and supply.baseline is not None:
        untrusted = _trust_objection(supply.baseline, terms)
    if untrusted is not None:
        return Use(supply, Outcome.INCONCLUSIVE, (untrusted,), until)
    return Use(supply, None, (), until)


def _problems(evidence: Evidence, severity: Severity) -> tuple[Reason, ...]:
    return tuple(reason_of(problem) for problem in evidence.problems if problem.severity is severity)


def _until(evidence: Evidence, terms: Terms) -> datetime | None:
    ends = [evidence.expires_at] if evidence.expires_at is not None else []
    if terms.max_age_seconds is not None and evidence.produced_at is not None:
        end = after(evidence.produced_at, terms.max_age_seconds)
        # the limit itself is still young enough, so the first instant too old is the next one
        ends += [end + timedelta(microseconds=1)] if end is not None else []
    return min(ends, default=None)


def _age_objection(evidence: Evidence, terms: Terms) -> tuple[Outcome, Reason] | None:
    found = freshness(evidence, terms.at, terms.max_age_seconds)
    produced = instant_text(evidence.produced_at) if evidence.produced_at is not None else ""
    place = evidence.path
    match found:
        case Freshness.FRESH:
            return None
        case Freshness.STALE:
            assert terms.max_age_seconds is not None
            return Outcome.STALE, Reason(
                code="PK622",
                message="the evidence is too old",
                place=place,
                expected=f"no older than {duration_text(terms.max_age_seconds)}",
                got=f"produced {produced}",
                help="run the tool again",
            )
        case Freshness.EXPIRED:
            assert evidence.expires_at is not None
            return Outcome.STALE, Reason(
                code="PK623",
                message="the evidence has expired",
                place=place,
                got=f"good until {instant_text(evidence.expires_at)}",
                help="collect it again",
            )
        case Freshness.UNKNOWN:
            assert terms.max_age_seconds is not None
            return Outcome.INCONCLUSIVE, Reason(
                code="PK625",
                message="nothing says when the evidence was produced",
                place=place,
                expected=f"no older than {duration_text(terms.max_age_seconds)}",
                help="state `collected_at` in the project file; the evidence is then `claimed`",
            )
        case Freshness.FUTURE:
            return Outcome.ERROR, Reason(
                code="PK628", message="the evidence was produced after this check", place=place, got=produced
            )
        case _:
            assert_never(found)


def _trust_objection(evidence: Evidence, terms: Terms) -> Reason | None:
    if evidence.trust.suffices_for(terms.least):
        return None
    help_ = {
        Trust.ATTESTED: "have it signed: `policykit attest evidence FILE`",
        Trust.FILE: "bind the tool's own output in place of written values",
        Trust.CLAIMED: "",
    }[Trust(terms.least)]
    return Reason(
        code="PK624",
        message="the evidence is less trusted than the clause demands",
        place=evidence.path,
        expected=f"`{terms.least}`",
        got=f"`{evidence.trust}`",
        help=help_,
    )


def view_of(use: Use) -> EvidenceUse:
    """Return a use as the verdict shows it."""
    evidence = use.supply.evidence
    if evidence is None:
        return EvidenceUse(name=use.supply.name)
    return EvidenceUse(
        name=use.supply.name,
        files=tuple(path for path, _ in sorted(evidence.files)),
        trust=evidence.trust.value,
        produced_at=instant_text(evidence.produced_at) if evidence.produced_at is not None else "",
        usable_until=instant_text(use.until) if use.until is not None else "",
        usable=use.is_usable,
        subject_claimed=use.supply.subject_claimed,
    )
