"""An auditor answers from a trail, written with the defaults by a process that died, and from nothing else."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from policykit.encoding.jcs import canonical_json
from policykit.engine.load import load
from policykit.trail import SigningKey
from policykit.trail.export import ExportFormat, export_lines, summary
from policykit.trail.query import read_records
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict

APP = Path(__file__).with_name("auditor_app.py")
HAPPENED = [
    ("dora", "refund", {"order": "R-1", "amount": "42 EUR"}, "", "returned"),
    ("bob", "wire", {"to": "ACME", "amount": "900 EUR"}, "approved by ann as treasurer", "returned"),
    ("carl", "wire", {"to": "EVIL", "amount": "900 EUR"}, "refused by ann as treasurer", "did not run"),
    ("erna", "wire", {"to": "SLOW", "amount": "900 EUR"}, "lapsed: expired", "did not run"),
    ("dora", "refund", {"order": "R-13", "amount": "5 EUR"}, "", "raised ConnectionError"),
    ("dora", "refund", {"order": "R-99", "amount": "5 EUR"}, "", "was still running, or its process died"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the service left behind."""
    place = tmp_path_factory.mktemp("service")
    done = subprocess.run([sys.executable, str(APP), str(place)], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (9, "")
    return place


def call_of(members):
    return members["decision_id"].rpartition(".")[0]


def answer_about(call, records):
    """The answers about one call: for whom, what, which arguments, who approved, how it ended."""
    mine = [each for each in records if each.get("decision_id", "").rpartition(".")[0] == call]
    first = next(each for each in mine if each["type"] == "decision" and each["phase"] == "tool input")
    approval = ""
    for each in mine:
        if each["type"] == "approval":
            word = "approved" if each["granted"] else "refused"
            approval = f"{word} by {each['approver']} as {each['role']}"
        elif each["type"] == "approval_lapsed":
            approval = f"lapsed: {each['reason']}"
    end = next((each for each in mine if "ended" in each), None)
    if first.get("refused"):
        ended = "did not run"
    elif end is None:
        ended = "was still running, or its process died"
    else:
        ended = f"{end['ended']} {end.get('error_type', '')}".strip()
    return first["principal"], first["tool"], first["arguments"], approval, ended


def told(records):
    decisions = [each for each in records if each["type"] == "decision"]
    return [answer_about(call, records) for call in dict.fromkeys(map(call_of, decisions))]


def expected():
    return [
        (who, tool, f"sha256:{hashlib.sha256(canonical_json(arguments)).hexdigest()}", approval, ended)
        for who, tool, arguments, approval, ended in HAPPENED
    ]


def test_what_ran_with_what_who_approved_and_how_it_ended_is_told_from_the_trail(folder):
    assert told([record.members for record in read_records(folder / "trail")]) == expected()


def test_under_which_version_of_which_policy(folder):
    decisions = [each.members for each in read_records(folder / "trail") if each.type == "decision"]
    known = load(folder / "payments.policy").digest
    assert {(each["policy"]["name"], each["policy"]["version"], each["policy"]["digest"]) for each in decisions} == {
        ("payments", "2.1.0", known)
    }
    assert all(each["at"] <= each["ts"] for each in decisions)


def test_the_table_answers_the_same(folder):
    lines = export_lines(read_records(folder / "trail"), ExportFormat.CSV, "example.com/payments")
    rows = [
        {name: cell for name, cell in row.items() if cell} for row in csv.DictReader(line.decode() for line in lines)
    ]
    for row in rows:
        row.update({name: row[name] == "true" for name in ("granted", "refused") if name in row})
    assert told(rows) == expected()
    assert {row["call_id"] for row in rows if "decision_id" in row} == {
        call_of(row) for row in rows if "decision_id" in row
    }
    asked = {row["request"] for row in rows if row["type"] == "approval_requested"}
    assert asked == {row["request"] for row in rows if row["type"] in {"approval", "approval_lapsed"}}


def test_events_have_the_call_as_their_subject(folder):
    lines = export_lines(read_records(folder / "trail"), ExportFormat.CLOUDEVENTS, "example.com/payments")
    events = [json.loads(line) for line in lines]
    assert {event.get("subject", "") for event in events if "decision_id" in event["data"]} == {
        call_of(event["data"]) for event in events if "decision_id" in event["data"]
    }
    assert not any("subject" in event for event in events if "decision_id" not in event["data"])


def test_what_is_shown_says_at_a_glance_what_came_of_it_and_who(folder):
    shown = [summary(record)[2:] for record in read_records(folder / "trail")]
    decisions = [(kind, outcome, who) for kind, outcome, _, who in shown if kind.startswith("decision")]
    assert decisions[:5] == [
        ("decision refund", "allow", "dora"),
        ("decision refund", "returned, allow", "dora"),
        ("decision wire", "ask", "bob, approved by ann"),
        ("decision wire", "returned, allow", "bob"),
        ("decision wire", "refused, ask", "carl"),
    ]
    assert decisions[-2] == ("decision refund", "raised ConnectionError", "dora")


def test_no_argument_and_no_message_is_in_the_clear_and_the_trail_is_whole(folder):
    data = b"".join(path.read_bytes() for path in (folder / "trail").rglob("*") if path.is_file())
    assert not any(word in data for word in (b"R-13", b"EVIL", b"900 EUR", b"Smith"))
    key = SigningKey.from_seed("example.com/payments", bytes(range(32))).verifier
    assert verify_trail(folder / "trail", [key]).verdict is not TrailVerdict.INVALID
