"""in-toto statements, and the predicate in which a verdict travels.

Source: in-toto Attestation Framework v1 (Statement); Simple Verification Result v0.2 (SVR).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from policykit.encoding.digest import Digest, parse_digest
from policykit.encoding.dsse import DsseSigner, DsseVerifier, Envelope, sign_envelope, verify_envelope
from policykit.encoding.jcs import canonical_json
from policykit.encoding.strict_json import StrictJsonError, read_json_object
from policykit.encoding.timestamps import format_timestamp
from policykit.errors import PolicykitError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
SVR_TYPE = "https://in-toto.io/attestation/svr/v0.2"


class StatementError(PolicykitError, ValueError):
    """A statement that cannot be read."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The artifact that a statement is about."""

    name: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Statement:
    """Claims (the predicate) about artifacts (the subjects)."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, object]

    def to_json(self) -> bytes:
        """Return the canonical JSON text."""
        subjects = [{"name": s.name, "digest": {"sha256": s.digest.removeprefix("sha256:")}} for s in self.subjects]
        return canonical_json(
            {
                "_type": STATEMENT_TYPE,
                "subject": subjects,
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )


def svr_predicate(
    *,
    verifier_id: str,
    created: datetime,
    properties: Sequence[str],
    policies: Sequence[Subject] = (),
) -> dict[str, object]:
    """Return a Simple Verification Result: these properties were found to hold, by this verifier, at this time.

    Args:
        verifier_id: a URI that names the verifier.
        created: when the result was made; aware.
        properties: what holds. What does not hold is not listed; an SVR cannot say "failed".
        policies: the definitions that were applied, with their digests; v0.2 has them in `verifier.policies`.
    """
    applied = [{"name": p.name, "digest": {"sha256": p.digest.removeprefix("sha256:")}} for p in policies]
    return {
        "verifier": {"id": verifier_id, "policies": applied},
        "timeCreated": format_timestamp(created),
        "properties": list(properties),
    }


def sign_statement(statement: Statement, signers: Sequence[DsseSigner]) -> Envelope:
    """Return the statement in a signed envelope. Requires at least one subject and one signer."""
    if not statement.subjects:
        raise StatementError("a statement needs a subject")
    return sign_envelope(PAYLOAD_TYPE, statement.to_json(), signers)


def verify_statement(envelope: Envelope, verifiers: Sequence[DsseVerifier], *, threshold: int = 1) -> Statement:
    """Return the statement after its signatures were verified.

    Raises:
        DsseAlteredError: when it was changed after a known key signed it.
        DsseSignatureError: when too few known keys signed.
        DsseTypeError: when what they signed is of another type.
        StatementError: when what they signed is not a statement.
    """
    verify_envelope(envelope, verifiers, payload_type=PAYLOAD_TYPE, threshold=threshold)
    return parse_statement(envelope.payload)


def parse_statement(payload: bytes) -> Statement:
    """Return the statement of a payload, which must have been verified before.

    Raises:
        StatementError: when it is none.
    """
    try:
        document = read_json_object(payload)
    except StrictJsonError as error:
        raise StatementError(f"not a statement: {error}") from None
    if document.get("_type") != STATEMENT_TYPE:
        raise StatementError(f"not a statement: expected the type `{STATEMENT_TYPE}`")
    predicate_type, predicate = document.get("predicateType"), document.get("predicate", {})
    subjects = document.get("subject")
    if not isinstance(predicate_type, str) or not isinstance(predicate, dict) or not isinstance(subjects, list):
        raise StatementError("not a statement: expected `subject`, `predicateType` and `predicate`")
    if not subjects:
        raise StatementError("a statement without a subject says nothing")
    return Statement(tuple(_subject(item) for item in subjects), predicate_type, predicate)


def _subject(item: object) -> Subject:
    digests = item.get("digest") if isinstance(item, dict) else None
    sha256 = digests.get("sha256") if isinstance(digests, dict) else None
    if not isinstance(item, dict) or not isinstance(sha256, str):
        raise StatementError("not a statement: a subject without a SHA-256 digest")
    name = item.get("name", "")
    try:
        return Subject(name if isinstance(name, str) else "", parse_digest(f"sha256:{sha256}"))
    except PolicykitError as error:
        raise StatementError(f"not a statement: {error}") from None
