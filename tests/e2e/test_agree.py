"""Laws of agreeing on a definition, with the real command in a folder of its own."""

from __future__ import annotations

import json

import pytest

from policykit.encoding.digest import digest_of_bytes
from policykit.encoding.dsse import parse_envelope
from policykit.encoding.statement import parse_statement, verify_statement
from policykit.readiness.check import load_project
from policykit.trail.format.keys import DsseKey, load_verifier_key
from tests.e2e.trail_project import PACK, POLICY, TRAIL_LINE, Place, make


@pytest.fixture
def place(tmp_path) -> Place:
    return make(tmp_path / "claims")


def test_a_definition_is_agreed_once_every_party_has_signed_its_digest(place):
    assert place.run("agree", "show").code == 1
    first = place.agree("Ada Lund")
    digest = load_project(place.root)[0].digest
    assert (first.code, first.out) == (0, f"{digest}\nagreed: record 1 of trail\nstill to agree: customer\n")
    assert "NOT AGREED: still to agree: customer" in place.run("agree", "show").out
    second = place.agree("Cleo Marsh")
    assert (second.code, second.out) == (0, f"{digest}\nagreed: record 2 of trail\nevery party has agreed\n")
    shown = place.run("agree", "show")
    assert (shown.code, "Ada Lund, Cleo Marsh" in shown.out, digest in shown.out) == (0, True, True)


def test_the_record_holds_the_signed_statement_over_the_digest_so_that_the_trail_alone_shows_who_signed(place):
    digest = place.agree_all()
    (record, _) = place.records("definition_agreed")
    assert record["policy"] == {"name": "claims-helper", "version": "1.0.0", "digest": digest}
    assert record["signers"] == ["Ada Lund (evaluation_lead)"]
    envelope = parse_envelope(record["envelope"].encode())
    assert record["statement"] == digest_of_bytes(record["envelope"].encode())
    key = DsseKey(load_verifier_key(str(place.root / "ada.pem.vkey")).public)
    statement = verify_statement(envelope, [key])
    assert [subject.digest for subject in statement.subjects] == [digest]
    assert statement.predicate["decision"] == "agree"


def test_agreeing_twice_is_recorded_once(place):
    place.agree_all()
    again = place.agree("Ada Lund")
    assert (again.code, "record 1 of trail" in again.out) == (0, True)
    assert len(place.records("definition_agreed")) == 2


def test_a_policy_with_errors_is_not_agreed_and_no_trail_begins(place):
    place.edit("claims.policy", "definition_agreed_at", "definition_agred_at")
    done = place.agree()
    assert (done.code, "definition_agreed_at" in done.err) == (2, True)
    assert not (place.root / "trail").exists()


@pytest.mark.parametrize(
    ("person", "role", "key", "code"),
    [
        ("Ada Lund", "evaluation_led", "ada.pem", "PK671"),
        ("Ada Lund", "run_owner", "ada.pem", "PK567"),
        ("Ada Lund", "evaluation_lead", "cleo.pem", "PK567"),
        ("Ada Lund", "evaluation_lead", "trail.pem", "PK561"),
        ("Ada Lund", "evaluation_lead", "none.pem", "PK800"),
        ("Ada Lund", "evaluation_lead", "keys.yaml", "PK800"),
    ],
)
def test_what_would_not_count_is_refused_and_not_recorded(place, person, role, key, code):
    done = place.run("agree", "--person", person, "--role", role, "--key", key)
    assert (done.code, code in done.err) == (2, True), done.err
    assert not (place.root / "trail").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "PK663"),
        (("--person", "Ada Lund"), "PK663"),
        (("-o", "x.json"), "PK663"),
        (("--statement", "none.json"), "PK500"),
        (("--statement", "claims.policy"), "PK560"),
        (("--statement", "."), "PK50"),
    ],
)
def test_half_a_command_is_refused(place, arguments, code):
    done = place.run("agree", *arguments)
    assert (done.code, code in done.err) == (2, True), done.err


def test_without_a_trail_without_its_key_and_with_the_key_of_another_origin_nothing_is_recorded(place):
    done = place.agree(POLICYKIT_TRAIL_KEY="")
    assert (done.code, "PK660" in done.err) == (2, True)
    done = place.agree("Ada Lund", "--trail-key", "ada.pem")
    assert (done.code, "PK661" in done.err) == (2, True)
    assert not (place.root / "trail").exists()
    place.edit("policykit.yaml", f"{TRAIL_LINE}\n", "")
    for done in (place.agree(), place.run("agree", "show")):
        assert (done.code, "PK667" in done.err) == (2, True)


# -- statements that are signed elsewhere


def test_who_has_no_trail_key_signs_to_a_file_and_another_records_it(place):
    written = place.agree("Cleo Marsh", "-o", "cleo.json", POLICYKIT_TRAIL_KEY="")
    assert (written.code, (place.root / "trail").exists()) == (0, False)
    assert parse_statement(parse_envelope((place.root / "cleo.json").read_bytes()).payload).predicate["person"] == (
        "Cleo Marsh"
    )
    done = place.agree("Ada Lund", "--statement", "cleo.json")
    assert (done.code, done.out.splitlines()[-1]) == (0, "every party has agreed")
    assert place.agree("Ada Lund", "-o", "cleo.json").code == 2  # never overwritten


