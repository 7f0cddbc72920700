"""Signed sign-offs: reading them, and whether each counts for this definition, gate and system.

A sign-off is an in-toto statement in a DSSE envelope; its predicate (`urn:policykit:statement:v1`) is

    {"person": "Cleo Marsh", "role": "risk", "decision": "approve", "gate": "launch",
     "subject": {"name": "invoice-triage", "version": "2.3.0", "git_commit": "...", "model": "..."},
     "decided_at": "2026-11-20T09:30:00Z", "expires": "2027-03-31", "text": "..."}

and its only subject is the definition, by digest. The steps of `_objections` are those of docs/adr/0027.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from policykit.encoding.digest import digest_of_bytes
from policykit.encoding.dsse import parse_envelope
from policykit.errors import EvidenceError, PolicykitError
from policykit.evidence.globs import expand, is_glob
from policykit.evidence.key_ring import KeyRing, RingKey
from policykit.evidence.model import Subject
from policykit.evidence.problems import quoted, refusal
from policykit.evidence.safe_file import open_evidence
from policykit.evidence.times import CLOCK_TOLERANCE, parse_time
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View
from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project
from policykit.readiness.verdict import Reason
from policykit.readiness.waivers import end_of_day
from policykit.readiness.wording import instant_text, reason_of
from policykit.source import Diagnostic
from policykit.vocabulary.exact import ValueProblem
from policykit.vocabulary.types import Kind
from policykit.vocabulary.units import moment

PREDICATE_TYPE = "urn:policykit:statement:v1"
DECISIONS = ("approve", "reject")
MAX_FILES = 1_000
_MAX_BYTES = 1024 * 1024
_SUBJECT = ("name", "version", "git_commit", "model")


@dataclass(frozen=True, slots=True)
class Statement:
    """One signed sign-off whose signature was verified."""

    file: str
    sha256: str
    keys: tuple[RingKey, ...]
    """The keys of the ring that signed it."""
    person: str
    role: str
    decision: str
    gate: str
    subject: Subject
    definition: str
    """The digest of what was signed for."""
    decided_at: datetime
    expires: int | None
    """Last day on which it counts, as `date.toordinal()`."""


@dataclass(frozen=True, slots=True)
class StatementFiles:
    """All statement files of a project: what was understood, what was not, and the digest of each."""

    statements: tuple[Statement, ...] = ()
    refused: tuple[Reason, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def read_statements(project: Project, ring: KeyRing) -> StatementFiles:
    """Return the sign-offs of a project. Never raises for what stands in a file."""
    statements: dict[str, Statement] = {}
    refused: list[Reason] = []
    files: dict[str, str] = {}
    for path in sorted(_paths(project, refused)):
        try:
            data = _bytes_of(path, project)
            files[path] = digest_of_bytes(data)
            if files[path] in {s.sha256 for s in statements.values()}:
                continue  # the same statement twice is one statement
            statements[path] = _statement(data, path, files[path], ring)
        except EvidenceError as problem:
            refused.extend(reason_of(d) for d in problem.diagnostics if isinstance(d, Diagnostic))
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
            refused.extend(
                reason_of(d) for d in problem.diagnostics if isinstance(d, Diagnostic) and d.message.find("no file") < 0
            )
    if len(found) > MAX_FILES:
        refused.append(Reason(code="PK659", message=f"more than {MAX_FILES} statements", place=project.name))
        return set()
    return found


def _bytes_of(path: str, project: Project) -> bytes:
    with open_evidence(path, project.root) as file:
        return file.whole(_MAX_BYTES)


def _statement(data: bytes, path: str, sha256: str, ring: KeyRing) -> Statement:
    """Return the sign-off in a file.

    Raises:
        EvidenceError: it is none, or no key of the ring signed it.
    """
    try:
        envelope = parse_envelope(data)
    except PolicykitError as problem:
        raise refusal("PK650", "not a signed statement", place=path, got=str(problem)) from None
    signed, keys = ring.opened(envelope, path)
    if signed.predicate_type != PREDICATE_TYPE or len(signed.subjects) != 1:
        raise refusal(
            "PK650", "the envelope holds no sign-off", place=path, expected=quoted(PREDICATE_TYPE),
            got=quoted(signed.predicate_type),
        )  # fmt: skip
    view = View(parse_json(envelope.payload, path), path).object("predicate")
    decision = view.text("decision")
    if decision not in DECISIONS:
        raise view.at("decision").unexpected(" or ".join(quoted(d) for d in DECISIONS))
    subject = view.object("subject")
    return Statement(
        file=path,
        sha256=sha256,
        keys=keys,
        person=view.text("person"),
        role=view.text("role"),
        decision=decision,
        gate=view.text("gate"),
        subject=Subject(**{name: subject.text_or_empty(name) for name in _SUBJECT}),
        definition=signed.subjects[0].digest,
        decided_at=parse_time(view.text("decided_at"), None, view.at("decided_at").place),
        expires=_day(view) if view.has("expires") else None,
    )


def _day(view: View) -> int:
    try:
        return int(moment(Kind.DATE, view.text("expires"))[1])
    except ValueProblem as problem:
        raise view.at("expires").unexpected(problem.expected) from None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-off must be for."""

    policy: CheckedPolicy
    project: Project
    gate: str
    at: datetime
    zone_end: Mapping[int, datetime]
    """The first instant after each day that a statement names, in the policy's time zone."""


