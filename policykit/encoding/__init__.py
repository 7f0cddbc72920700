"""Bytes that two parties must build alike: canonical JSON, digests, base64, timestamps, DSSE envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Base64Error",
    "CanonicalJsonError",
    "DigestError",
    "DsseAlteredError",
    "DsseError",
    "DsseSignatureError",
    "DsseSigner",
    "DsseTypeError",
    "DsseVerifier",
    "Envelope",
    "Signature",
    "Statement",
    "StatementError",
    "StrictJsonError",
    "Subject",
    "TimestampError",
    "canonical_json",
    "digest_of_bytes",
    "digest_of_file",
    "digest_of_json",
    "parse_envelope",
    "sign_envelope",
    "verify_envelope",
]

if TYPE_CHECKING:
    from policykit.encoding.base64 import Base64Error
    from policykit.encoding.digest import DigestError, digest_of_bytes, digest_of_file, digest_of_json
    from policykit.encoding.dsse import (
        DsseAlteredError,
        DsseError,
        DsseSignatureError,
        DsseSigner,
        DsseTypeError,
        DsseVerifier,
        Envelope,
        Signature,
        parse_envelope,
        sign_envelope,
        verify_envelope,
    )
    from policykit.encoding.jcs import CanonicalJsonError, canonical_json
    from policykit.encoding.statement import Statement, StatementError, Subject
    from policykit.encoding.strict_json import StrictJsonError
    from policykit.encoding.timestamps import TimestampError
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.encoding.base64": "Base64Error",
            "policykit.encoding.digest": "DigestError digest_of_bytes digest_of_file digest_of_json",
            "policykit.encoding.dsse": (
                "DsseAlteredError DsseError DsseSignatureError DsseSigner DsseTypeError DsseVerifier "
                "Envelope Signature parse_envelope sign_envelope verify_envelope"
            ),
            "policykit.encoding.jcs": "CanonicalJsonError canonical_json",
            "policykit.encoding.statement": "Statement StatementError Subject",
            "policykit.encoding.strict_json": "StrictJsonError",
            "policykit.encoding.timestamps": "TimestampError",
        },
    )
