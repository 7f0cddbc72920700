"""DSSE: signatures over a payload together with its type, whatever the payload is.

Source: secure-systems-lab/dsse, protocol and envelope v1.0.2.

- What is signed is the pre-authentication encoding (PAE), never the payload alone, never re-serialised JSON.
- `keyid` is an unauthenticated hint: it may choose which key to try first, and decides nothing.
- An envelope is good when at least `threshold` *different* known keys signed it.

This module holds no cryptography: signers and verifiers are handed in (`policykit.trail.format.keys` has them).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from policykit.encoding.base64 import Base64Error, decode_base64, encode_base64
from policykit.encoding.strict_json import StrictJsonError, read_json_object
from policykit.errors import PolicykitError

MAX_ENVELOPE_BYTES = 16 * 1024 * 1024
MAX_SIGNATURES = 100


class DsseError(PolicykitError, ValueError):
    """An envelope that cannot be read."""


class DsseSignatureError(DsseError):
    """An envelope that too few of the known keys signed."""


class DsseTypeError(DsseSignatureError):
    """An envelope that known keys signed, as a payload of another type than the caller is about to interpret."""


class DsseAlteredError(DsseSignatureError):
    """An envelope that names a known key, whose signature does not fit the content.

    It was changed after it was signed. Or the name is false: anybody can write it.
    """

    def __init__(self, key_ids: tuple[str, ...]) -> None:
        """Take the known keys that are named in vain."""
        super().__init__(f"expected a signature of `{key_ids[0]}` over this content, got one that does not fit it")
        self.key_ids = key_ids


class DsseSigner(Protocol):
    """Signs bytes under a key that has a name."""

    @property
    def key_id(self) -> str:
        """The hint that stands in the envelope."""

    def sign(self, message: bytes) -> bytes:
        """Return a signature over the message."""


class DsseVerifier(Protocol):
    """Verifies signatures of one key."""

    @property
    def key_id(self) -> str:
        """The hint that stands in the envelope."""

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Say whether this key made the signature over the message."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of an envelope."""

    signature: bytes
    key_id: str = ""
    """Unauthenticated."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload, its type, and signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def to_json(self) -> bytes:
        """Return the envelope as a line of JSON."""
        document = {
            "payload": encode_base64(self.payload),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": s.key_id, "sig": encode_base64(s.signature)} for s in self.signatures],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding. Source: DSSE protocol, "Signature Definition"."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload_type: str, payload: bytes, signers: Sequence[DsseSigner]) -> Envelope:
    """Return an envelope signed by every signer. Requires at least one signer."""
    if not signers:
        raise DsseError("an envelope needs a signer")
    message = pae(payload_type, payload)
    return Envelope(payload_type, payload, tuple(Signature(s.sign(message), s.key_id) for s in signers))


def verify_envelope(
    envelope: Envelope, verifiers: Sequence[DsseVerifier], *, payload_type: str, threshold: int = 1
) -> tuple[str, ...]:
    """Return the key ids of the known keys that signed.

    Args:
        envelope: what was received.
        verifiers: the keys that are trusted for this type of payload.
        payload_type: the type that the caller is about to interpret.
        threshold: how many different keys must have signed, at least 1.

    Raises:
        DsseAlteredError: when fewer did, and a known key is named whose signature does not fit the content.
        DsseSignatureError: when fewer did.
        DsseTypeError: when they did, and the payload is of another type.
    """
    if threshold < 1:
        raise DsseError("a threshold below 1 would accept an unsigned envelope")
    known = _different(verifiers)
    message = pae(envelope.payload_type, envelope.payload)
    signed = tuple(v.key_id for v in known if any(_made(v, s, message) for s in envelope.signatures))
    if len(signed) < threshold:
        hints = {s.key_id for s in envelope.signatures}
        altered = tuple(v.key_id for v in known if v.key_id in hints and v.key_id not in signed)
        if altered:
            raise DsseAlteredError(altered)
        raise DsseSignatureError(f"expected signatures of {threshold} known keys, got {len(signed)}")
    if envelope.payload_type != payload_type:  # the signature covers the type: only now is it the signer's word
        raise DsseTypeError(f"expected a payload of type `{payload_type}`, got `{envelope.payload_type[:80]}`")
    return signed


def _different(verifiers: Iterable[DsseVerifier]) -> list[DsseVerifier]:
    """Return each key once: the same key given twice must not count twice."""
    return list({v.key_id: v for v in verifiers}.values())


def _made(verifier: DsseVerifier, signature: Signature, message: bytes) -> bool:
    """Try every signature: the hint is unauthenticated, so a wrong one must not hide a good signature."""
    return verifier.verify(signature.signature, message)


def parse_envelope(data: bytes) -> Envelope:
    """Return the envelope that these bytes stand for. Unknown members are ignored, as the specification asks.

    Raises:
        DsseError: when they stand for none.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise DsseError(f"an envelope larger than {MAX_ENVELOPE_BYTES} bytes")
    try:
        document = read_json_object(data)
        payload = decode_base64(_text(document, "payload"))
        signatures = tuple(_signature(item) for item in _items(document))
    except (StrictJsonError, Base64Error) as error:
        raise DsseError(f"not an envelope: {error}") from None
    return Envelope(_text(document, "payloadType"), payload, signatures)


def _items(document: dict[str, object]) -> list[object]:
    items = document.get("signatures")
    if not isinstance(items, list) or not items:
        raise DsseError("not an envelope: expected a list `signatures` that is not empty")
    if len(items) > MAX_SIGNATURES:
        raise DsseError(f"an envelope with more than {MAX_SIGNATURES} signatures")
    return items


def _signature(item: object) -> Signature:
    if not isinstance(item, dict):
        raise DsseError("not an envelope: a signature that is not an object")
    key_id = item.get("keyid", "")
    if not isinstance(key_id, str):
        raise DsseError("not an envelope: `keyid` that is not text")
    return Signature(decode_base64(_text(item, "sig")), key_id)


def _text(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise DsseError(f"not an envelope: expected a text `{name}`")
    return value
