"""The keys that a project trusts for statements and manifests: whose they are, for which roles, and for how long.

    keys:
      - key: alice+6f3a9c21+AV3n...        # as `policykit keys` prints it
        person: Alice Example
        roles: [risk]
        valid_from: 2026-01-01T00:00:00Z
        valid_to: 2027-01-01T00:00:00Z     # may be left out
        revoked_at: 2026-06-01T00:00:00Z   # only for a key that was lost or stolen

A signature counts when its key is in the ring, was valid when the signer says that it was made, **and is valid now**:
the time in a signature is the signer's word, and whoever holds an old key could write an old date. A revoked key never
counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from policykit.errors import EvidenceError, PolicykitError
from policykit.evidence.problems import error, refusal
from policykit.evidence.safe_file import open_evidence
from policykit.evidence.safe_yaml import load_single_yaml
from policykit.evidence.times import parse_time
from policykit.evidence.view import View
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.encoding.dsse import Envelope
    from policykit.encoding.statement import Statement
    from policykit.trail.keys import DsseKey

_MAX_BYTES = 1024 * 1024
_MAX_KEYS = 1000
_MEMBERS = frozenset({"key", "person", "roles", "valid_from", "valid_to", "revoked_at"})


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key and what it may sign."""

    key: DsseKey
    person: str
    roles: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None = None
    """The first instant at which it is no longer valid."""
    revoked_at: datetime | None = None

    def objection(self, signed_at: datetime, now: datetime, place: str) -> Diagnostic | None:
        """Return why a signature of this key does not count, or None."""
        who = quoted(self.person)
        if self.revoked_at is not None:
            return error(
                "PK563", f"the key of {who} was revoked", place=place, help="have it signed again with a new key"
            )
        for moment, when in ((signed_at, "when it signed"), (now, "now")):
            if moment < self.valid_from:
                return error("PK562", f"the key of {who} is not valid yet {when}", place=place)
            if self.valid_to is not None and moment >= self.valid_to:
                return error(
                    "PK562",
                    f"the key of {who} was no longer valid {when}"
                    if when != "now"
                    else f"the key of {who} has expired",
                    place=place,
                    expected=f"a key valid until after {moment:%Y-%m-%dT%H:%M:%SZ}",
                    got=f"{self.valid_to:%Y-%m-%dT%H:%M:%SZ}",
                    help="have it signed again with a valid key",
                )
        return None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys that a project trusts."""

    keys: tuple[RingKey, ...] = ()

    def opened(self, envelope: Envelope, place: str) -> tuple[Statement, tuple[RingKey, ...]]:
        """Return what an envelope states and the keys of the ring that signed it; their validity is not looked at here.

        Raises:
            EvidenceError: no key of the ring signed it, or what was signed is no statement.
        """
        from policykit.encoding.dsse import DsseAlteredError, DsseSignatureError, DsseTypeError, verify_envelope
        from policykit.encoding.statement import PAYLOAD_TYPE, StatementError, parse_statement

        try:
            signed = verify_envelope(envelope, [k.key for k in self.keys], payload_type=PAYLOAD_TYPE)
            statement = parse_statement(envelope.payload)
        except DsseAlteredError as problem:
            raise self._altered(problem.key_ids[0], place) from None
        except (DsseTypeError, StatementError) as problem:
            raise refusal("PK560", "what was signed is not understood", place=place, got=str(problem)) from None
        except DsseSignatureError:
            raise _unknown_signer(envelope, place) from None
        return statement, tuple(k for k in self.keys if k.key.key_id in signed)

    def _altered(self, key_id: str, place: str) -> EvidenceError:
        person = next(k.person for k in self.keys if k.key.key_id == key_id)
        return refusal(
            "PK565",
            f"the signature of {quoted(person)} does not fit the content",
            place=place,
            help="it was changed after it was signed, or names a key that did not sign it: have it signed again",
        )


def _unknown_signer(envelope: Envelope, place: str) -> EvidenceError:
    hints = sorted({signature.key_id for signature in envelope.signatures if signature.key_id})
    return refusal(
        "PK561",
        "no key that the project trusts signed this",
        place=place,
        got=", ".join(quoted(hint[:16]) for hint in hints),
        help="add the signer's key to the key ring, if the project trusts it",
    )


NO_KEYS = KeyRing()
"""No signature counts."""


def load_key_ring(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> KeyRing:
    """Return the key ring in a YAML file inside the project.

    Raises:
        EvidenceError: it cannot be read or understood.
    """
    with open_evidence(path, root) as file:
        document = load_single_yaml(file.whole(_MAX_BYTES), file.name)
    view = View(document.value, file.name)
    keys = tuple(_key(item) for item in view.items("keys"))
    if len(keys) > _MAX_KEYS:
        raise refusal("PK566", "the key ring holds too many keys", place=file.name, expected=f"at most {_MAX_KEYS}")
    ids = [k.key.key_id for k in keys]
    if len(set(ids)) != len(ids):
        raise refusal(
            "PK566", "a key stands twice in the key ring", place=file.name, help="keep one entry for each key"
        )
    return KeyRing(keys)


def _key(view: View) -> RingKey:
    from policykit.trail.keys import DsseKey, SignatureType, parse_verifier_key

    if isinstance(view.value, dict) and (unknown := sorted(view.value.keys() - _MEMBERS)):
        raise refusal(
            "PK566", f"a key has no {quoted(unknown[0])}", place=view.place, help=did_you_mean(unknown[0], _MEMBERS)
        )
    try:
        key = parse_verifier_key(view.text("key"))
    except PolicykitError as problem:
        if isinstance(problem, EvidenceError):
            raise
        raise refusal("PK566", "not a public key", place=view.at("key").place, got=str(problem)) from None
    if key.type is not SignatureType.ED25519:
        raise refusal("PK566", "this key signs trails, not statements", place=view.place, expected="an Ed25519 key")
    roles: Sequence[View] = tuple(view.items("roles")) if view.has("roles") else ()
    if not all(isinstance(role.value, str) for role in roles):
        raise view.at("roles").unexpected("a list of roles")
    return RingKey(
        DsseKey(key.public),
        view.text("person"),
        frozenset(role.value for role in roles),
        _time(view, "valid_from"),
        _time(view, "valid_to") if view.has("valid_to") else None,
        _time(view, "revoked_at") if view.has("revoked_at") else None,
    )


def _time(view: View, name: str) -> datetime:
    return parse_time(view.text(name), None, view.at(name).place)