def test_a_statement_about_another_definition_or_system_or_decision_is_refused(place):
    place.agree("Cleo Marsh", "-o", "cleo.json")
    place.edit("policykit.yaml", "name: claims-helper", "name: other-helper")
    done = place.run("agree", "--statement", "cleo.json")
    assert (done.code, "PK665" in done.err, "other-helper" in done.err) == (2, True, True)
    place.edit("policykit.yaml", "name: other-helper", "name: claims-helper")
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at - 1 day\n")
    done = place.run("agree", "--statement", "cleo.json")
    assert (done.code, "another definition" in done.err) == (2, True)
    other = ("--person", "Ada Lund", "--role", "evaluation_lead", "--key", "ada.pem", "-o", "said.json")
    assert place.run("attest", "statement", "I agree", "--decision", "yes", *other).code == 0
    done = place.run("agree", "--statement", "said.json")
    assert (done.code, "says `yes`" in done.err) == (2, True)


def test_a_statement_that_was_changed_is_refused(place):
    place.agree("Cleo Marsh", "-o", "cleo.json")
    document = json.loads((place.root / "cleo.json").read_text())
    document["payload"] = document["payload"][:-8] + "AAAA" + document["payload"][-4:]
    place.write("cleo.json", json.dumps(document))
    done = place.run("agree", "--statement", "cleo.json")
    assert (done.code, "PK565" in done.err) == (2, True)
    assert not (place.root / "trail").exists()


# -- what the check makes of it


def test_an_agreement_on_another_definition_is_none_on_this_one(place):
    place.agree_all()
    place.build()
    assert place.clause()["outcome"] == "pass"
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at + 365 days\n")
    assert place.clause()["outcome"] == "inconclusive"
    place.agree_all()
    assert place.run("agree", "show").code == 0


def test_one_party_alone_is_no_agreement(place):
    place.agree("Ada Lund")
    place.build()
    assert place.clause()["outcome"] == "inconclusive"


def amended(place: Place) -> str:
    """Agree, build, then change the definition; return the digest that was agreed."""
    digest = place.agree_all()
    place.build()
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at - 1 second\n")
    place.edit("claims.policy", "- 1 second", "- 0 seconds")
    return digest


def test_what_was_amended_after_the_build_began_was_not_agreed_before_it(place):
    digest = amended(place)
    place.agree("Ada Lund", "--amends", digest)
    assert place.clause()["outcome"] == "inconclusive"
    place.agree("Cleo Marsh", "--amends", digest)
    assert place.clause()["outcome"] == "fail"
    assert "it amends one that was agreed" in place.run("agree", "show").out


def by_the_first(place):
    """Let the requirement ask when the first definition was agreed."""
    place.edit("claims.policy", "agreement.definition_agreed_at", "agreement.definition_first_agreed_at")


def test_an_amendment_that_every_role_agrees_to_keeps_the_time_of_the_first(place):
    by_the_first(place)
    digest = amended(place)
    for person in ("Ada Lund", "Cleo Marsh"):
        place.agree(person, "--amends", digest)
    assert place.clause()["outcome"] == "pass"


def test_what_takes_the_place_of_a_definition_without_saying_so_is_agreed_when_it_is(place):
    amended(place)
    place.agree_all()
    assert place.clause()["outcome"] == "fail"


@pytest.mark.parametrize("amends", ["sha256:" + "0" * 64, "nonsense", "sha256:ABC"])
def test_what_was_never_agreed_cannot_be_amended(place, amends):
    place.agree_all()
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at - 1 hour\n")
    done = place.agree("Ada Lund", "--amends", amends)
    assert (done.code, "PK666" in done.err or "PK560" in done.err) == (2, True)
    assert len(place.records("definition_agreed")) == 2


def test_an_amendment_without_a_role_that_agreed_before_does_not_keep_the_time(place):
    place.write("claims.policy", POLICY)
    by_the_first(place)
    place.edit("keys.yaml", "roles: [evaluation_lead]", "roles: [evaluation_lead, run_owner]")
    place.agree("Ada Lund", role="run_owner")
    digest = amended(place)
    for person in ("Ada Lund", "Cleo Marsh"):
        assert place.agree(person, "--amends", digest).code == 0
    assert place.clause()["outcome"] == "fail"
    assert place.agree("Ada Lund", "--amends", digest, role="run_owner").code == 0
    assert place.clause()["outcome"] == "pass"


def test_a_key_that_was_revoked_takes_its_agreement_along_and_one_that_has_expired_since_does_not(place):
    place.agree_all()
    place.build()
    ring = (place.root / "keys.yaml").read_text()
    place.write("keys.yaml", ring.replace("00:00:00Z}", "00:00:00Z, revoked_at: 2026-06-01T00:00:00Z}", 1))
    assert place.clause()["outcome"] == "inconclusive"
    shown = place.run("agree", "show")
    assert (shown.code, "PK732" in shown.err) == (1, True)
    later = "00:00:00Z, valid_to: 2099-01-01T00:00:00Z}"
    place.write("keys.yaml", ring.replace("00:00:00Z}", later))
    assert place.clause("OWN-3", "--at", "2100-01-01T00:00:00Z")["outcome"] == "pass"
    place.write("keys.yaml", ring.replace("Ada Lund", "Ida Land"))
    assert place.clause()["outcome"] == "inconclusive"


def test_roles_that_a_pack_brings_and_no_party_fills_are_nobodys(tmp_path):
    place = make(tmp_path / "packed", policy=PACK.replace("build_owner, run_owner, security of", "run_owner of"))
    assert place.agree("Ada Lund").out.splitlines()[-1] == "still to agree: customer"
    assert place.agree("Cleo Marsh").out.splitlines()[-1] == "every party has agreed"


def test_building_before_agreeing_is_recorded_with_a_warning(place):
    place.agree("Ada Lund")
    done = place.run("agree", "build-started", "--by", "Ben Ito", "--reason", "sprint 1")
    assert (done.code, "PK658" in done.err, done.out) == (0, True, "building began: record 2 of trail\n")
    assert place.records("build_started")[0]["reason"] == "sprint 1"
