"""Writes signed statements: sign-offs, statements that serve as evidence, and manifests of evidence files.

What is written here is read and verified by `policykit.evidence.statement` and `policykit.evidence.manifest`.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from policykit.encoding.digest import digest_of_file, parse_digest
from policykit.encoding.dsse import DsseSigner, Envelope
from policykit.encoding.statement import Statement, sign_statement
from policykit.encoding.statement import Subject as Artifact
from policykit.encoding.timestamps import format_timestamp
from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.key_ring import KeyRing
from policykit.evidence.manifest import PREDICATE_TYPE as MANIFEST_TYPE
from policykit.evidence.model import Subject
from policykit.evidence.safe_file import resolve
from policykit.evidence.statement import sign_human_statement
from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project
from policykit.readiness.stated import MEMBER as STATED
from policykit.readiness.stated import stated_by
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted

_SUBJECT = ("name", "version", "git_commit", "model")


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, with which key, when."""

    person: str
    role: str
    signer: DsseSigner
    at: datetime
    """Aware."""


def sign_gate(  # noqa: PLR0913 - what a sign-off says
    policy: CheckedPolicy,
    project: Project,
    signing: Signing,
    *,
    gate: str,
    decision: str = "approve",
    expires: date | None = None,
    text: str = "",
) -> Envelope:
    """Return a signed sign-off for a gate, bound to the definition, the system and what the project file claims.

    Raises:
        ProjectError: the policy has no such gate or role, or asks nobody in that role to sign for it.
    """
    _require_word(gate, policy.gates, "gate", "PK671")
    _require_role(policy, signing.role, gate)
    members = {"gate": gate, "decision": decision, **_common(signing, project, expires, text)}
    members[STATED] = stated_by(project, policy)
    return _signed(members, policy, signing)


def human_statement(  # noqa: PLR0913 - what a statement says
    policy: CheckedPolicy,
    project: Project,
    signing: Signing,
    *,
    text: str,
    decision: str,
    requirement: str = "",
    expires: date | None = None,
) -> Envelope:
    """Return a signed statement that can be bound as evidence of the kind `statement`.

    Raises:
        ProjectError: the policy has no such role or requirement.
    """
    _require_word(signing.role, policy.roles, "role", "PK671")
    members = {"decision": decision, **_common(signing, project, expires, text)}
    if requirement:
        _require_word(requirement, {r.id: r for r in policy.requirements}, "requirement", "PK671")
        members["requirement"] = requirement
    return _signed(members, policy, signing)


def manifest(
    path: str | os.PathLike[str], project: Project, signing: Signing, produced_at: datetime | None = None
) -> Envelope:
    """Return a signed manifest of one evidence file: its digest, the system it is about, who collected it and when.

    Raises:
        ProjectError: the file cannot be read or lies outside of the project.
    """
    try:
        digest = digest_of_file(resolve(path, project.root))
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None
    except ValueError as problem:
        raise ProjectError(
            [Diagnostic("PK672", "the evidence cannot be read", place=os.fspath(path), got=str(problem))]
        ) from None
    predicate: dict[str, object] = {
        "sha256": digest,
        "path": Path(path).as_posix(),
        "subject": _subject(project.subject),
        "collected_at": format_timestamp(signing.at),
        "collector": signing.person,
    }
    if produced_at is not None:
        predicate["produced_at"] = format_timestamp(produced_at)
    artifact = Artifact(Path(path).name, parse_digest(digest))
    return sign_statement(Statement((artifact,), MANIFEST_TYPE, predicate), [signing.signer])


