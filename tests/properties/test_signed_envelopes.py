"""Edits of what was signed: nothing that was changed is accepted, and the refusal says what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.base64 import decode_base64, encode_base64
from policykit.encoding.dsse import Envelope, Signature, parse_envelope, sign_envelope
from policykit.encoding.statement import PAYLOAD_TYPE, SVR_TYPE, Statement, Subject, sign_statement, svr_predicate
from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.key_ring import KeyRing, RingKey
from policykit.readiness.signed_verdict import EXTENSION, SignedVerdict, open_verdict
from policykit.trail.format.keys import DsseKey, SigningKey

SIGNER, OTHER, STRANGER = (SigningKey.from_seed(name, name.encode()[:1] * 32) for name in ("ingrid", "odd", "stig"))
KEYS = {key.name: DsseKey(key.verifier.public) for key in (SIGNER, OTHER, STRANGER)}
DIGEST = "sha256:" + "3" * 64
PREDICATE = svr_predicate(
    verifier_id="urn:policykit:check:0",
    created=datetime(2026, 10, 5, 8, tzinfo=UTC),
    properties=[],
    policies=[Subject("desk 1", DIGEST)],
) | {
    EXTENSION: {
        "result": "not met",
        "gate": "opened",
        "headline": "NOT MET: desk",
        "digest": DIGEST,
        "judgedAt": "2026-10-05T07:59:00.000000Z",
    }
}
STATEMENT = Statement((Subject("verdict on desk", DIGEST),), SVR_TYPE, PREDICATE)
SIGNED = sign_statement(STATEMENT, [SIGNER.dsse_signer()])
TWICE = sign_statement(STATEMENT, [STRANGER.dsse_signer(), SIGNER.dsse_signer()])
RING = KeyRing(tuple(RingKey(key, name, frozenset(), datetime(2026, 1, 1, tzinfo=UTC)) for name, key in KEYS.items()))


def flipped(data: bytes, bit: int) -> bytes:
    place = bit // 8 % len(data)
    return data[:place] + bytes([data[place] ^ 1 << bit % 8]) + data[place + 1 :]


BITS = st.integers(0, 8 * len(SIGNED.payload) - 1)
HINTS = st.sampled_from([*(key.key_id for key in KEYS.values()), "", KEYS["ingrid"].key_id[:16] + "0" * 48, "x" * 99])


@st.composite
def edited(draw) -> tuple[Envelope, bool]:
    """Draw an envelope, and whether anything that a signature covers was changed."""
    envelope = draw(st.sampled_from([SIGNED, TWICE]))
    content = draw(st.sampled_from(["kept", "payload", "type", "signature", "foreign"]))
    bit = draw(BITS)
    if content == "payload":
        envelope = replace(envelope, payload=flipped(envelope.payload, bit))
    if content == "type":
        envelope = replace(envelope, payload_type=draw(st.text(max_size=30).filter(lambda text: text != PAYLOAD_TYPE)))
    signatures = list(envelope.signatures)
    if content == "signature":
        signatures = [replace(each, signature=flipped(each.signature, bit)) for each in signatures]
    if content == "foreign":
        foreign = SigningKey.from_seed("foreign", b"f" * 32).dsse_signer()
        signatures = list(sign_envelope(PAYLOAD_TYPE, envelope.payload, [foreign]).signatures)
    hints = draw(st.lists(st.none() | HINTS, min_size=len(signatures), max_size=len(signatures)))
    signatures = [
        each if hint is None else replace(each, key_id=hint) for each, hint in zip(signatures, hints, strict=True)
    ]
    return replace(envelope, signatures=tuple(signatures)), content != "kept"


def reason(keys: list[DsseKey], envelope: Envelope) -> tuple[str, str]:
    """Return code and message of the refusal of a verdict."""
    with pytest.raises(ProjectError) as refused:
        open_verdict(envelope.to_json(), keys, "v.json")
    (found,) = refused.value.diagnostics
    assert not found.expected or found.expected != found.got
    assert found.expected.removeprefix("a signature of the key ") not in found.got
    return found.code, found.message


def opened(data: bytes, keys: list[DsseKey]) -> SignedVerdict | str:
    """Return the verdict, or the code of its refusal."""
    try:
        return open_verdict(data, keys, "v.json")
    except ProjectError as refused:
        return refused.diagnostics[0].code


@given(edited(), st.lists(st.sampled_from(list(KEYS.values())), min_size=1, max_size=3))
def test_a_verdict_is_accepted_as_signed_or_refused_for_the_right_reason(case, keys):
    envelope, is_changed = case
    signers = {KEYS["ingrid"]} | ({KEYS["stig"]} if len(envelope.signatures) == 2 else set())
    if not is_changed and signers & set(keys):
        assert open_verdict(envelope.to_json(), keys, "v.json").headline == "NOT MET: desk"
        return
    is_named = bool({each.key_id for each in envelope.signatures} & {key.key_id for key in keys})
    words = "changed after it was signed" if is_named else "none of the given keys"
    code, message = reason(keys, envelope)
    assert (code, words in message) == ("PK669", True)


@given(edited())
def test_the_key_ring_tells_a_changed_statement_from_one_of_an_unknown_key(case):
    envelope, is_changed = case
    if not is_changed:
        assert {each.person for each in RING.opened(envelope, "s.json")[1]} >= {"ingrid"}
        return
    with pytest.raises(EvidenceError) as refused:
        RING.opened(envelope, "s.json")
    is_named = bool({each.key_id for each in envelope.signatures} & {key.key_id for key in KEYS.values()})
    assert [each.code for each in refused.value.diagnostics] == ["PK565" if is_named else "PK561"]


def test_no_bit_of_the_file_can_be_flipped_so_that_it_says_something_else():
    data, keys = SIGNED.to_json(), [KEYS["ingrid"]]
    right = open_verdict(data, keys, "v.json")
    accepted = 0
    for bit in range(8 * len(data)):
        found = opened(flipped(data, bit), keys)
        if isinstance(found, str):
            assert found in {"PK668", "PK669"}
        else:
            accepted += 1
            assert found == right
    key_id = len(KEYS["ingrid"].key_id) + len("keyid")
    assert 0 < accepted <= 8 * (key_id + 8)  # the name of the key is a hint, and white space means nothing


def test_what_a_known_key_signed_under_another_type_is_not_understood():
    envelope = sign_envelope("application/json", SIGNED.payload, [SIGNER.dsse_signer()])
    assert reason([KEYS["ingrid"]], envelope)[0] == "PK668"
    with pytest.raises(EvidenceError) as refused:
        RING.opened(envelope, "s.json")
    assert refused.value.diagnostics[0].code == "PK560"


def test_a_changed_signature_beside_a_good_one_leaves_the_good_one():
    bad = Signature(flipped(TWICE.signatures[0].signature, 5), TWICE.signatures[0].key_id)
    envelope = replace(TWICE, signatures=(bad, TWICE.signatures[1]))
    assert open_verdict(envelope.to_json(), list(KEYS.values()), "v.json").gate == "opened"
    assert reason([KEYS["stig"]], envelope)[1].startswith("the verdict was changed after it was signed, or it names")


def test_an_edited_member_of_the_payload_is_named_as_an_edit():
    document = json.loads(SIGNED.to_json())
    changed = decode_base64(document["payload"]).replace(b'"not met"', b'"met"')
    envelope = parse_envelope(json.dumps({**document, "payload": encode_base64(changed)}).encode())
    assert reason([KEYS["ingrid"]], envelope)[0] == "PK669"
    assert reason([KEYS["ingrid"]], envelope)[1].startswith("the verdict was changed after it was signed, or it names")


def test_a_made_up_name_that_begins_like_a_given_key_is_not_shown_as_that_key():
    signature = sign_envelope(PAYLOAD_TYPE, SIGNED.payload, [OTHER.dsse_signer()]).signatures[0].signature
    envelope = replace(SIGNED, signatures=(Signature(signature, KEYS["ingrid"].key_id[:16] + "0" * 48),))
    assert reason([KEYS["ingrid"]], envelope)[1] == "none of the given keys signed this verdict"
