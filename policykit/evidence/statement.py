"""Statements of people, signed: who, in which role, decided what about what, and until when it counts.

An in-toto statement in a DSSE envelope. Its subjects are what the decision is about (a definition, an evidence file, a
release), by digest; its predicate holds the members below.

    {"person": "Alice Example", "role": "risk", "decision": "approve", "text": "the residual risk is accepted",
     "gate": "launch", "requirement": "GOV-3", "decided_at": "2026-11-20T09:30:00.000000Z", "expires": "2027-03-31",
     "about": {"name": "invoice-triage", "version": "1.2.0"},
     "stated": {"facts": {"system.reads_mail": "yes"}, "gates": {"launch": "2027-01-15"}}}

`stated` is what the project file claimed when a sign-off was signed (docs/adr/0028).

The steps of verification:

1. the envelope holds an in-toto statement of our type;
2. a key of the project's key ring signed it;
3. the key was valid when the decision says that it was made, is valid now, and was not revoked;
4. the person is the key's person and the role one of the key's roles;
5. the day on which it expires has not passed, in the zone declared for the evidence, or else in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from policykit.errors import EvidenceError, PolicykitError
from policykit.evidence.key_ring import RingKey
from policykit.evidence.model import Subject
from policykit.evidence.problems import error, refusal
from policykit.evidence.reader import Request
from policykit.evidence.times import parse_time, zone_named
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View
from policykit.source import did_you_mean
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.encoding.dsse import DsseSigner, Envelope

PREDICATE_TYPE = "urn:policykit:statement:v1"
_REQUIRED = ("person", "role", "decision", "decided_at")
_TEXTS = ("person", "role", "decision", "text", "gate", "requirement", "organisation", "link")
_VALUES = ("value", "share", "amount", "period")
_DAYS = ("effective_on", "expires")
_MEMBERS = frozenset({*_TEXTS, *_VALUES, *_DAYS, "decided_at", "about", "stated"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_ABOUT = ("name", "version", "git_commit", "model")


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement whose signature was verified."""

    members: Mapping[str, object]
    """What it says, by name, as it stands in the predicate; days as `date`, the decision's time as `datetime`."""
    about: Subject
    digests: tuple[str, ...]
    """`sha256:` and hex of what it is about."""
    decided_at: datetime
    expires_at: datetime | None

    def text(self, name: str) -> str:
        """Return a member that is text, or nothing."""
        return str(self.members.get(name, ""))


def sign_human_statement(
    members: Mapping[str, object], subjects: Sequence[tuple[str, str]], signers: Sequence[DsseSigner]
) -> Envelope:
    """Return a signed statement.

    Args:
        members: the predicate, as JSON values.
        subjects: name and `sha256:` digest of what the decision is about; at least one.
        signers: at least one.

    Raises:
        EvidenceError: a member is missing or unknown, or a digest is none.
    """
    from policykit.encoding.digest import parse_digest
    from policykit.encoding.statement import Statement, sign_statement
    from policykit.encoding.statement import Subject as Artifact

    _require_members(View(dict(members), "the statement"))
    try:
        artifacts = tuple(Artifact(name, parse_digest(digest)) for name, digest in subjects)
        return sign_statement(Statement(artifacts, PREDICATE_TYPE, dict(members)), signers)
    except PolicykitError as problem:
        raise refusal("PK560", "the statement cannot be signed", got=str(problem)) from None


def open_human_statement(data: bytes, place: str, request: Request) -> SignedStatement:
    """Return what a signed statement says, after every step of verification.

    Raises:
        EvidenceError: a step failed.
    """
    from policykit.encoding.dsse import parse_envelope

    try:
        envelope = parse_envelope(data)
    except PolicykitError as problem:
        raise refusal("PK560", "the file is not a signed envelope", place=place, got=str(problem)) from None
    statement, keys = request.key_ring.opened(envelope, place)
    if statement.predicate_type != PREDICATE_TYPE:
        raise refusal(
            "PK560",
            "the envelope holds no statement of a person",
            place=place,
            expected=quoted(PREDICATE_TYPE),
            got=quoted(statement.predicate_type),
        )
    # Once more from the verified bytes: here numbers are exact.
    view = View(parse_json(envelope.payload, place), place).object("predicate")
    _require_members(view)
    decided_at = parse_time(view.text("decided_at"), None, view.at("decided_at").place)
    _require_key(view, decided_at, request, keys)
    members: dict[str, object] = {name: view.text(name) for name in _TEXTS if view.has(name)}
    members |= {name: view.at(name).value for name in _VALUES if view.has(name)}
    members |= {name: _day(view, name) for name in _DAYS if view.has(name)}
    about = view.object_or_empty("about")
    return SignedStatement(
        {**members, "decided_at": decided_at, "stated": view.object_or_empty("stated").value},
        Subject(**{name: about.text_or_empty(name) for name in _ABOUT}),
        tuple(str(artifact.digest) for artifact in statement.subjects),
        decided_at,
        _end_of(members.get("expires"), request.terms.timezone or request.zone, place),
    )


def _require_members(view: View) -> None:
    if not isinstance(view.value, dict):
        raise view.unexpected("an object")
    for name in view.value:
        if name not in _MEMBERS:
            raise refusal(
                "PK560", f"a statement has no {quoted(name)}", place=view.place, help=did_you_mean(str(name), _MEMBERS)
            )
    for name in _REQUIRED:
        if not view.text_or_empty(name):
            raise view.at(name).unexpected("text")


def _require_key(view: View, decided_at: datetime, request: Request, keys: Sequence[RingKey]) -> None:
    """Require one key that is valid and belongs to the person and the role that the statement names."""
    person, role = view.text("person"), view.text("role")
    objections = []
    for key in keys:
        if key.person != person:
            found = error(
                "PK567",
                f"the key belongs to {quoted(key.person)}",
                place=view.place,
                expected=f"a key of {quoted(person)}",
            )
        elif role not in key.roles:
            found = error(
                "PK567",
                f"the key of {quoted(person)} may not sign as {quoted(role)}",
                place=view.place,
                expected=", ".join(sorted(map(quoted, key.roles))) or "a role in the key ring",
                help="have it signed by a person in that role, or give the key the role in the key ring",
            )
        else:
            objection = key.objection(decided_at, request.now, view.place)
            if objection is None:
                return
            found = objection
        objections.append(found)
    raise EvidenceError(objections[:1])


def _day(view: View, name: str) -> date:
    text = view.text(name)
    try:
        if _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise view.at(name).unexpected("a day such as `2027-03-31`")


def _end_of(day: object, zone: str | None, place: str) -> datetime | None:
    """Return the end of the last day on which a statement counts."""
    if not isinstance(day, date):
        return None
    if day == date.max:
        raise refusal("PK517", "not a day that ends", place=place, got=quoted(day))
    midnight = datetime.combine(day + timedelta(days=1), time(), UTC if zone is None else zone_named(zone, place))
    return midnight.astimezone(UTC)