def objections(ring: KeyRing, signing: Signing) -> Iterator[Diagnostic]:
    """Yield why the project at hand would not count what is signed; without keys of its own it has nothing to say.

    Args:
        ring: the project's keys.
        signing: who signs, in which role, with which key, when.
    """
    if not ring.keys:
        return
    own = next((key for key in ring.keys if key.key.key_id == signing.signer.key_id), None)
    if own is None:
        yield _stranger(ring, signing)
        return
    if own.person != signing.person:
        yield Diagnostic(
            "PK673", "this is somebody else's key", expected=f"the key of {quoted(signing.person)}",
            got=f"the key of {quoted(own.person)}",
            help=f"sign with the key of that person; this one signs with `--person {shlex.quote(own.person)}`",
        )  # fmt: skip
        return
    if signing.role and signing.role not in own.roles:
        yield Diagnostic(
            "PK673", f"the key ring does not let {quoted(own.person)} sign as {quoted(signing.role)}",
            expected=" or ".join(map(quoted, sorted(own.roles))) or "a key that has a role",
            help="sign in a role that the key ring gives you, or have the role added there first",
        )  # fmt: skip
    objection = own.objection(signing.at, signing.at, "")
    if objection is not None:
        yield objection


def _stranger(ring: KeyRing, signing: Signing) -> Diagnostic:
    is_known = any(key.person == signing.person for key in ring.keys)
    return Diagnostic(
        "PK673", "this key is not in the project's key ring, so what it signs does not count",
        expected=f"the key of {quoted(signing.person)} that stands there" if is_known else "a key that stands there",
        help="have it added to the key ring first; `policykit keys show` prints what to add",
    )  # fmt: skip


def _common(signing: Signing, project: Project, expires: date | None, text: str) -> dict[str, object]:
    members: dict[str, object] = {
        "person": signing.person,
        "role": signing.role,
        "decided_at": format_timestamp(signing.at),
        "about": _subject(project.subject),
    }
    if expires is not None:
        members["expires"] = expires.isoformat()
    if text:
        members["text"] = text
    return members


def _subject(subject: Subject) -> dict[str, str]:
    return {name: getattr(subject, name) for name in _SUBJECT if getattr(subject, name)}


def _signed(members: Mapping[str, object], policy: CheckedPolicy, signing: Signing) -> Envelope:
    try:
        return sign_human_statement(members, [(policy.name, policy.digest)], [signing.signer])
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def _require_role(policy: CheckedPolicy, role: str, gate: str) -> None:
    _require_word(role, policy.roles, "role", "PK671")
    wanted = sorted({r for s in policy.sign_offs if s.gate == gate for r in s.roles})
    if role not in wanted:
        raise ProjectError(
            [
                Diagnostic(
                    "PK671",
                    f"the policy does not ask {quoted(role)} to sign for {quoted(gate)}",
                    expected=", ".join(map(quoted, wanted)) or "no sign-off: the policy demands none for this gate",
                )
            ]
        )


def _require_word(word: str, known: Mapping[str, object], what: str, code: str) -> None:
    if word not in known:
        raise ProjectError(
            [
                Diagnostic(
                    code,
                    f"the policy has no {what} {quoted(word)}",
                    expected=", ".join(quoted(name) for name in list(known)[:12]),
                    help=did_you_mean(word, known),
                )
            ]
        )


def file_name(*parts: str) -> str:
    """Return a portable file name of some words: `launch-risk-cleo-marsh.json`."""
    plain = unicodedata.normalize("NFKD", "-".join(part for part in parts if part)).encode("ascii", "ignore").decode()
    return f"{re.sub('[^a-z0-9]+', '-', plain.lower()).strip('-') or 'statement'}.json"


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet; nothing is ever overwritten.

    Raises:
        ProjectError: it exists, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.fspath(path), "xb") as file:
            file.write(data)
    except FileExistsError:
        raise ProjectError(
            [
                Diagnostic(
                    "PK674",
                    "the file exists, and nothing is overwritten",
                    place=str(path),
                    help="name another file with `--output`",
                )
            ]
        ) from None
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else "not a path"
        raise ProjectError(
            [Diagnostic("PK675", f"the file cannot be written: {reason.lower()}", place=str(path))]
        ) from None
