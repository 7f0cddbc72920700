"""Signed statements of people (DSSE envelope, Ed25519); what is verified stands in `policykit.evidence.statement`."""

from __future__ import annotations

from policykit.evidence.canonical import canonical_once
from policykit.evidence.model import Reading, Summary, Trust
from policykit.evidence.problems import refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.statement import SignedStatement, open_human_statement
from policykit.evidence.summaries.plain import PlainSummary
from policykit.evidence.summaries.sign_off import Signature, SignOffSummary
from policykit.vocabulary.types import Value
from policykit.vocabulary.values import ValueProblem

_MAX_BYTES = 1024 * 1024
_SIGN_OFF_DECISIONS = ("approve", "reject", "abstain")


def detect(head: bytes, name: str) -> float:  # noqa: ARG001 - the form says it
    """Return how sure this is a signed envelope."""
    if b'"verificationMaterial"' in head:
        return 0.0  # a Sigstore bundle holds an envelope too, of another key and another statement
    return 0.9 if b'"payloadType"' in head and b'"signatures"' in head else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a person stated, once every step of verification held."""
    statement = open_human_statement(file.whole(_MAX_BYTES), file.name, request)
    summary: Summary
    if request.kind == "sign_off":
        summary = SignOffSummary((_signature(statement, file.name),))
    else:
        summary = PlainSummary(_stated(statement, request, file.name))
    return Reading(
        summary,
        subject=statement.about,
        produced_at=statement.decided_at,
        expires_at=statement.expires_at,
        trust=Trust.ATTESTED,
    )


def _signature(statement: SignedStatement, name: str) -> Signature:
    decision = statement.text("decision")
    if decision not in _SIGN_OFF_DECISIONS:
        expected = " or ".join(f"`{word}`" for word in _SIGN_OFF_DECISIONS)
        raise refusal(
            "PK560", "this decision is not one of a sign-off", place=name, expected=expected, got=f"`{decision}`"
        )
    expires = statement.members.get("expires")
    return Signature(
        statement.text("person"),
        statement.text("role"),
        decision,
        statement.text("gate"),
        statement.digests[0],
        statement.decided_at,
        expires,  # type: ignore[arg-type]
    )


def _stated(statement: SignedStatement, request: Request, name: str) -> dict[str, Value]:
    """Return the members as fields of the kind; one that the kind cannot have is an error, since a person signed it."""
    assert request.declared is not None
    about = f"{statement.about.name} {statement.about.version}".strip()
    raw: dict[str, object] = {
        **statement.members,
        "subject": about,
        "subject_digest": statement.digests[0],
        "decided_on": statement.decided_at.date(),
        "verified": True,
    }
    found: dict[str, Value] = {}
    for member, value in raw.items():
        field = request.declared.fields.get(member)
        if field is None or value == "":
            continue
        try:
            found[member] = canonical_once(field.type, value)
        except ValueProblem as problem:
            raise refusal(
                "PK571",
                f"`{member}` has a value that it cannot have",
                place=name,
                expected=problem.expected,
                got=problem.got,
            ) from None
    return found


READER = Reader("signed_statement", "signed statement", frozenset({"statement", "sign_off"}), detect, read)
