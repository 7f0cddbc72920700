"""A gate that a recorded verdict says was met cannot be put off by an edit of the project file (ADR 28)."""

from __future__ import annotations

import json

import pytest

from tests.e2e.trail_project import HEAD, PROJECT, Place, make

AT = "2026-11-20T12:00:00Z"
POLICY = (
    HEAD
    + """
evidence agreement : audit_trail "the trail"
evidence golden    : evaluation  "the golden set"

requirement EVAL-1 "It is measured every three days"
  shown by golden
  owner    evaluation_lead
  before   launch and every 3 days after
  check    golden.cases >= 500
"""
)


def golden(day: str) -> str:
    return f"evidence: evaluation\nproduced_at: {day}T12:00:00Z\nvalues:\n  cases: 512\n"


@pytest.fixture
def place(tmp_path) -> Place:
    made = make(tmp_path / "claims", policy=POLICY)
    made.agree_all()
    made.write("golden.yaml", golden("2026-11-19"))
    return made


def launch(place: Place, day: str) -> None:
    place.write("policykit.yaml", f"{PROJECT}  golden: {{files: golden.yaml}}\ngates: {{launch: {day}}}\n")


def check(place: Place, *more: str) -> tuple[int, dict]:
    done = place.run("check", "--at", AT, "--format", "json", *more)
    assert done.code in {0, 1}, done.err
    return done.code, json.loads(done.out)


def test_a_gate_that_was_met_stays_passed(place):
    launch(place, "2026-11-01")
    assert check(place)[0] == 0
    assert place.records("verdict")[-1]["gate_day"] == "2026-11-01"
    place.write("golden.yaml", golden("2026-11-13"))
    launch(place, "2027-01-15")
    code, found = check(place, "--no-record")
    assert (code, found["clauses"][0]["outcome"]) == (1, "stale")
    assert found["rests_on"]["gate_days"] == {"launch": "2026-11-01"}


def test_a_launch_that_is_ahead_and_was_judged_before_stays_ahead(place):
    launch(place, "2027-01-15")
    assert check(place)[0] == 0
    place.write("golden.yaml", golden("2026-11-13"))
    for day in ("2027-01-15", "2027-02-01", "2026-12-01"):
        launch(place, day)
        code, found = check(place, "--no-record")
        assert (code, found["rests_on"]["gate_days"]) == (0, {}), day
        assert [(c["member"], c["says"]) for c in found["claims"]] == [("gates.launch", day)]


def test_a_gate_that_was_not_met_was_not_passed(place):
    launch(place, "2026-11-01")
    place.write("golden.yaml", golden("2026-11-13"))
    assert check(place)[0] == 1
    launch(place, "2027-01-15")
    assert check(place, "--no-record")[0] == 0


def test_a_trail_that_is_not_valid_excuses_nobody(place):
    launch(place, "2027-01-15")
    place.write("golden.yaml", golden("2026-11-13"))
    assert check(place, "--no-record")[0] == 0
    segment = place.root / "trail" / "seg" / "000000.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b"Ada", b"Eva"))
    code, found = check(place, "--no-record")
    assert (code, found["clauses"][0]["outcome"]) == (1, "stale")


def test_before_the_trail_has_begun_a_launch_may_be_ahead(tmp_path):
    made = make(tmp_path / "new", policy=POLICY)
    made.write("golden.yaml", golden("2026-11-13"))
    launch(made, "2027-01-15")
    assert check(made, "--no-record")[0] == 0
