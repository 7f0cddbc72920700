"""Laws of DSSE envelopes and in-toto statements."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.digest import digest_of_bytes
from policykit.encoding.dsse import (
    DsseError,
    DsseSignatureError,
    Envelope,
    Signature,
    pae,
    parse_envelope,
    sign_envelope,
    verify_envelope,
)
from policykit.encoding.statement import (
    SVR_TYPE,
    Statement,
    StatementError,
    Subject,
    parse_statement,
    sign_statement,
    svr_predicate,
    verify_statement,
)
from policykit.trail.format.keys import SigningKey

ONE = SigningKey.from_seed("one.example", bytes(32))
TWO = SigningKey.from_seed("two.example", bytes(range(32)))
KIND = "application/example"
ENVELOPE = sign_envelope(KIND, b"payload", [ONE.dsse_signer()])


def test_an_envelope_reads_back_and_verifies():
    assert parse_envelope(ENVELOPE.to_json()) == ENVELOPE
    assert verify_envelope(ENVELOPE, [ONE.dsse_key], payload_type=KIND) == (ONE.dsse_key.key_id,)


@given(st.binary(max_size=40), st.text(max_size=20), st.binary(max_size=40), st.text(max_size=20))
def test_different_payloads_or_types_never_encode_alike(payload, kind, other_payload, other_kind):
    assert (pae(kind, payload) == pae(other_kind, other_payload)) is ((kind, payload) == (other_kind, other_payload))


def test_a_changed_payload_or_type_is_refused():
    with pytest.raises(DsseSignatureError):
        verify_envelope(replace(ENVELOPE, payload=b"other"), [ONE.dsse_key], payload_type=KIND)
    with pytest.raises(DsseSignatureError, match="of type"):
        verify_envelope(ENVELOPE, [ONE.dsse_key], payload_type="application/other")
    with pytest.raises(DsseSignatureError):
        verify_envelope(replace(ENVELOPE, payload_type="b"), [ONE.dsse_key], payload_type="b")


def test_a_wrong_keyid_hides_no_good_signature_and_saves_no_bad_one():
    misled = replace(ENVELOPE, signatures=(replace(ENVELOPE.signatures[0], key_id="lie"),))
    assert verify_envelope(misled, [ONE.dsse_key], payload_type=KIND)
    forged = replace(ENVELOPE, signatures=(Signature(bytes(64), ONE.dsse_key.key_id),))
    with pytest.raises(DsseSignatureError):
        verify_envelope(forged, [ONE.dsse_key], payload_type=KIND)


def test_a_threshold_counts_different_keys():
    both = sign_envelope(KIND, b"p", [ONE.dsse_signer(), TWO.dsse_signer()])
    keys = [ONE.dsse_key, TWO.dsse_key]
    assert len(verify_envelope(both, keys, payload_type=KIND, threshold=2)) == 2
    twice = sign_envelope(KIND, b"p", [ONE.dsse_signer(), ONE.dsse_signer()])
    for known in (keys, [ONE.dsse_key, ONE.dsse_key]):
        with pytest.raises(DsseSignatureError, match="expected signatures of 2"):
            verify_envelope(twice, known, payload_type=KIND, threshold=2)
    with pytest.raises(DsseError, match="threshold"):
        verify_envelope(both, keys, payload_type=KIND, threshold=0)


def test_an_envelope_without_signer_or_verifier_is_refused():
    with pytest.raises(DsseError):
        sign_envelope(KIND, b"p", [])
    with pytest.raises(DsseSignatureError):
        verify_envelope(ENVELOPE, [], payload_type=KIND)


@pytest.mark.parametrize(
    "change",
    [
        {"payload": "?"},
        {"payload": None},
        {"payloadType": 1},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": ["x"]},
        {"signatures": [{"sig": 1}]},
        {"signatures": [{"sig": "AA==", "keyid": 1}]},
        {"signatures": [{"sig": "AA=="}] * 101},
    ],
)
def test_what_is_no_envelope_is_our_own_error(change):
    with pytest.raises(DsseError):
        parse_envelope(json.dumps({**json.loads(ENVELOPE.to_json()), **change}).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_our_own_error(data):
    try:
        parse_envelope(data)
    except DsseError:
        return


def test_unknown_members_are_ignored_and_doubled_ones_are_not():
    document = json.loads(ENVELOPE.to_json())
    assert parse_envelope(json.dumps({**document, "more": 1}).encode()) == ENVELOPE
    with pytest.raises(DsseError, match="twice"):
        parse_envelope(ENVELOPE.to_json().replace(b"{", b'{"payload":"AA==",', 1))


def test_a_verdict_travels_as_a_signed_statement():
    subject = Subject("release.tar.gz", digest_of_bytes(b"release"))
    predicate = svr_predicate(
        verifier_id="https://example.com/policykit",
        created=datetime(2026, 11, 21, tzinfo=UTC),
        properties=["POLICYKIT_GO"],
        policies=[Subject("invoices@1.2.0", digest_of_bytes(b"policy"))],
    )
    statement = Statement((subject,), SVR_TYPE, predicate)
    envelope = parse_envelope(sign_statement(statement, [ONE.dsse_signer()]).to_json())
    assert verify_statement(envelope, [ONE.dsse_key]) == statement
    with pytest.raises(DsseSignatureError):
        verify_statement(envelope, [TWO.dsse_key])
    document = json.loads(envelope.payload)
    assert document["predicate"]["timeCreated"] == "2026-11-21T00:00:00.000000Z"
    assert document["subject"][0]["digest"]["sha256"] == subject.digest.removeprefix("sha256:")


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b'{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"x"}']
)
def test_what_is_no_statement_is_our_own_error(payload):
    with pytest.raises(StatementError):
        parse_statement(payload)


def test_a_statement_needs_a_subject():
    with pytest.raises(StatementError):
        sign_statement(Statement((), SVR_TYPE, {}), [ONE.dsse_signer()])


def test_securesystemslib_verifies_our_envelope():
    from securesystemslib import signer
    from securesystemslib.dsse import Envelope as Theirs

    theirs = Theirs.from_dict(json.loads(ENVELOPE.to_json()))
    assert theirs.pae() == pae(KIND, b"payload")
    public = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": ONE.dsse_key.public.hex()}}
    key = signer.SSlibKey.from_dict(ONE.dsse_key.key_id, public)
    assert ONE.dsse_key.key_id in theirs.verify([key], 1)
    changed = Theirs.from_dict({**json.loads(ENVELOPE.to_json()), "payloadType": "application/other"})
    from securesystemslib.exceptions import VerificationError

    with pytest.raises(VerificationError):
        changed.verify([key], 1)


def test_an_envelope_is_a_value():
    assert Envelope(KIND, b"payload", ENVELOPE.signatures) == ENVELOPE
