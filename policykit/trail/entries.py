"""Typed builders: one function for each type of record, so that a record always holds what an auditor looks for.

No builder takes a prompt or an output: records hold commitments (`policykit.trail.vault`), payloads stay outside.

`decision` is on the path of every guarded call, so it puts its text together from parts that are encoded once; every
other record is rare and is written as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from json import JSONEncoder
from json.encoder import encode_basestring as quote
from operator import attrgetter

from policykit.encoding.digest import Digest
from policykit.encoding.jcs import CanonicalJsonError, canonical_json
from policykit.encoding.timestamps import format_timestamp
from policykit.trail.problems import trail_problem
from policykit.trail.record import Record, RecordType


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy that decided. Make it once and use it for every decision."""

    name: str
    version: str
    digest: Digest
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = f'"name":{quote(self.name)},"version":{quote(self.version)},"digest":{quote(self.digest)}'
        object.__setattr__(self, "fragment", f'"policy":{{{members}}}')


@dataclass(frozen=True, slots=True)
class ModelRef:
    """The model that was called and how. Make it once and use it for every decision that has the same."""

    provider: str
    name: str
    version: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What the caller set, such as the temperature; JSON values, no text of prompts."""
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = f'"provider":{quote(self.provider)},"name":{quote(self.name)},"version":{quote(self.version)}'
        parameters = members_text({"parameters": dict(self.parameters)})
        object.__setattr__(self, "fragment", f'"model":{{{members}}},{parameters}')


@dataclass(frozen=True, slots=True)
class Decision:
    """What is recorded about one decision of the guard. Texts that are empty and numbers that are None are left out."""

    decision_id: str
    phase: str
    """Request, response, tool input, tool output or failure."""
    outcome: str
    """Allow, deny, or what else the engine answers."""
    policy: PolicyRef
    clauses: Mapping[str, str]
    """Outcome of every clause, those that were not evaluated included."""
    model: ModelRef | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    principal: str = ""
    approver: str = ""
    effects: Sequence[str] = ()
    """What was done: the names of effects such as `redact`."""
    fallback: str = ""
    """The model that answered instead, if one did."""
    tools_digest: str = ""
    """Digest of the arguments of a tool call."""
    trace_id: str = ""
    span_id: str = ""
    commitments: Mapping[str, str] = field(default_factory=dict)
    """Label (such as `input`) and commitment of each payload."""
    error: str = ""
    """The kind of error when deciding failed; never the text of a payload."""
    sdk: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Facts and windows that the deployment has put on record, as JSON values; None is one that was missing."""
    facts_left_out: Mapping[str, str] = field(default_factory=dict)
    """Those of them that could not be recorded, and why: `not understood` or `too long`."""


json_text = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

_TEXTS = ("principal", "approver", "fallback", "tools_digest", "trace_id", "span_id", "error", "sdk")
_texts = attrgetter(*_TEXTS)


