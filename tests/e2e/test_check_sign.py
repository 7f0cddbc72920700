"""Laws of signed verdicts: an in-toto statement with the SVR predicate that others can verify."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from policykit.encoding.digest import digest_of_bytes, digest_of_file
from policykit.encoding.dsse import parse_envelope
from policykit.trail.format.keys import DsseKey, load_signing_key, load_verifier_key
from tests.e2e.trail_project import Place, make

SVR = "https://in-toto.io/attestation/svr/v0.2"


@pytest.fixture
def place(tmp_path) -> Place:
    made = make(tmp_path / "claims")
    made.agree_all()
    return made


def payload(place: Place, name: str = "v.json") -> dict[str, object]:
    return json.loads(base64.b64decode(json.loads((place.root / name).read_text())["payload"]))


def signed(place: Place, name: str = "v.json") -> int:
    done = place.run("check", "--sign", "ada.pem", "-o", name)
    assert done.code in {0, 1}, done.err
    return done.code


def test_a_met_gate_travels_as_a_property_with_digests_of_everything_that_was_judged(place):
    place.build()
    checkpoint = digest_of_file(place.root / "trail" / "checkpoint")
    assert signed(place) == 0
    statement = payload(place)
    assert (statement["_type"], statement["predicateType"]) == ("https://in-toto.io/Statement/v1", SVR)
    recorded = place.records("verdict")[-1]
    subjects = {s["name"]: f"sha256:{s['digest']['sha256']}" for s in statement["subject"]}
    assert subjects == {"verdict on claims-helper 1.0.0": recorded["digest"], "trail/checkpoint": checkpoint}
    predicate = statement["predicate"]
    assert predicate["properties"] == ["POLICYKIT_GATE_MET_launch", "POLICYKIT_CLAUSE_PASS_OWN-3"]
    (policy,) = predicate["verifier"]["policies"]
    assert f"sha256:{policy['digest']['sha256']}" == recorded["policy"]["digest"]
    assert recorded["statement"] == digest_of_bytes((place.root / "v.json").read_bytes())
    done = place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey", "--gate", "launch")
    assert (done.code, "VALID" in done.out, "MET: claims-helper" in done.out) == (0, True, True)


def test_a_verdict_for_another_instant_than_that_of_signing_has_no_property_and_says_both(place):
    place.build()
    before = datetime.now(UTC).replace(microsecond=0)
    judged = before + timedelta(hours=1)
    done = place.run("check", "--at", judged.isoformat(), "--sign", "ada.pem", "-o", "v.json")
    assert (done.code, "signed without POLICYKIT_GATE_MET_launch" in done.err) == (0, True), done.err
    predicate = payload(place)["predicate"]
    own = predicate["urn:policykit:verdict:v1"]
    assert (predicate["properties"], own["result"]) == ([], "met")
    assert datetime.fromisoformat(own["judgedAt"]) == judged
    signed_at = datetime.fromisoformat(predicate["timeCreated"])
    assert before <= signed_at < judged
    record = place.records("verdict")[-1]
    assert datetime.fromisoformat(record["at"]) == judged
    assert before <= datetime.fromisoformat(record["signed_at"]) < judged
    verified = place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey")
    assert verified.code == 0
    first = verified.out.splitlines()[0]
    assert ("VALID, but judged for" in first, own["judgedAt"] in first) == (True, True)
    asked = place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey", "--gate", "launch")
    assert (asked.code, "not for" in asked.err) == (1, True)


def test_a_gate_that_is_not_met_is_signed_without_its_property(place):
    assert signed(place) == 1
    predicate = payload(place)["predicate"]
    assert predicate["properties"] == []
    assert predicate["urn:policykit:verdict:v1"]["result"] == "not met"
    assert place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey").code == 0
    done = place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey", "--gate", "launch")
    assert (done.code, "does not say that `launch` is met" in done.err) == (1, True)


def test_another_key_and_a_changed_verdict_are_refuted_and_noise_is_not_understood(place):
    signed(place)
    other = place.run("verdict", "verify", "v.json", "--vkey", "cleo.pem.vkey")
    assert (other.code, "PK669" in other.err, other.out) == (1, True, "")
    document = json.loads((place.root / "v.json").read_text())
    raw = base64.b64decode(document["payload"])
    changed = raw.replace(b'"not met"', b'"met"')
    assert changed != raw
    place.write("changed.json", json.dumps({**document, "payload": base64.b64encode(changed).decode()}))
    assert place.run("verdict", "verify", "changed.json", "--vkey", "ada.pem.vkey").code == 1
    for name, code in (("claims.policy", "PK668"), ("none.json", "PK500"), (".", "PK50")):
        done = place.run("verdict", "verify", name, "--vkey", "ada.pem.vkey")
        assert (done.code, code in done.err) == (2, True), name
    assert place.run("verdict", "verify", "v.json", "--vkey", "nonsense").code == 2


def test_a_signed_statement_that_is_no_verdict_or_contradicts_itself_is_not_understood(place):
    place.agree("Ada Lund", "-o", "agreed.json")
    done = place.run("verdict", "verify", "agreed.json", "--vkey", "ada.pem.vkey")
    assert (done.code, "PK668" in done.err) == (2, True)
    signed(place)
    statement = payload(place)
    key = load_signing_key(place.root / "ada.pem", "ada").dsse_signer()
    for change in (
        {"properties": ["POLICYKIT_GATE_MET_launch"]},
        {"properties": 3},
        {"verifier": {"id": "x"}},
        {"verifier": "x"},
        {"urn:policykit:verdict:v1": None},
    ):
        from policykit.encoding.dsse import sign_envelope

        body = {**statement, "predicate": {**statement["predicate"], **change}}
        envelope = sign_envelope("application/vnd.in-toto+json", json.dumps(body).encode(), [key])
        (place.root / "odd.json").write_bytes(envelope.to_json())
        done = place.run("verdict", "verify", "odd.json", "--vkey", "ada.pem.vkey")
        assert (done.code, "PK668" in done.err) == (2, True), change


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--sign", "ada.pem"), "PK652"),
        (("-o", "v.json"), "PK652"),
        (("--sign", "ada.pem", "-o", "claims.policy"), "PK674"),
        (("--sign", "none.pem", "-o", "v.json"), "PK800"),
        (("--sign", "ada.pem.vkey", "-o", "v.json"), "PK800"),
    ],
)
def test_what_cannot_be_signed_is_refused_before_anything_is_recorded(place, arguments, code):
    done = place.run("check", *arguments)
    assert (done.code, code in done.err, done.out) == (2, True, "")
    assert not place.records("verdict")
    assert not (place.root / "v.json").exists()


def test_securesystemslib_verifies_a_signed_verdict(place):
    from securesystemslib import signer
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError

    signed(place)
    theirs = Envelope.from_dict(json.loads((place.root / "v.json").read_text()))
    for name, verifies in (("ada", True), ("cleo", False)):
        ours = DsseKey(load_verifier_key(str(place.root / f"{name}.pem.vkey")).public)
        public = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": ours.public.hex()}}
        key = signer.SSlibKey.from_dict(ours.key_id, public)
        if verifies:
            assert ours.key_id in theirs.verify([key], 1)
        else:
            with pytest.raises(VerificationError):
                theirs.verify([key], 1)
    assert parse_envelope((place.root / "v.json").read_bytes()).payload == theirs.payload
