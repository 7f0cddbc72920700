"""Signed statements and manifests, with real keys."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from policykit.encoding.dsse import Envelope, sign_envelope
from policykit.encoding.statement import PAYLOAD_TYPE, Statement, Subject, sign_statement
from policykit.errors import EvidenceError
from policykit.evidence import Trust, merge
from policykit.evidence.key_ring import KeyRing, load_key_ring
from policykit.evidence.manifest import PREDICATE_TYPE as MANIFEST_TYPE
from policykit.evidence.statement import sign_human_statement
from policykit.trail.format.keys import SigningKey

ALICE = SigningKey.from_seed("alice", b"a" * 32)
BOB = SigningKey.from_seed("bob", b"b" * 32)
DIGEST = "sha256:" + "0" * 64
MEMBERS = {
    "person": "Alice Example", "role": "risk", "decision": "approve", "text": "the residual risk is accepted", "gate": "launch",
    "decided_at": "2026-11-20T09:30:00Z", "expires": "2027-03-31", "about": {"name": "triage", "version": "1.2.0"},
}  # fmt: skip


def ring_text(**more: str) -> str:
    lines = {"valid_from": "2026-01-01T00:00:00Z"} | more
    return (
        f"keys:\n  - key: {ALICE.verifier.to_text()}\n    person: Alice Example\n    roles: [risk, security]\n"
        + "".join(f"    {name}: {value}\n" for name, value in lines.items() if value)
    )


@pytest.fixture
def ring(project) -> Any:
    def made(**more: str) -> KeyRing:
        (project / "keys.yaml").write_text(ring_text(**more))
        return load_key_ring("keys.yaml", project)

    return made


def signed(members: dict[str, Any] | None = None, key: SigningKey = ALICE) -> bytes:
    return sign_human_statement(
        MEMBERS if members is None else members, [("definition", DIGEST)], [key.dsse_signer()]
    ).to_json()


def test_a_statement_of_a_trusted_key_is_attested(read, ring):
    evidence = read("s.json", signed(), "statement", key_ring=ring())
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.trust is Trust.ATTESTED
    assert evidence.fields["person"] == "Alice Example"
    assert evidence.fields["decision"] == "approve"
    assert evidence.fields["subject"] == "triage 1.2.0"
    assert evidence.fields["subject_digest"] == DIGEST
    assert evidence.fields["verified"] is True
    assert evidence.expires_at.isoformat() == "2027-04-01T00:00:00+00:00"


def test_the_last_day_ends_in_the_declared_zone(read, ring):
    evidence = read("s.json", signed(), "statement", key_ring=ring(), zone="Europe/Berlin")
    assert evidence.expires_at.isoformat() == "2027-03-31T22:00:00+00:00"


def test_step_2_an_unknown_key_does_not_count(read, ring, codes):
    assert codes(read("s.json", signed(key=BOB), "statement", key_ring=ring())) == {"PK561"}
    assert codes(read("s.json", signed(), "statement")) == {"PK561"}


@pytest.mark.parametrize(
    ("validity", "code"),
    [
        ({"valid_to": "2026-11-21T12:00:00Z"}, "PK562"),
        ({"valid_to": "2026-06-01T00:00:00Z"}, "PK562"),
        ({"valid_from": "2026-11-20T10:00:00Z"}, "PK562"),
        ({"valid_from": "2027-01-01T00:00:00Z"}, "PK562"),
        ({"revoked_at": "2026-11-21T00:00:00Z"}, "PK563"),
        ({"revoked_at": "2029-01-01T00:00:00Z"}, "PK563"),
    ],
)
def test_step_3_an_expired_future_or_revoked_key_does_not_count(read, ring, codes, validity, code):
    assert codes(read("s.json", signed(), "statement", key_ring=ring(**validity))) == {code}


@pytest.mark.parametrize("change", [{"person": "Bob Example"}, {"role": "business_owner"}])
def test_step_4_a_key_speaks_only_for_its_person_and_roles(read, ring, codes, change):
    assert codes(read("s.json", signed(MEMBERS | change), "statement", key_ring=ring())) == {"PK567"}


def test_step_5_a_statement_counts_through_its_last_day_only(read, ring, codes):
    assert (
        read("s.json", signed(MEMBERS | {"expires": "2026-11-21"}), "statement", key_ring=ring()).sufficiency
        == "sufficient"
    )
    assert codes(read("s.json", signed(MEMBERS | {"expires": "2026-11-20"}), "statement", key_ring=ring())) == {"PK564"}


def test_any_changed_byte_of_the_payload_is_found(read, ring, codes):
    envelope = json.loads(signed())
    payload = bytearray(base64.b64decode(envelope["payload"]))
    for index in range(0, len(payload), 7):
        changed = bytes(payload[:index]) + bytes([payload[index] ^ 1]) + bytes(payload[index + 1 :])
        broken = envelope | {"payload": base64.b64encode(changed).decode()}
        assert codes(read("s.json", broken, "statement", key_ring=ring())) == {"PK565"}


def test_a_signature_over_something_else_is_no_statement(read, ring, codes):
    other = sign_statement(Statement((Subject("x", DIGEST),), "urn:else", {}), [ALICE.dsse_signer()])
    assert codes(read("s.json", other.to_json(), "statement", key_ring=ring())) == {"PK560"}
    bare: Envelope = sign_envelope(PAYLOAD_TYPE, b"{}", [ALICE.dsse_signer()])
    assert codes(read("s.json", bare.to_json(), "statement", key_ring=ring())) == {"PK560"}
    foreign = sign_envelope("text/plain", b"{}", [ALICE.dsse_signer()])
    assert read("s.json", foreign.to_json(), "statement", key_ring=ring()).sufficiency == "error"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"decision": "perhaps"}, "PK571"),
        ({"decided_at": "2026-11-20T09:30:00"}, "PK516"),
        ({"decided_at": "2026-12-20T09:30:00Z"}, "PK518"),
        ({"expires": "soon"}, "PK515"),
        ({"expires": "2027-02-30"}, "PK515"),
        ({"share": "95"}, "PK571"),
    ],
)
def test_what_was_signed_must_be_understood_in_full(read, ring, codes, change, code):
    assert codes(read("s.json", signed(MEMBERS | change), "statement", key_ring=ring())) == {code}


@pytest.mark.parametrize("members", [MEMBERS | {"desicion": "x"}, {k: v for k, v in MEMBERS.items() if k != "role"}])
def test_a_statement_with_unknown_or_missing_members_is_never_signed(members):
    with pytest.raises(EvidenceError, match="PK5"):
        signed(members)


def test_sign_offs_are_counted_by_person_and_the_last_decision_counts(read, ring, project):
    (project / "keys.yaml").write_text(
        ring_text()
        + ring_text()
        .removeprefix("keys:\n")
        .replace(ALICE.verifier.to_text(), BOB.verifier.to_text())
        .replace("Alice", "Bob")
    )
    both = load_key_ring("keys.yaml", project)
    texts = [
        signed(),
        signed(MEMBERS | {"role": "security"}),
        signed(MEMBERS | {"person": "Bob Example"}, BOB),
        signed(MEMBERS | {"person": "Bob Example", "decision": "reject", "decided_at": "2026-11-20T10:00:00Z"}, BOB),
    ]
    parts = [read(f"{n}.json", text, "sign_off", key_ring=both) for n, text in enumerate(texts)]
    whole = merge(parts)
    assert whole.sufficiency == "sufficient", whole.problems
    counted = {
        name: whole.fields[name] for name in ("gate", "signatures", "approvals", "rejections", "people", "roles")
    }
    assert counted == {
        "gate": "launch",
        "signatures": 3,
        "approvals": 2,
        "rejections": 1,
        "people": 1,
        "roles": ("risk", "security"),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("key: alice", "key: nobody"),
        ("person", "persn"),
        ("roles: [risk, security]", "roles: [1]"),
        ("2026-01-01T00:00:00Z", "2026-01-01"),
        ("keys:", "kays:"),
        ("keys:\n", "keys:\n" + ring_text().removeprefix("keys:\n")),
    ],
)
def test_a_key_ring_that_is_not_understood_is_an_error(project, old, new):
    (project / "keys.yaml").write_text(ring_text().replace(old, new))
    with pytest.raises(EvidenceError, match="PK5"):
        load_key_ring("keys.yaml", project)


# --- manifests ----------------------------------------------------------------------------------------------------

UNTIMED = '<testsuite name="pytest"><testcase name="a"/></testsuite>'


@pytest.fixture
def with_manifest(read, project) -> Any:
    def reading(members: dict[str, Any], **more: Any) -> Any:
        plain = read("r.xml", UNTIMED, "test_run")
        stated = {"sha256": plain.sha256} | members
        (project / "r.xml.manifest.json").write_text(json.dumps(stated))
        return read("r.xml", None, "test_run", **more)

    return reading


def test_a_manifest_adds_what_the_file_does_not_say_and_is_only_claimed(with_manifest):
    evidence = with_manifest(
        {
            "produced_at": "2026-11-20T09:00:00Z",
            "subject": {"git_commit": "3f2a"},
            "environment": "ci",
            "tool_version": "9",
        }
    )
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.trust is Trust.CLAIMED
    assert evidence.produced_at.day == 20
    assert evidence.fields["git_commit"] == "3f2a"
    assert evidence.fields["environment"] == "ci"
    assert evidence.tool.version == "9"


def test_a_manifest_that_adds_nothing_leaves_the_trust_as_it_is(with_manifest):
    assert with_manifest({}).trust is Trust.FILE


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"sha256": DIGEST}, "PK551"),
        ({"produced_at": "2026-11-20T09:00:00"}, "PK516"),
        ({"produced_at": "2027-11-20T09:00:00Z"}, "PK518"),
        ({"expires_at": "2026-11-21T00:00:00Z"}, "PK564"),
        ({"complete": False}, "PK531"),
        ({"prodced_at": "x"}, "PK550"),
        ({"cases": "x"}, "PK515"),
        ({"sha256": None}, "PK515"),
    ],
)
def test_a_manifest_that_does_not_fit_is_never_a_pass(with_manifest, codes, members, code):
    assert codes(with_manifest(members)) == {code}


def test_a_manifest_never_overrides_the_file(read, project, codes):
    text = '<testsuite name="pytest" timestamp="2026-01-01T00:00:00Z"><testcase name="a"/></testsuite>'
    digest = read("r.xml", text, "test_run").sha256
    (project / "r.xml.manifest.json").write_text(json.dumps({"sha256": digest, "produced_at": "2026-11-20T00:00:00Z"}))
    evidence = read("r.xml", None, "test_run")
    assert codes(evidence) == {"PK552"}
    assert evidence.produced_at.month == 1


def sign_manifest(digest: str, members: dict[str, Any], about: str = "") -> bytes:
    statement = Statement((Subject("r.xml", about or digest),), MANIFEST_TYPE, {"sha256": digest} | members)
    return sign_statement(statement, [ALICE.dsse_signer()]).to_json()


def test_a_signed_manifest_makes_evidence_attested(read, ring, project, codes):
    digest = read("r.xml", UNTIMED, "test_run").sha256
    members = {"produced_at": "2026-11-20T09:00:00Z", "collected_at": "2026-11-20T09:05:00Z"}
    (project / "r.xml.manifest.json").write_bytes(sign_manifest(digest, members))
    evidence = read("r.xml", None, "test_run", key_ring=ring())
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.trust is Trust.ATTESTED
    assert codes(read("r.xml", None, "test_run")) == {"PK561"}
    assert codes(read("r.xml", None, "test_run", key_ring=ring(valid_to="2026-11-21T00:00:00Z"))) == {"PK562"}
    (project / "r.xml.manifest.json").write_bytes(sign_manifest(digest, members, about=DIGEST))
    assert codes(read("r.xml", None, "test_run", key_ring=ring())) == {"PK551"}


def test_a_manifest_that_the_project_names_must_be_there(read, codes):
    assert codes(read("r.xml", UNTIMED, "test_run", manifest="other.json")) == {"PK500"}