def counting(
    statements: Sequence[Statement], asked: Asked
) -> tuple[tuple[Statement, ...], tuple[Reason, ...]]:
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


def _objections(s: Statement, asked: Asked) -> Iterator[Reason]:
    objections = [key.objection(s.decided_at, asked.at, s.file) for key in s.keys]
    if None not in objections:
        yield from (reason_of(objection) for objection in objections if objection is not None)
        return
    valid = [key for key, objection in zip(s.keys, objections, strict=True) if objection is None]
    own = [key for key in valid if same_person(key.person, s.person)]
    if not own:
        yield _objection(s, "PK651", "signed with the key of somebody else", quoted(s.person), quoted(valid[0].person))
    elif not any(s.role in key.roles for key in own):
        yield _objection(
            s, "PK652", "the key ring does not let this person sign in that role",
            ", ".join(quoted(r) for r in sorted(own[0].roles)) or "a role", quoted(s.role),
        )  # fmt: skip
    if s.definition != asked.policy.digest:
        yield _objection(
            s, "PK653", "signed for another definition", f"`{asked.policy.digest[:19]}...`", f"`{s.definition[:19]}...`"
        )
    if s.gate != asked.gate:
        yield _objection(s, "PK654", "signed for a gate that the policy does not have", quoted(asked.gate), quoted(s.gate))
    for name in _SUBJECT:
        ours, theirs = getattr(asked.project.subject, name), getattr(s.subject, name)
        if ours != theirs and (ours or name in ("name", "version")):
            words = name.replace("_", " ")
            yield _objection(s, "PK655", f"signed for another {words} of the system", quoted(ours), quoted(theirs))
    if s.decided_at > asked.at + CLOCK_TOLERANCE:
        yield _objection(s, "PK656", "signed in the future", f"at most {instant_text(asked.at)}", instant_text(s.decided_at))
    if s.expires is not None and asked.at >= asked.zone_end[s.expires]:
        yield _objection(s, "PK657", "the sign-off has expired", "", f"good until {instant_text(asked.zone_end[s.expires])}")


def _objection(s: Statement, code: str, message: str, expected: str, got: str) -> Reason:
    return Reason(
        code=code, message=f"{message} ({s.person}, {s.role})", place=s.file, expected=expected, got=got,
        help="sign again: `policykit attest`",
    )  # fmt: skip


def ends_of(statements: Sequence[Statement], zone: object) -> dict[int, datetime]:
    """Return the first instant after each day on which a statement expires."""
    from datetime import tzinfo

    assert isinstance(zone, tzinfo)
    return {s.expires: end_of_day(s.expires, zone) for s in statements if s.expires is not None}


def same_person(one: str, other: str) -> bool:
    """Return whether two names are of one person, without regard to case and spacing."""
    return person_key(one) == person_key(other)


def person_key(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return " ".join(name.casefold().split())
