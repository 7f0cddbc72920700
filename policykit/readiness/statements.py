"""Signed sign-offs: reading them, and whether each counts for this definition, gate and system.

A sign-off is a signed statement (`policykit.evidence.statement`) with the decision `approve` or `reject` and a gate,
whose only digest is that of the definition and whose `about` is the system. The steps of `_objections` are those of
docs/adr/0027; the first two are taken when the statement is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from policykit.encoding.digest import digest_of_bytes
from policykit.errors import EvidenceError
from policykit.evidence.globs import expand, is_glob
from policykit.evidence.key_ring import KeyRing
from policykit.evidence.model import Subject
from policykit.evidence.problems import refusal
from policykit.evidence.reader import Request
from policykit.evidence.safe_file import open_evidence
from policykit.evidence.statement import open_human_statement
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project
from policykit.readiness.stated import MEMBER as STATED
from policykit.readiness.stated import changes
from policykit.readiness.verdict import Reason
from policykit.readiness.wording import instant_text, reason_of
from policykit.source.visible import quoted

DECISIONS = ("approve", "reject")
MAX_FILES = 1_000
_MAX_BYTES = 1024 * 1024
_SUBJECT = ("name", "version", "git_commit", "model")


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """One signed sign-off whose signature was verified."""

    file: str
    sha256: str
    person: str
    role: str
    decision: str
    gate: str
    about: Subject
    definitions: tuple[str, ...]
    """The digests of what was signed for."""
    decided_at: datetime
    expires_at: datetime | None = None
    """The first instant at which it does not count."""
    key_ends_at: datetime | None = None
    """The first instant at which the keys of this person and role are no longer valid."""
    stated: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What the project file claimed when it was signed."""


@dataclass(frozen=True, slots=True)
class StatementFiles:
    """All statement files of a project: what was understood, what was not, and the digest of each."""

    statements: tuple[SignedStatement, ...] = ()
    refused: tuple[Reason, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def read_statements(project: Project, policy: CheckedPolicy, ring: KeyRing, now: datetime) -> StatementFiles:
    """Return the sign-offs of a project. Never raises for what stands in a file.

    Args:
        project: the project.
        policy: the policy, in whose time zone a day ends.
        ring: the keys that count.
        now: the instant of the check, aware.
    """
    request = Request("sign_off", now, policy.timezone, project.root, key_ring=ring)
    statements: dict[str, SignedStatement] = {}
    refused: list[Reason] = []
    files: dict[str, str] = {}
    for path in sorted(_paths(project, refused)):
        try:
            data = _bytes_of(path, project)
            files[path] = digest_of_bytes(data)
            if files[path] in {s.sha256 for s in statements.values()}:
                continue  # the same statement twice is one statement
            statements[path] = _statement(data, path, files[path], request)
        except EvidenceError as problem:
            refused.extend(reason_of(d) for d in problem.diagnostics)
    return StatementFiles(tuple(statements.values()), tuple(refused), tuple(sorted(files.items())))


def _paths(project: Project, refused: list[Reason]) -> set[str]:
    found: set[str] = set()
    for pattern in project.statements:
        if not is_glob(pattern):
            found.add(pattern)
            continue
        try:
            found.update(expand(pattern, project.root))
        except EvidenceError as problem:
            # no statement yet is how every project begins; anything else is said
            refused.extend(reason_of(d) for d in problem.diagnostics if d.message.find("no file") < 0)
    if len(found) > MAX_FILES:
        refused.append(Reason(code="PK659", message=f"more than {MAX_FILES} statements", place=project.name))
        return set()
    return found


def _bytes_of(path: str, project: Project) -> bytes:
    with open_evidence(path, project.root) as file:
        return file.whole(_MAX_BYTES)


def _statement(data: bytes, path: str, sha256: str, request: Request) -> SignedStatement:
    """Return the sign-off in a file.

    Raises:
        EvidenceError: it is none, or no valid key of the person and role that it names signed it.
    """
    signed = open_human_statement(data, path, request)
    person, role, decision = signed.text("person"), signed.text("role"), signed.text("decision")
    if decision not in DECISIONS or not signed.text("gate"):
        raise refusal(
            "PK650",
            "the statement is no sign-off",
            place=path,
            expected="a gate, and the decision `approve` or `reject`",
            got=quoted(decision),
            help="bind a statement about something else as evidence",
        )
    keys = [key for key in request.key_ring.keys if key.person == person and role in key.roles]
    ends = [key.valid_to for key in keys if key.valid_to is not None]
    return SignedStatement(
        file=path,
        sha256=sha256,
        person=person,
        role=role,
        decision=decision,
        gate=signed.text("gate"),
        about=signed.about,
        definitions=signed.digests,
        decided_at=signed.decided_at,
        expires_at=signed.expires_at,
        key_ends_at=max(ends) if len(ends) == len(keys) and ends else None,
        stated=_mapping(signed.members.get(STATED)),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-off must be for."""

    policy: CheckedPolicy
    project: Project
    gate: str
    at: datetime


def counting(
    statements: Sequence[SignedStatement], asked: Asked
) -> tuple[tuple[SignedStatement, ...], tuple[Reason, ...]]:
    """Return the statements that count, and for each other one the first reason why it does not.

    Statements for another gate are passed over without a word: they belong to that gate.
    """
    good, bad = [], []
    for statement in statements:
        if statement.gate != asked.gate and statement.gate in asked.policy.gates:
            continue
        objection = next(_objections(statement, asked), None)
        if objection is None:
            good.append(statement)
        else:
            bad.append(objection)
    return tuple(good), tuple(bad)


def _objections(s: SignedStatement, asked: Asked) -> Iterator[Reason]:
    digest = asked.policy.digest
    if s.definitions != (digest,):
        got = s.definitions[0] if s.definitions else ""
        yield _objection(s, "PK653", "signed for another definition", f"`{digest[:19]}...`", f"`{got[:19]}...`")
    if s.gate != asked.gate:
        gates = ", ".join(quoted(gate) for gate in asked.policy.gates)
        yield _objection(s, "PK654", "signed for a gate that the policy does not have", gates, quoted(s.gate))
    for name in _SUBJECT:
        ours, theirs = getattr(asked.project.subject, name), getattr(s.about, name)
        if ours != theirs:  # also what the project file has ceased to state: the signer saw it
            words = "system" if name == "name" else f"{name.replace('_', ' ')} of the system"
            yield _objection(s, "PK655", f"signed for another {words}", quoted(ours), quoted(theirs))
    for what, then, now in changes(s.stated, asked.project, asked.policy):
        yield _objection(s, "PK645", f"signed when the project file stated another {what}", quoted(now), quoted(then))
    if s.decided_at > asked.at + CLOCK_TOLERANCE:
        latest = f"at most {instant_text(asked.at)}"
        yield _objection(s, "PK656", "signed in the future", latest, instant_text(s.decided_at))
    if s.expires_at is not None and asked.at >= s.expires_at:
        yield _objection(s, "PK657", "the sign-off has expired", "", f"good until {instant_text(s.expires_at)}")


def _objection(s: SignedStatement, code: str, message: str, expected: str, got: str) -> Reason:
    return Reason(
        code=code,
        message=f"{message} ({s.person}, {s.role})",
        place=s.file,
        expected=expected,
        got=got,
        help="sign again: `policykit attest sign-off`",
    )


def same_person(one: str, other: str) -> bool:
    """Return whether two names are of one person, without regard to case and spacing."""
    return person_key(one) == person_key(other)


def person_key(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return " ".join(name.casefold().split())
