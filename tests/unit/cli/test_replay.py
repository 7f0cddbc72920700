"""The command `replay`: exit codes, places, what people and machines read, and no bar where nobody looks."""

import json
import re

import pytest

from tests.unit.replay.recordings import KEY, OTHER_KEY, record

OLD = """language 1
policy small version "1.0.0"
  title "Small"
party supplier "Acme AI GmbH"
role duty of supplier
fact refund.amount : money EUR "the amount to be refunded"
rule MODEL-1 "Only approved models"
  on   request
  when call.model not in ["a-1"]
  then deny "the model {call.model} is not approved"
rule HUMAN-1 "Large refunds go to a person"
  on      response
  when    refund.amount > 500 EUR
  then    ask duty, answer within 4 hours, otherwise deny
rule PII-1 "Cards stay inside"
  on   request
  when call.text contains any of pii.card
  then redact
rule GONE-1 "Was needed once"
  on   request
  when call.team is missing
  then warn
"""
NEW = (
    OLD.replace("1.0.0", "1.1.0")
    .replace('["a-1"]', '["a-1", "b-2"]')
    .replace("500 EUR", "300 EUR")
    .replace("GONE-1", "NEW-1")
    .replace("is missing", 'is "secret"')
)
CALLS = [
    {"call": {"model": "a-1", "text": "hello", "team": "claims"}},
    {"call": {"model": "b-2", "text": "hello", "team": "claims"}},
    {"call": {"model": "b-2", "team": "claims"}},
    {"call": {"model": "c-3", "text": "4111 1111 1111 1111", "team": "secret"}},
    {"phase": "response", "refund": {"amount": "300.01 EUR"}},
    {"phase": "response", "refund": {"amount": "12.345678901234567890123 EUR"}},
]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "old.policy").write_text(OLD)
    (tmp_path / "new.policy").write_text(NEW)
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(each) + "\n" for each in CALLS))
    return tmp_path


def test_the_report_reads_as_it_always_did(policykit, files, golden):
    ran = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy")
    assert ran.code == 1
    assert ran.err == ""
    golden("replay/calls.text", re.sub(r"sha256:[0-9a-f]{12}", "sha256:000000000000", ran.out))


def test_machines_read_the_same_in_json(policykit, files, golden):
    ran = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy", "--format", "json", "--progress")
    assert (ran.code, ran.err) == (1, "")
    report = json.loads(ran.out)
    assert report["schema"] == "policykit-replay/v1"
    golden("replay/calls.json", re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, ran.out))


def test_nothing_changes_exits_0(policykit, files):
    (files / "calls.jsonl").write_text(json.dumps(CALLS[0]) + "\n")
    ran = policykit("replay", "new.policy", "calls.jsonl", "--against", "new.policy")
    assert (ran.code, ran.err) == (0, "")


def test_what_cannot_be_told_exits_2_and_says_so(policykit, files):
    (files / "calls.jsonl").write_text('{"call.model": "a-1", "call.team": "x"}\n')
    ran = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy")
    assert ran.code == 2
    assert "cannot tell PII-1: not on record: call.text (1)" in ran.out
    assert "error[PK964]: of 1 of 1 decisions it cannot be told whether they change" in ran.err


def test_a_mistake_among_many_lines_is_shown_with_its_place_and_exits_2(policykit, files):
    lines = (files / "calls.jsonl").read_text().splitlines()
    lines[2:2] = ['{"call.model": }']
    (files / "calls.jsonl").write_text("\n".join(lines) + "\n")
    ran = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy")
    assert ran.code == 2
    assert "calls.jsonl:3:16" in ran.err
    assert "replayed   6 decisions" in ran.out
    assert "left out   1 record not understood" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("new.policy", "nowhere.jsonl"), "PK001"),
        (("new.policy", "binary.jsonl", "--against", "old.policy"), "PK"),
        (("new.policy", "empty.jsonl"), "PK480"),
        (("new.policy", "calls.jsonl"), "PK959"),
        (("new.policy", "folder"), "PK700"),
        (("new.policy", "calls.jsonl", "--vault", "folder"), "PK963"),
        (("new.policy", "calls.jsonl", "--vault", "nowhere"), "PK963"),
        (("new.policy", "calls.jsonl", "--vkey", "x"), "PK8"),
        (("new.policy", "calls.jsonl", "--phase", "reqest"), "PK451"),
        (("nowhere.policy", "calls.jsonl"), "PK001"),
        (("binary.jsonl", "calls.jsonl"), "PK"),
        (("norules.policy", "calls.jsonl"), "PK450"),
    ],
)
def test_input_of_every_wrong_kind_is_an_error_without_a_traceback(policykit, files, arguments, code):
    (files / "binary.jsonl").write_bytes(bytes(range(256)) * 10)
    (files / "empty.jsonl").write_bytes(b"")
    (files / "folder").mkdir()
    (files / "norules.policy").write_text(
        OLD[: OLD.index("fact ")] + 'gate go "x"\nevidence e : evaluation from supplier "x"\n'
        'requirement R-1 "x"\n  owner duty\n  before go\n  shown by e\n  check e.cases > 1\n'
    )
    ran = policykit("replay", *arguments)
    assert ran.code == 2
    assert f"[{code}" in ran.err
    assert "Traceback" not in ran.err


def test_a_trail_is_replayed_with_its_key_and_its_vault(policykit, tmp_path):
    place = record(tmp_path, with_vault=True)
    arguments = ["replay", place.new, place.trail, "--vkey", KEY.verifier.to_text(), "--vault", place.vault]
    ran = policykit(*arguments)
    assert ran.code == 1
    assert "trail      verified with the key of example.com/claims" in ran.out
    assert "MODEL-1      1      0      0          1        0            0            0" in ran.out
    assert re.search(r"^PII-1 +1 +0 +0 +0 +0 +0 +1$", ran.out, re.MULTILINE)
    report = json.loads(policykit(*arguments, "--format", "json").out)
    assert report["decisions"]["by_phase"] == {"request": 5, "response": 3}
    assert [rules["version"] for rules in report["baselines"]] == ["1.0.0"]


def test_a_trail_without_its_key_is_said_not_to_be_verified(policykit, tmp_path):
    place = record(tmp_path)
    assert "trail      NOT verified against a key" in policykit("replay", place.new, place.trail).out


def test_a_trail_of_another_key_is_refused(policykit, tmp_path):
    place = record(tmp_path)
    ran = policykit("replay", place.new, place.trail, "--vkey", OTHER_KEY.verifier.to_text())
    assert (ran.code, ran.out) == (2, "")
    assert "error[PK962]: the trail is not replayed" in ran.err


def test_a_bar_is_shown_only_where_somebody_looks_or_asks(policykit, files):
    quiet = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy")
    asked = policykit("replay", "new.policy", "calls.jsonl", "--against", "old.policy", "--progress")
    assert quiet.err == ""
    assert "replaying" in asked.err
    assert asked.out == quiet.out


def test_call_records_can_come_from_standard_input(policykit, files):
    ran = policykit("replay", "new.policy", "-", "--against", "old.policy", stdin=(files / "calls.jsonl").read_bytes())
    assert ran.code == 1
    assert "<stdin>:2" in ran.out