def decision(entry: Decision) -> Record:
    """Return the record of a decision."""
    clauses = ",".join([f"{quote(name)}:{quote(outcome)}" for name, outcome in entry.clauses.items()])
    head = (
        f'"decision_id":{quote(entry.decision_id)},"phase":{quote(entry.phase)},"outcome":{quote(entry.outcome)},'
        f'{entry.policy.fragment},"clauses":{{{clauses}}}'
    )
    parts = [head]
    if entry.model is not None:
        parts.append(entry.model.fragment)
    if entry.input_tokens is not None or entry.output_tokens is not None:
        parts.append(f'"tokens":{{"input":{int(entry.input_tokens or 0)},"output":{int(entry.output_tokens or 0)}}}')
    if entry.cost_usd is not None:
        parts.append(f'"cost_usd":"{entry.cost_usd:f}"')
    parts.extend([f'"{name}":{quote(value)}' for name, value in zip(_TEXTS, _texts(entry), strict=True) if value])
    if entry.effects:
        parts.append(f'"effects":[{",".join([quote(effect) for effect in entry.effects])}]')
    if entry.commitments:
        commitments = ",".join([f"{quote(label)}:{quote(value)}" for label, value in entry.commitments.items()])
        parts.append(f'"commitments":{{{commitments}}}')
    if entry.facts:
        parts.append(f'"facts":{json_text(entry.facts)}')
    if entry.facts_left_out:
        parts.append(f'"facts_left_out":{json_text(entry.facts_left_out)}')
    return Record(RecordType.DECISION, ",".join(parts))


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
    return _record(
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
    return _record(
        RecordType.DEFINITION_AGREED,
        policy=_policy(policy),
        signers=list(signers),
        agreed_at=format_timestamp(agreed_at),
        statement=statement,
        amends=amends,
        envelope=envelope,
    )


def build_started(*, policy: PolicyRef, by: str, reason: str = "") -> Record:
    """Return the fact that the building of what the definition is about begins."""
    return _record(RecordType.BUILD_STARTED, policy=_policy(policy), by=by, reason=reason)


def policy_activated(*, policy: PolicyRef, previous: Digest | None, by: str, reason: str = "") -> Record:
    """Return the fact that a policy began to decide calls."""
    return _record(RecordType.POLICY_ACTIVATED, policy=_policy(policy), previous=previous, by=by, reason=reason)


def approval(*, decision_id: str, clause: str, approver: str, granted: bool, reason: str) -> Record:
    """Return a person's answer to a decision that asked for one."""
    return _record(
        RecordType.APPROVAL, decision_id=decision_id, clause=clause, approver=approver, granted=granted, reason=reason
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
    """
    return _record(
        RecordType.VERDICT,
        policy=_policy(policy),
        verdict=verdict,
        clauses=dict(clauses),
        evidence=dict(evidence),
        subject=subject,
        statement=statement,
        by=by,
        gate=gate,
        at=format_timestamp(at) if at is not None else None,
        digest=digest,
    )


def stop_tripped(*, stop: str, cause: str, scope: str, by: str = "") -> Record:
    """Return the fact that calls were stopped."""
    return _record(RecordType.STOP_TRIPPED, stop=stop, cause=cause, scope=scope, by=by)


def stop_resumed(*, stop: str, by: str, reason: str) -> Record:
    """Return the fact that a stop was lifted, by whom and why."""
    return _record(RecordType.STOP_RESUMED, stop=stop, by=by, reason=reason)


def waiver(*, clause: str, owner: str, reason: str, expires: datetime, policy: PolicyRef) -> Record:
    """Return a failure that was allowed for a time: visible, never a pass."""
    return _record(
        RecordType.WAIVER,
        clause=clause,
        owner=owner,
        reason=reason,
        expires=format_timestamp(expires),
        policy=_policy(policy),
    )


def key_rotation(*, old_key: str, new_key: str, new_key_id: str, reason: str) -> Record:
    """Return the fact that another key signs from the next checkpoint but one. The next is signed by both."""
    return _record(RecordType.KEY_ROTATION, old_key=old_key, new_key=new_key, new_key_id=new_key_id, reason=reason)


def coverage(
    *,
    policy: PolicyRef,
    functions: Mapping[str, Sequence[str]],
    acting: Sequence[str],
    idle: Sequence[str],
    missing: Sequence[str],
) -> Record:
    """Return what a guard covers at its start.

    Args:
        policy: the policy that it enforces.
        functions: name of each function or client that is bound, and the phases in which it is guarded.
        acting: clauses that can act in one of them.
        idle: clauses that cannot, because nothing is bound in their phases.
        missing: bindings that the policy names and that are not there, such as tools.
    """
    return _record(
        RecordType.COVERAGE,
        policy=_policy(policy),
        functions={name: list(phases) for name, phases in functions.items()},
        acting=list(acting),
        idle=list(idle),
        missing=list(missing),
    )


def recovery(*, causes: Sequence[str], torn: Mapping[str, object] | None, adopted: int) -> Record:
    """Return what opening found after a crash.

    Args:
        causes: what was found, such as `torn-record` or `unsigned-records`.
        torn: file, length and SHA-256 of a fragment that was set aside.
        adopted: how many records were stored and not yet signed.
    """
    return _record(RecordType.RECOVERY, causes=list(causes), torn=dict(torn) if torn else None, adopted=adopted)


def erasure(*, commitments: Sequence[str], authority: str, reason: str) -> Record:
    """Return the fact that the payloads and keys behind commitments were destroyed; the records stay."""
    return _record(RecordType.ERASURE, commitments=list(commitments), authority=authority, reason=reason)


def prune(*, first: int, end: int, roots: Sequence[str], authority: str, genesis: Mapping[str, object]) -> Record:
    """Return the fact that sealed segments are dropped.

    Args:
        first: number of the first record that is dropped.
        end: number of the first record that stays.
        roots: the root of each dropped segment, in hexadecimal digits.
        authority: by whose decision.
        genesis: the members of record 0, repeated because it is dropped too.
    """
    return _record(
        RecordType.PRUNE, first=first, end=end, roots=list(roots), authority=authority, genesis=dict(genesis)
    )


def members_text(members: Mapping[str, object]) -> str:
    """Return members as JSON text without the braces.

    Raises:
        CodedTrailError: when a value has no JSON form.
    """
    try:
        return canonical_json(members).decode()[1:-1]
    except CanonicalJsonError as error:
        raise trail_problem("PK726", f"a record that cannot be written: {error}") from None


def _record(kind: RecordType, **members: object) -> Record:
    return Record(kind, members_text({name: value for name, value in members.items() if value not in (None, "")}))


def _policy(policy: PolicyRef) -> dict[str, object]:
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}
