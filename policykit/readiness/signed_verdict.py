"""A verdict as a signed in-toto statement, with the predicate of a Simple Verification Result.

The statement's subjects are what was judged: the verdict itself by its digest, which is over everything that it rests
on, and every file of evidence, baseline and statement by its own. `verifier.policies` holds the definition's digest.
`properties` lists what holds and nothing else; a gate that is not met has no property, and a member of our own says so.

Source: in-toto Attestation Framework v1; Simple Verification Result v0.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policykit._version import __version__
from policykit.encoding.digest import Digest, parse_digest
from policykit.encoding.dsse import (
    DsseAlteredError,
    DsseError,
    DsseSignatureError,
    DsseSigner,
    DsseTypeError,
    DsseVerifier,
    Envelope,
    parse_envelope,
)
from policykit.encoding.statement import (
    SVR_TYPE,
    Statement,
    StatementError,
    Subject,
    sign_statement,
    svr_predicate,
    verify_statement,
)
from policykit.errors import ProjectError
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.readiness.outcome import Outcome
from policykit.readiness.verdict import Verdict
from policykit.readiness.wording import instant_text
from policykit.source import Diagnostic
from policykit.source.visible import quoted

VERIFIER = f"urn:policykit:check:{__version__}"
EXTENSION = "urn:policykit:verdict:v1"
"""Our own member of the predicate; in-toto asks consumers to ignore members that they do not know."""
_MET = "POLICYKIT_GATE_MET"
_PASS = "POLICYKIT_CLAUSE_PASS"  # noqa: S105 - a property
_SHORT = 16
"""Digits of a key's name that tell keys apart for a reader."""


def signed_at(verdict: Verdict, now: datetime) -> Verdict:
    """Return the verdict with the instant of signing, by the clock; the instant judged stands beside it."""
    return verdict.model_copy(update={"signed_at": instant_text(now)})


def sign_verdict(verdict: Verdict, signers: Sequence[DsseSigner]) -> Envelope:
    """Return the verdict in a signed envelope.

    Raises:
        ValueError: nothing says when it is signed (`signed_at`): a mistake of the caller.
    """
    if not verdict.signed_at:
        raise ValueError("a verdict is signed at an instant: `signed_at(verdict, now)`")
    policy = verdict.policy
    predicate = svr_predicate(
        verifier_id=VERIFIER,
        created=datetime.fromisoformat(verdict.signed_at),
        properties=list(_properties(verdict)),
        policies=[Subject(f"{policy.name} {policy.version}", Digest(policy.digest))],
    )
    predicate[EXTENSION] = {
        "result": verdict.result,
        "gate": verdict.gate,
        "headline": verdict.headline,
        "judgedAt": verdict.at,
        "endedBeforeSigning": [f"{expiry.what}: {expiry.at}" for expiry in verdict.ended_before_signing],
        "claims": [claim.model_dump(mode="json") for claim in verdict.claims],
        "loosened": [item.model_dump(mode="json") for item in verdict.loosened],
        "digest": verdict.digest,
        "system": {name: value for name, value in verdict.subject.model_dump().items() if value},
        "outcomes": {clause.id: clause.outcome.value for clause in verdict.clauses},
    }
    return sign_statement(Statement(tuple(_subjects(verdict)), SVR_TYPE, predicate), signers)


def met_property(gate: str) -> str:
    """Return the property that says that a gate is met."""
    return f"{_MET}_{gate}" if gate else _MET


def is_backdated(judged: str, signed: str) -> bool:
    """Return whether a verdict was judged for another instant than that of signing, by more than clocks differ."""
    apart = _apart(judged, signed)
    return apart is None or apart > CLOCK_TOLERANCE


def _apart(judged: str, signed: str) -> timedelta | None:
    """Return how far the instants of judging and signing are apart, None where one of them is none."""
    try:
        return abs(datetime.fromisoformat(signed) - datetime.fromisoformat(judged))
    except (ValueError, TypeError):
        return None


def _properties(verdict: Verdict) -> Iterator[str]:
    """Yield what holds when the statement is made; of another instant nothing can be said to hold."""
    if is_backdated(verdict.at, verdict.signed_at):
        return
    if verdict.result == "met":
        yield met_property(verdict.gate)
    for clause in verdict.clauses:
        if clause.outcome is Outcome.PASS:
            yield f"{_PASS}_{clause.id}"


def _subjects(verdict: Verdict) -> Iterator[Subject]:
    system = f"{verdict.subject.name} {verdict.subject.version}".strip()
    yield Subject(f"verdict on {system}", parse_digest(verdict.digest))
    rests_on = verdict.rests_on
    groups = (*rests_on.evidence.values(), *rests_on.baselines.values(), rests_on.statements)
    for path, digest in sorted({file for files in groups for file in files}):
        if digest:
            yield Subject(path, parse_digest(digest))


