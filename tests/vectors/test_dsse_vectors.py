"""The published example of DSSE."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from policykit.encoding.dsse import pae, parse_envelope, verify_envelope

VECTORS = Path(__file__).parent / "data" / "dsse"


def test_the_pre_authentication_encoding_is_the_published_one():
    case = json.loads((VECTORS / "pae.json").read_text())
    assert pae(case["payloadType"], case["payload_utf8"].encode()) == case["pae"].encode()


class PublishedKey:
    """The ECDSA P-256 key of the protocol's test vector."""

    key_id = "published"

    def verify(self, signature, message):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        numbers = ec.EllipticCurvePublicNumbers(
            46950820868899156662930047687818585632848591499744589407958293238635476079160,
            5640078356564379163099075877009565129882514886557779369047442380624545832820,
            ec.SECP256R1(),
        )
        der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        try:
            numbers.public_key().verify(der, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def test_the_published_envelope_verifies_and_a_changed_one_does_not():
    text = (VECTORS / "protocol-test-vector.md").read_text()
    envelope = parse_envelope(text[text.rindex("```json") + 7 : text.rindex("```")].encode())
    assert envelope.payload == b"hello world"
    kind = "http://example.com/HelloWorld"
    assert verify_envelope(envelope, [PublishedKey()], payload_type=kind) == ("published",)
    from dataclasses import replace

    from policykit.encoding.dsse import DsseSignatureError

    with pytest.raises(DsseSignatureError):
        verify_envelope(replace(envelope, payload=b"hello World"), [PublishedKey()], payload_type=kind)
    assert base64.b64encode(envelope.payload) == b"aGVsbG8gd29ybGQ="
    assert hashlib.sha256(envelope.payload).hexdigest().startswith("b94d27b9")
