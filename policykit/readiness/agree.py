"""Agreeing on a definition: each party signs its digest, and the project's trail records it.

An agreement is a signed statement of one person (DSSE, Ed25519) about the digest of the definition, and of the one that
it amends. It is verified before it is recorded exactly as it is when it is read again (`policykit.evidence.agreement`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.encoding.digest import Digest, digest_of_bytes
from policykit.encoding.dsse import Envelope
from policykit.encoding.timestamps import format_timestamp
from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.agreement import DECISION, Agreement, Consent, agreements_of, consents_in, objections
from policykit.evidence.key_ring import KeyRing
from policykit.evidence.project_trail import AGREED, Definition, history_of
from policykit.evidence.reader import Request
from policykit.evidence.readers.trail import build_started
from policykit.evidence.safe_file import open_evidence
from policykit.evidence.statement import SignedStatement, open_human_statement, sign_human_statement
from policykit.language.checked import CheckedPolicy
from policykit.readiness.attest import Signing
from policykit.readiness.project import Project
from policykit.readiness.project_trail import definition_of, folder_of, open_trail, trail_of
from policykit.readiness.recording import RecordPlace, policy_ref
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.trail.format.keys import SigningKey

_MAX_BYTES = 32 * 1024
"""A record has at most 64 KB, and holds the statement as text."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the project's trail says of the agreement on a definition."""

    definition: Definition
    consents: tuple[Consent, ...]
    """Agreements that count, on this and on other definitions."""
    notes: tuple[Diagnostic, ...] = ()
    """Those that do not count, and why."""
    build_started_at: datetime | None = None

    @property
    def own(self) -> tuple[Consent, ...]:
        """The agreements on this definition."""
        return tuple(c for c in self.consents if c.definition == self.definition.digest)

    @property
    def agreement(self) -> Agreement | None:
        """The agreement on this definition, None as long as a party has not signed."""
        return agreements_of(self.consents, self.definition).get(self.definition.digest)

    @property
    def missing(self) -> tuple[str, ...]:
        """The parties that have not signed yet."""
        signed = {consent.role for consent in self.own}
        return tuple(party for party, roles in self.definition.parties.items() if not roles & signed)


def sign_agreement(policy: CheckedPolicy, project: Project, signing: Signing, amends: str = "") -> Envelope:
    """Return the signed statement that a person agrees to the definition.

    Raises:
        ProjectError: the policy has no such role, or `amends` is no digest of another definition.
    """
    if signing.role not in policy.roles:
        known = ", ".join(quoted(name) for name in list(policy.roles)[:12])
        message = f"the policy has no role {quoted(signing.role)}"
        raise _error("PK671", message, expected=known, help_=did_you_mean(signing.role, policy.roles))
    members: dict[str, object] = {
        "person": signing.person,
        "role": signing.role,
        "decision": DECISION,
        "decided_at": format_timestamp(signing.at),
        "about": {"name": project.subject.name},
    }
    subjects = [(policy.name, policy.digest), *([(f"{policy.name}, amended", amends)] if amends else [])]
    try:
        return sign_human_statement(members, subjects, [signing.signer])
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def read_statement(path: Path) -> bytes:
    """Return the bytes of a statement file.

    Raises:
        ProjectError: it cannot be read.
    """
    try:
        with open_evidence(path.name, path.parent) as file:
            return file.whole(_MAX_BYTES)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def record_agreements(  # noqa: PLR0913 - what recording needs
    statements: Sequence[tuple[str, bytes]],
    policy: CheckedPolicy,
    project: Project,
    *,
    ring: KeyRing,
    key: SigningKey,
    at: datetime,
) -> tuple[RecordPlace, ...]:
    """Record signed agreements; return the place of each. What is recorded already is not recorded again.

    Args:
        statements: name and bytes of each envelope.
        policy: the definition.
        project: names the trail, which is begun where there is none.
        ring: the keys that count.
        key: the trail's private key.
        at: now, aware.

    Raises:
        ProjectError: a statement would not count, or amends what was never agreed; nothing is recorded then.
        TrailError: the trail cannot be written.
    """
    from policykit.trail import entries

    assert project.trail is not None
    standing = standing_of(policy, project, ring, at)
    verified = [_verified(name, data, standing.definition, ring, at) for name, data in statements]
    for name, signed in zip((name for name, _ in statements), verified, strict=True):
        _require_amended(signed, standing, name)
    places = []
    with open_trail(project, key, begin=True) as trail:
        for (_, data), signed in zip(statements, verified, strict=True):
            known = _recorded(signed, standing)
            if known is None:
                record = entries.definition_agreed(
                    policy=policy_ref(policy),
                    signers=[f"{signed.text('person')} ({signed.text('role')})"],
                    agreed_at=signed.decided_at,
                    statement=digest_of_bytes(data),
                    amends=Digest(signed.digests[1]) if len(signed.digests) > 1 else None,
                    envelope=data.decode(),
                )
                known = trail.append(record).seq
            places.append(RecordPlace(project.trail.folder, known))
    return tuple(places)