@dataclass(frozen=True, slots=True)
class SignedVerdict:
    """What a signed verdict says, once its signature was verified."""

    result: str
    """`met` or `not met`."""
    gate: str
    headline: str
    at: str
    """The instant that was judged."""
    signed_at: str
    """The instant of signing, by the signer's clock."""
    ended: tuple[str, ...]
    """What counted at the instant judged and no longer did when it was signed."""
    claims: tuple[str, ...]
    """What only the project file says: member, value, effect."""
    loosened: tuple[str, ...]
    """Parameters of packs that are looser than the pack: pack, parameter, value and the pack's own."""
    digest: str
    """Of the verdict."""
    definition: str
    """Name and digest of the definition."""
    properties: tuple[str, ...]
    subjects: tuple[Subject, ...]

    @property
    def is_backdated(self) -> bool:
        """Whether it was judged for another instant than that of signing, by more than clocks differ."""
        return is_backdated(self.at, self.signed_at)


def open_verdict(data: bytes, verifiers: Sequence[DsseVerifier], place: str) -> SignedVerdict:
    """Return what a signed verdict says.

    Raises:
        ProjectError: it is not one (PK668), or none of the keys signed it as it stands (PK669).
    """
    try:
        envelope = parse_envelope(data)
        statement = _verified(envelope, verifiers, place)
    except (DsseError, StatementError) as problem:
        raise _refused(
            "PK668", "not a signed verdict", place, "what `policykit check --sign` wrote", str(problem)
        ) from None
    if statement.predicate_type != SVR_TYPE:
        raise _refused(
            "PK668", "the statement is no verdict", place, quoted(SVR_TYPE), quoted(statement.predicate_type)
        )
    return _read(statement, place)


def _verified(envelope: Envelope, verifiers: Sequence[DsseVerifier], place: str) -> Statement:
    try:
        return verify_statement(envelope, verifiers)
    except DsseAlteredError as problem:
        raise _altered(problem.key_ids[0], place) from None
    except DsseTypeError:
        raise
    except DsseSignatureError:
        raise _signed_by_another(envelope, verifiers, place) from None


def _altered(key_id: str, place: str) -> ProjectError:
    found = Diagnostic(
        "PK669",
        "the verdict was changed after it was signed, or it names a key that did not sign it",
        place=place,
        expected=f"content that the signature of the key {quoted(key_id[:_SHORT])} fits",
        got="content that it does not fit",
        help="ask the signer for the verdict as it was signed, or run `policykit check --sign` again",
    )
    return ProjectError([found])


def _signed_by_another(envelope: Envelope, verifiers: Sequence[DsseVerifier], place: str) -> ProjectError:
    wanted = [quoted(verifier.key_id[:_SHORT]) for verifier in verifiers]
    hints = [quoted(s.key_id[:_SHORT]) for s in envelope.signatures[:4] if s.key_id]
    if not set(wanted).isdisjoint(hints):  # a made-up name that begins like a real one would be shown as that
        hints = ["another one"]
    found = Diagnostic(
        "PK669",
        "none of the given keys signed this verdict",
        place=place,
        expected="a signature of the key " + " or ".join(wanted),
        got=f"a signature that names the key {', '.join(hints)}" if hints else "a signature that names no key",
        help="give the signer's public key with `--vkey`, if you trust it",
    )
    return ProjectError([found])


def _read(statement: Statement, place: str) -> SignedVerdict:
    own = _object(statement.predicate.get(EXTENSION), place)
    verifier = _object(statement.predicate.get("verifier"), place)
    policies, properties = verifier.get("policies"), statement.predicate.get("properties")
    if not isinstance(properties, list) or not isinstance(policies, list) or len(policies) != 1:
        raise _refused("PK668", "not a signed verdict", place, "`properties`, and one policy in `verifier.policies`")
    policy = _object(policies[0], place)
    found = SignedVerdict(
        result=str(own.get("result")),
        gate=str(own.get("gate", "")),
        headline=str(own.get("headline", "")),
        at=str(own.get("judgedAt", "")),
        signed_at=str(statement.predicate.get("timeCreated", "")),
        ended=_texts(own.get("endedBeforeSigning")),
        claims=tuple(_claim(claim, place) for claim in _items(own.get("claims"))),
        loosened=tuple(_loosened(item, place) for item in _items(own.get("loosened"))),
        digest=str(own.get("digest", "")),
        definition=f"{policy.get('name', '')} sha256:{_object(policy.get('digest'), place).get('sha256', '')}",
        properties=tuple(map(str, properties)),
        subjects=statement.subjects,
    )
    if _apart(found.at, found.signed_at) is None:
        raise _refused("PK668", "not a signed verdict", place, "`timeCreated` and `judgedAt`, each an instant")
    is_met = found.result == "met" and not found.is_backdated
    if is_met != (met_property(found.gate) in found.properties):
        where = "where it is met, and judged for the instant of signing"
        raise _refused("PK668", "the verdict contradicts itself", place, f"`{met_property(found.gate)}` {where}")
    return found


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, _items(value)))


def _claim(value: object, place: str) -> str:
    claim = _object(value, place)
    return f"{claim.get('member', '')}: {claim.get('says', '')} ({claim.get('effect', '')})"


def _loosened(value: object, place: str) -> str:
    item = _object(value, place)
    return f"{item.get('pack', '')}: {item.get('says', '')}"


def _object(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _refused("PK668", "not a signed verdict", place, "the members that `policykit check --sign` writes")
    return value


def _refused(code: str, message: str, place: str, expected: str = "", got: str = "") -> ProjectError:
    return ProjectError([Diagnostic(code, message, place=place, expected=expected, got=got)])
