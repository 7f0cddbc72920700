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
class ClauseOutcomes:
    """The outcome of every clause. Make it once and use it for every decision that has the same."""

    outcomes: Mapping[str, str]
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = ",".join([f"{quote(name)}:{quote(outcome)}" for name, outcome in self.outcomes.items()])
        object.__setattr__(self, "fragment", f'"clauses":{{{members}}}')


@dataclass(frozen=True, slots=True)
class Decision:
    """What is recorded about one decision of the guard. Texts that are empty and numbers that are None are left out."""

    decision_id: str
    phase: str
    """Request, response, tool input, tool output or failure."""
    outcome: str
    """Allow, deny, or what else the engine answers."""
    policy: PolicyRef
    clauses: Mapping[str, str] | ClauseOutcomes
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
    clauses = entry.clauses if isinstance(entry.clauses, ClauseOutcomes) else ClauseOutcomes(entry.clauses)
    head = (
        f'"decision_id":{quote(entry.decision_id)},"phase":{quote(entry.phase)},"outcome":{quote(entry.outcome)},'
        f"{entry.policy.fragment},{clauses.fragment}"
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
    *, decision_id: str, clause: str, approver: str, granted: bool, reason: str, request: str = "", role: str = ""
) -> Record:
    """Return a person's answer to a decision that asked for one.

    Args:
        decision_id: of the call that acts on the answer; empty where it was recorded when it was given.
        clause: the clause that asked.
        approver: who answered, in the role that `role` names.
        granted: whether the call may be made.
        reason: why.
        request: what was answered.
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
    prices: Mapping[str, object] | None = None,
) -> Record:
    """Return what a guard covers at its start.

    Args:
        policy: the policy that it enforces.
        functions: name of each function or client that is bound, with the phases in which it is guarded.
        acting: clauses that can act in one of them.
        idle: clauses that cannot, because nothing is bound in their phases.
        missing: bindings that the policy names and that are not there, such as tools.
        prices: what costs rest on: digest and currency of the price list, and the rate of exchange.
    """
    return built(
        RecordType.COVERAGE,
        policy=policy_members(policy),
        functions={name: list(phases) for name, phases in functions.items()},
        acting=list(acting),
        idle=list(idle),
        missing=list(missing),
        prices=None if prices is None else dict(prices),
    )


def recovery(
    *, causes: Sequence[str], torn: Mapping[str, object] | None, adopted: int, foreign: tuple[int, int] | None = None
) -> Record:
    """Return what opening found after a crash.

    Args:
        causes: what was found, such as `torn-record` or `unsigned-records`.
        torn: file, length and SHA-256 of a fragment that was set aside.
        adopted: how many records were stored and not yet signed.
        foreign: first and last number of those that no writer of this trail is known to have written.
    """
    return built(
        RecordType.RECOVERY, causes=list(causes), torn=dict(torn) if torn else None, adopted=adopted,
        foreign={"first": foreign[0], "last": foreign[1]} if foreign else None,
    )  # fmt: skip


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


def members_text(members: Mapping[str, object]) -> str:
    """Return members as JSON text without the braces.

    Raises:
        CodedTrailError: when a value has no JSON form.
    """
    try:
        return canonical_json(members).decode()[1:-1]
    except CanonicalJsonError as error:
        raise trail_problem("PK726", f"a record that cannot be written: {error}") from None


def built(kind: RecordType, **members: object) -> Record:
    """Return a record; members without a value are left out."""
    return Record(kind, members_text({name: value for name, value in members.items() if value not in (None, "")}))


def policy_members(policy: PolicyRef) -> dict[str, object]:
    """Return a policy as a member of a record."""
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}
