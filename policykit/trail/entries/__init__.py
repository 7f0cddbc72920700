"""Typed builders: one function for each type of record, so that a record always holds what an auditor looks for.

No builder takes a prompt or an output: records hold commitments (`policykit.trail.vault`), payloads stay outside.

`decision` is on the path of every guarded call and has a module of its own (`policykit.trail.entries.decisions`), where
it is read as well; every other record is rare and is written as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from policykit.encoding.digest import Digest
from policykit.encoding.timestamps import format_timestamp
from policykit.trail.entries.decisions import ClauseOutcomes as ClauseOutcomes
from policykit.trail.entries.decisions import DecisionRecord as DecisionRecord
from policykit.trail.entries.decisions import FunctionRef as FunctionRef
from policykit.trail.entries.decisions import ModelRef as ModelRef
from policykit.trail.entries.decisions import PolicyRef as PolicyRef
from policykit.trail.entries.decisions import decision as decision
from policykit.trail.entries.text import built
from policykit.trail.format.record import Record, RecordType


def genesis(  # noqa: PLR0913 - what record 0 states
    *,
    origin: str,
    keys: Sequence[str],
    created: datetime,
    retention_days: int | None,
    sync: str,
    segment_records: int,
) -> Record:
    """Return record 0: what this trail is and how it is to be read."""
    return built(
        RecordType.GENESIS,
        origin=origin,
        format="policykit-trail/v1",
        hash="sha256-rfc6962",
        keys=list(keys),
        created=format_timestamp(created),
        segment_records=segment_records,
        sync=sync,
        retention_days=retention_days,
    )


def definition_agreed(  # noqa: PLR0913 - what an auditor looks for
    *,
    policy: PolicyRef,
    signers: Sequence[str],
    agreed_at: datetime,
    statement: Digest | None = None,
    amends: Digest | None = None,
    envelope: str = "",
) -> Record:
    """Return the fact that people agreed to a definition.

    Args:
        policy: the definition and its digest.
        signers: who agreed, as they are named in the definition.
        agreed_at: when; aware.
        statement: the digest of the signed statement, when there is one.
        amends: the definition that this one takes the place of.
        envelope: the signed statement itself (a DSSE envelope), so that the trail alone shows who signed.
    """
    return built(
        RecordType.DEFINITION_AGREED,
        policy=policy_members(policy),
        signers=list(signers),
        agreed_at=format_timestamp(agreed_at),
        statement=statement,
        amends=amends,
        envelope=envelope,
    )


def build_started(*, policy: PolicyRef, by: str, reason: str = "") -> Record:
    """Return the fact that the building of what the definition is about begins."""
    return built(RecordType.BUILD_STARTED, policy=policy_members(policy), by=by, reason=reason)


def policy_activated(*, policy: PolicyRef, previous: Digest | None, by: str, reason: str = "") -> Record:
    """Return the fact that a policy began to decide calls."""
    return built(RecordType.POLICY_ACTIVATED, policy=policy_members(policy), previous=previous, by=by, reason=reason)


def approval(  # noqa: PLR0913 - what an auditor looks for
    *,
    decision_id: str,
    clause: str,
    approver: str,
    granted: bool,
    reason: str,
    request: str = "",
    role: str = "",
    function: str = "",
    answered_at: datetime | None = None,
) -> Record:
    """Return a person's answer to a decision that asked for one.

    Args:
        decision_id: of the call that acts on the answer; empty where it was recorded when it was given.
        clause: the clause that asked.
        approver: who answered, in the role that `role` names.
        granted: whether the call may be made.
        reason: why.
        request: what was answered.
        function: what is guarded.
        answered_at: when the person answered, which may be long before a call acts on it; aware.
    """
    return built(
        RecordType.APPROVAL,
        request=request,
        decision_id=decision_id,
        clause=clause,
        approver=approver,
        role=role,
        granted=granted,
        reason=reason,
        function=function,
        answered_at=None if answered_at is None else format_timestamp(answered_at),
    )


def verdict(  # noqa: PLR0913 - what an auditor looks for
    *,
    policy: PolicyRef,
    verdict: str,
    clauses: Mapping[str, str],
    evidence: Mapping[str, str],
    subject: str = "",
    statement: Digest | None = None,
    by: str = "",
    gate: str = "",
    at: datetime | None = None,
    digest: Digest | None = None,
    gate_day: str = "",
    signed_at: datetime | None = None,
) -> Record:
    """Return the outcome of a readiness check.

    Args:
        policy: the definition that was checked.
        verdict: the outcome of the whole, such as `go`.
        clauses: outcome of every clause, those without evidence included.
        evidence: name and digest of every piece of evidence that was read.
        subject: the artifact or system that the verdict is about.
        statement: the digest of the signed statement, when there is one.
        by: who ran the check.
        gate: the gate that was judged.
        at: the instant that was judged; aware.
        digest: the verdict's own digest, over all that it rests on.
        gate_day: the day that the project file stated for the gate, such as `2027-01-15`.
        signed_at: the instant of signing, by the clock, when there is a signed statement; aware.
    """
    return built(
        RecordType.VERDICT,
        policy=policy_members(policy),
        verdict=verdict,
        clauses=dict(clauses),
        evidence=dict(evidence),
        subject=subject,
        statement=statement,
        by=by,
        gate=gate,
        at=format_timestamp(at) if at is not None else None,
        digest=digest,
        gate_day=gate_day or None,
        signed_at=format_timestamp(signed_at) if signed_at is not None else None,
    )


def stop_tripped(*, stop: str, cause: str, scope: str, by: str = "", role: str = "") -> Record:
    """Return the fact that calls were stopped; by whom, in which role, where a person did it."""
    return built(RecordType.STOP_TRIPPED, stop=stop, cause=cause, scope=scope, by=by, role=role)


def stop_resumed(*, stop: str, by: str, reason: str, role: str = "") -> Record:
    """Return the fact that a stop was lifted, by whom, in which role and why."""
    return built(RecordType.STOP_RESUMED, stop=stop, by=by, role=role, reason=reason)


def waiver(*, clause: str, owner: str, reason: str, expires: datetime, policy: PolicyRef) -> Record:
    """Return a failure that was allowed for a time: visible, never a pass."""
    return built(
        RecordType.WAIVER,
        clause=clause,
        owner=owner,
        reason=reason,
        expires=format_timestamp(expires),
        policy=policy_members(policy),
    )


def key_rotation(*, old_key: str, new_key: str, new_key_id: str, reason: str) -> Record:
    """Return the fact that another key signs from the next checkpoint but one. The next is signed by both."""
    return built(RecordType.KEY_ROTATION, old_key=old_key, new_key=new_key, new_key_id=new_key_id, reason=reason)


def coverage(  # noqa: PLR0913 - what an auditor looks for
    *,
    policy: PolicyRef,
    functions: Mapping[str, Sequence[str]],
    acting: Sequence[str],
    idle: Sequence[str],
    missing: Sequence[str],
    hosted: Sequence[str] = (),
    prices: Mapping[str, object] | None = None,
) -> Record:
    """Return what a guard covers at its start.

    Args:
        policy: the policy that it enforces.
        functions: name of each function or client that is bound, with the phases in which it is guarded.
        acting: clauses that can act in one of them.
        idle: clauses that cannot, because nothing is bound in their phases.
        missing: bindings that the policy names and that are not there, such as tools.
        hosted: tools that the provider runs, past the rules on tools; no member where there are none.
        prices: what costs rest on: digest and currency of the price list, and the rate of exchange.
    """
    return built(
        RecordType.COVERAGE,
        policy=policy_members(policy),
        functions={name: list(phases) for name, phases in functions.items()},
        acting=list(acting),
        idle=list(idle),
        missing=list(missing),
        hosted=list(hosted) or None,
        prices=None if prices is None else dict(prices),
    )


def recovery(
    *,
    causes: Sequence[str],
    torn: Mapping[str, object] | None,
    adopted: int,
    foreign: tuple[int, int] | None = None,
    lost: tuple[int, int] | None = None,
) -> Record:
    """Return what opening found after a crash.

    Args:
        causes: what was found, such as `torn-record` or `unsigned-records`.
        torn: file, length and SHA-256 of a fragment that was set aside.
        adopted: how many records were stored and not yet signed.
        foreign: first and last number of those that no writer of this trail is known to have written.
        lost: first and last number of records that a writer of this trail wrote and that are not there any more.
    """
    return built(
        RecordType.RECOVERY, causes=list(causes), torn=dict(torn) if torn else None, adopted=adopted,
        foreign=_numbers(foreign), lost=_numbers(lost),
    )  # fmt: skip


def _numbers(given: tuple[int, int] | None) -> dict[str, int] | None:
    return {"first": given[0], "last": given[1]} if given else None


def erasure(*, commitments: Sequence[str], authority: str, reason: str) -> Record:
    """Return the fact that the payloads and keys behind commitments were destroyed; the records stay."""
    return built(RecordType.ERASURE, commitments=list(commitments), authority=authority, reason=reason)


def prune(*, first: int, end: int, roots: Sequence[str], authority: str, genesis: Mapping[str, object]) -> Record:
    """Return the fact that sealed segments are dropped.

    Args:
        first: number of the first record that is dropped.
        end: number of the first record that stays.
        roots: the root of each dropped segment, in hexadecimal digits.
        authority: by whose decision.
        genesis: the members of record 0, repeated because it is dropped too.
    """
    return built(RecordType.PRUNE, first=first, end=end, roots=list(roots), authority=authority, genesis=dict(genesis))


def policy_members(policy: PolicyRef) -> dict[str, object]:
    """Return a policy as a member of a record."""
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}
