"""Writes verdicts, and the beginning of building, to the project's trail.

A verdict is handed out only once it is recorded: what a trail does not hold, nobody may rely on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from policykit.encoding.digest import Digest, digest_of_json
from policykit.errors import PolicykitError, ProjectError
from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project
from policykit.readiness.project_trail import open_trail
from policykit.readiness.verdict import Verdict
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.trail.entries import PolicyRef
    from policykit.trail.format.keys import SigningKey
    from policykit.trail.format.record import Record

TRAIL_KIND = "audit_trail"


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a record stands."""

    folder: str
    """As the project file writes it."""
    seq: int

    def __str__(self) -> str:
        return f"record {self.seq} of {self.folder}"


def record_verdict(
    verdict: Verdict, policy: CheckedPolicy, project: Project, key: SigningKey, *, statement: Digest | None = None
) -> RecordPlace:
    """Append a verdict to the project's trail, and return once it is durable and its head is signed.

    Args:
        verdict: the verdict.
        policy: the definition that was checked.
        project: names the trail.
        key: the trail's private key.
        statement: the digest of the verdict as a signed statement, if there is one.

    Raises:
        ProjectError: it could not be recorded; the diagnostics say why.
    """
    from policykit.trail import entries

    try:
        record = entries.verdict(
            policy=policy_ref(policy),
            verdict=verdict.result,
            clauses={clause.id: clause.outcome.value for clause in verdict.clauses},
            evidence=_evidence(verdict, policy),
            subject=f"{verdict.subject.name} {verdict.subject.version}".strip(),
            statement=statement,
            gate=verdict.gate,
            at=datetime.fromisoformat(verdict.at),
            digest=Digest(verdict.digest),
            gate_day=verdict.gate_day,
            signed_at=datetime.fromisoformat(verdict.signed_at) if verdict.signed_at else None,
        )
        return append(record, project, key)
    except PolicykitError as problem:
        raise ProjectError([_not_recorded(problem), *problem.diagnostics]) from None


def _evidence(verdict: Verdict, policy: CheckedPolicy) -> dict[str, str]:
    """Return the digest of every evidence that was read, other than the trail that the record stands in."""
    return {
        name: _digest_of(files)
        for name, files in verdict.rests_on.evidence.items()
        if any(digest for _, digest in files) and policy.evidence[name].kind.name != TRAIL_KIND
    }


def _digest_of(files: tuple[tuple[str, str], ...]) -> str:
    """Return the digest of one file, or of the list of several: paths and digests in canonical JSON."""
    return files[0][1] if len(files) == 1 else digest_of_json([list(file) for file in files])


def record_build_started(
    policy: CheckedPolicy, project: Project, key: SigningKey, *, by: str, reason: str = ""
) -> RecordPlace:
    """Append the fact that building begins.

    Raises:
        ProjectError: there is no trail.
        TrailError: it could not be recorded.
    """
    from policykit.trail import entries

    return append(entries.build_started(policy=policy_ref(policy), by=by, reason=reason), project, key)


def append(record: Record, project: Project, key: SigningKey, *, begin: bool = False) -> RecordPlace:
    """Append one record and sign the head.

    Raises:
        ProjectError: there is no trail.
        TrailError: it could not be recorded.
    """
    assert project.trail is not None
    with open_trail(project, key, begin=begin) as trail:
        receipt = trail.append(record)
    return RecordPlace(project.trail.folder, receipt.seq)


def policy_ref(policy: CheckedPolicy) -> PolicyRef:
    """Return the policy as records name it."""
    from policykit.trail.entries import PolicyRef

    return PolicyRef(policy.name, policy.version, Digest(policy.digest))


def _not_recorded(problem: PolicykitError) -> Diagnostic:
    return Diagnostic(
        "PK664",
        "the verdict was not recorded, so it is not shown",
        got="" if problem.diagnostics else str(problem),
        help="repair what is named below, or see the verdict without recording it: `--no-record`",
    )
