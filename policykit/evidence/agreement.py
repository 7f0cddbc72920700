"""When a definition was agreed, from the records of a verified trail.

A record `definition_agreed` holds the signed statement of one person (DSSE). It counts when

1. a key of the key ring made the signature, was valid when the record was made, and is not revoked;
2. the key's person is the person of the statement, and the ring lets the person sign in the statement's role;
3. the statement says `agree` about this system, by name, and was not signed after it was recorded;
4. what it is about, by digest, is what the record says: one definition, or one and the definition that it amends.

A definition is agreed at the record with which every party that has roles has signed in one of them.

An **amendment** is agreed when it is itself. It also keeps the time of the definition that it amends (`since`), if that
was agreed before, and if every role that agreed to that one has agreed to the amendment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from policykit.encoding.timestamps import parse_timestamp
from policykit.errors import EvidenceError, PolicykitError
from policykit.evidence.problems import note
from policykit.evidence.project_trail import Definition
from policykit.evidence.reader import Request
from policykit.evidence.statement import SignedStatement, open_human_statement
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.source import Diagnostic
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.trail.history import Kept

DECISION = "agree"
"""What the statement of an agreement says."""
_MAX_NOTES = 10


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's agreement to a definition, recorded and verified."""

    seq: int
    at: datetime
    """When it was recorded; never earlier than a record before it."""
    definition: str
    amends: str
    """The digest of the definition that it amends, or empty."""
    person: str
    role: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A definition that every party agreed to."""

    seq: int
    """The record that completed it."""
    at: datetime
    """When it was completed."""
    roles: frozenset[str]
    """The roles that had signed when it was."""
    since: datetime
    """When the first of the definitions that this one amends was agreed; `at` for one that amends none."""
    people: tuple[str, ...]
    amends: str = ""


def consents_in(
    kept: Sequence[Kept], definition: Definition, request: Request, place: str
) -> tuple[tuple[Consent, ...], tuple[Diagnostic, ...]]:
    """Return the agreements in records that count, in order, and a note for each that does not."""
    good, notes = [], []
    for item in kept:
        try:
            good.append(_consent(item, definition, request, f"{place}: record {item.record.seq}"))
        except EvidenceError as problem:
            why = next((d.message for d in problem.diagnostics), "")
            notes.append(
                note("PK732", f"an agreement does not count: {why}", place=f"{place}: record {item.record.seq}")
            )
    more = len(notes) - _MAX_NOTES
    if more > 0:
        notes[_MAX_NOTES:] = [note("PK732", f"{more} more agreements do not count", place=place)]
    return tuple(good), tuple(notes)


def _consent(item: Kept, definition: Definition, request: Request, place: str) -> Consent:
    at = recorded_at(item, place)
    members = item.record.members
    envelope = members.get("envelope")
    if not isinstance(envelope, str):
        raise _refused("it holds no signed statement", place)
    # the trail shows when the key was used: that it has expired since takes nothing away
    signed = open_human_statement(envelope.encode("utf-8", "replace"), place, replace(request, now=at))
    problem = next(objections(signed, definition), None)
    if problem is not None:
        raise _refused(problem, place)
    if signed.decided_at > at + CLOCK_TOLERANCE:
        raise _refused("it was signed after it was recorded", place)
    policy, amends = members.get("policy"), members.get("amends", "")
    digest = policy.get("digest") if isinstance(policy, dict) else None
    if signed.digests != ((digest, amends) if amends else (digest,)):
        raise _refused("the record names another definition than the statement", place)
    amended = signed.digests[1] if len(signed.digests) > 1 else ""
    return Consent(item.record.seq, at, signed.digests[0], amended, signed.text("person"), signed.text("role"))


def objections(signed: SignedStatement, definition: Definition) -> Iterator[str]:
    """Yield why a statement is no agreement to a definition of this system; the digest is not looked at."""
    if signed.text("decision") != DECISION:
        yield f"the statement says {quoted(signed.text('decision'))}, not `{DECISION}`"
    if signed.about.name != definition.system:
        yield f"it is about the system {quoted(signed.about.name)}, not {quoted(definition.system)}"
    if len(signed.digests) > 2 or len(set(signed.digests)) != len(signed.digests):
        yield "it must be about one definition, or about one and another that it amends"


def _refused(why: str, place: str) -> EvidenceError:
    return EvidenceError([note("PK732", why, place=place)])


def recorded_at(item: Kept, place: str) -> datetime:
    """Return the time of a record.

    Raises:
        EvidenceError: it states none.
    """
    try:
        return parse_timestamp(item.at)
    except PolicykitError:
        raise _refused("its time is no time", place) from None


def agreements_of(consents: Sequence[Consent], definition: Definition) -> dict[str, Agreement]:
    """Return the agreements that consents make up, by the digest of what was agreed.

    Args:
        consents: all that count, in the order of their records.
        definition: whose parties must have signed.
    """
    agreed: dict[str, Agreement] = {}
    signed: dict[tuple[str, str], list[Consent]] = {}
    for consent in consents:
        together = signed.setdefault((consent.definition, consent.amends), [])
        together.append(consent)
        found = _agreement(together, agreed.get(consent.amends), definition)
        if found is None:
            continue
        before = agreed.get(consent.definition)
        if before is None or found.since < before.since:
            agreed[consent.definition] = found
    return agreed


def _agreement(together: Sequence[Consent], amended: Agreement | None, definition: Definition) -> Agreement | None:
    """Return the agreement that the consents to one definition make up with the last of them, if they do."""
    last, roles = together[-1], frozenset(consent.role for consent in together)
    if not all(of_party & roles for of_party in definition.parties.values()):
        return None
    people = tuple(sorted({consent.person for consent in together}))
    if amended is not None and amended.roles <= roles:
        return Agreement(last.seq, last.at, roles, amended.since, people, last.amends)
    return Agreement(last.seq, last.at, roles, last.at, people)