def _verified(name: str, data: bytes, definition: Definition, ring: KeyRing, at: datetime) -> SignedStatement:
    """Return a statement that counts as an agreement to the definition.

    Raises:
        ProjectError: it would not count.
    """
    request = Request("statement", at, key_ring=ring)
    try:
        signed = open_human_statement(data, name, request)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None
    if signed.digests[0] != definition.digest:
        got, wanted = f"`{signed.digests[0][:19]}...`", f"`{definition.digest[:19]}...`"
        raise _error(
            "PK665", "the statement is about another definition", name, wanted, got, "sign again: `policykit agree`"
        )
    objection = next(objections(signed, definition), None)
    if objection is not None:
        raise _error("PK665", f"the statement is no agreement: {objection}", name)
    return signed


def _require_amended(signed: SignedStatement, standing: Standing, name: str) -> None:
    known = {consent.definition for consent in standing.consents}
    if len(signed.digests) > 1 and signed.digests[1] not in known:
        raise _error(
            "PK666",
            "what is to be amended was never agreed in this trail",
            name,
            ", ".join(f"`{digest}`" for digest in sorted(known)) or "no `--amends`: the trail holds no agreement yet",
            quoted(signed.digests[1]),
            "`policykit agree show` lists what was agreed",
        )


def _recorded(signed: SignedStatement, standing: Standing) -> int | None:
    """Return the record in which the same person agreed to the same in the same role."""
    amends = signed.digests[1] if len(signed.digests) > 1 else ""
    wanted = (signed.text("person"), signed.text("role"), amends)
    return next((c.seq for c in standing.own if (c.person, c.role, c.amends) == wanted), None)


def standing_of(policy: CheckedPolicy, project: Project, ring: KeyRing, at: datetime) -> Standing:
    """Return how the agreement stands; a trail that has not begun holds none.

    Raises:
        ProjectError: the project names no trail, or its trail is not valid.
    """
    trail = trail_of(project, policy)
    if trail is None or project.trail is None:
        raise _error(
            "PK667",
            "the project names no trail",
            project.name,
            help_="write `trail:` with `folder` and `key` in the project file; `policykit keys generate` makes a key",
        )
    name = f"{trail.folder}/checkpoint"
    request = Request("audit_trail", at, None, project.root, key_ring=ring, trail=trail)
    try:
        if not (folder_of(project, project.trail) / "seg").exists():
            return Standing(definition_of(project, policy), ())
        history = history_of(trail, project.root, name)
        agreed = [item for item in history.kept if item.record.type == AGREED]
        consents, notes = consents_in(agreed, trail.definition, request, trail.folder)
        return Standing(trail.definition, consents, notes, build_started(history, request, name)[0])
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def _error(  # noqa: PLR0913, PLR0917 - the parts of a diagnostic
    code: str, message: str, place: str = "", expected: str = "", got: str = "", help_: str = ""
) -> ProjectError:
    return ProjectError([Diagnostic(code, message, place=place, expected=expected, got=got, help=help_)])
