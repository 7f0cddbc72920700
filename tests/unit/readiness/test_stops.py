"""Laws of stops of the record: when they act, what keeps them from it, and what the verdict says of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from policykit.readiness.exports import exports
from policykit.readiness.verdict import StopVerdict
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, values, verdict, write

STOP = '\nstop HALT-1 "h"\n  when {}\n  then pause all calls, tell run_owner\n  resume by risk\n'
PILOT = (
    '\nrequirement PILOT-1 "p"\n  before pilot\n  shown by golden, no older than 30 days\n  check golden.cases >= 500\n'
)
SCORE = (
    '\nscorecard SCORE-1 "s"\n  shown by golden\n  measure golden.accuracy\n  baseline 41%\n'
    "  target at least 95% by {}\n  report only\n"
)
WAIVER = '\nwaive EVAL-1 through 2026-12-31\n  because "later"\n  approved by risk\n'
PEOPLE = "people: {risk: Cleo, evaluation_lead: Ada, run_owner: Ben}\n"
FEW = values(cases=100, accuracy="94%")
OLD = values(produced_at="2026-09-01T12:00:00Z", cases=512, accuracy="94%")


def stop_of(root: Path, **how) -> StopVerdict:
    (found,) = verdict(root, **how).stops
    return found


def judged(tmp_path: Path, when: str, clauses: str = CASES, project: str = PROJECT + GOLDEN, **files) -> StopVerdict:
    return stop_of(write(tmp_path, clauses + STOP.format(when), project, **files))


@pytest.mark.parametrize(
    ("when", "golden", "state"),
    [
        ("EVAL-1 fails", FEW, "tripped"),
        ("EVAL-1 fails", values(cases=512), "holds"),
        ("EVAL-1 passes", values(cases=512), "tripped"),
        ("EVAL-1 fails", OLD, "unknown"),
        ("EVAL-1 passes", OLD, "unknown"),
        ("EVAL-1 is unknown", OLD, "tripped"),
        ("EVAL-1 is unknown", FEW, "holds"),
        ("not (EVAL-1 passes)", FEW, "tripped"),
        ("not (EVAL-1 passes)", OLD, "unknown"),
        ("EVAL-1 is unknown or EVAL-1 fails", OLD, "tripped"),
        ("EVAL-1 fails and golden.accuracy < 90%", values(cases=512), "holds"),
        ("golden.accuracy < 95%", FEW, "tripped"),
        ("golden.accuracy < 90%", FEW, "holds"),
        ("golden.accuracy < 90%", values(cases=512), "unknown"),
        ("golden.accuracy is missing", values(cases=512), "tripped"),
        ("golden.accuracy < 90% or EVAL-1 fails", FEW, "tripped"),
    ],
)
def test_a_stop_says_what_its_condition_says_by_the_record(tmp_path, when, golden, state):
    found = judged(tmp_path, when, golden__yaml=golden)
    assert (found.state, found.acts) == (state, state != "holds")


@pytest.mark.parametrize(
    ("terms", "state"),
    [("", "holds"), ("golden", "holds"), ("golden, attested", "unknown"), ("golden, no older than 1 hour", "unknown")],
)
def test_its_evidence_must_be_as_trusted_and_as_young_as_it_says(tmp_path, terms, state):
    shown = f"shown by {terms}\n  when " if terms else "when "
    text = STOP.format("golden.accuracy < 90% or golden.accuracy is missing").replace("when ", shown, 1)
    assert stop_of(write(tmp_path, CASES + text)).state == state


def test_evidence_that_is_not_there_stops_what_is_in_force(tmp_path):
    found = stop_of(write(tmp_path, CASES + STOP.format("golden.accuracy < 90%"), PROJECT))
    assert (found.state, found.acts, found.tell) == ("unknown", True, ("run_owner",))


def test_a_stop_that_tells_while_it_is_unknown_holds_up_nothing(tmp_path):
    text = CASES + STOP.format("attacks.attacks < 9").replace("  resume", "  unknown tell risk\n  resume")
    found = verdict(write(tmp_path, text))
    (stop,) = found.stops
    assert (found.result, stop.state, stop.acts, stop.tell) == ("met", "unknown", False, ("risk",))
    assert [task.clause for task in found.to_do] == ["HALT-1"]
    assert "nothing is paused" in found.to_do[0].what


@pytest.mark.parametrize(
    ("days", "hours", "state"),
    [("", 0, "unknown"), ("gates: {pilot: 2026-11-20}\n", 0, "unknown"), ("gates: {pilot: 2026-11-21}\n", 0, "not in force"),
     ("gates: {pilot: 2026-11-21}\n", 12, "unknown")],
)  # fmt: skip
def test_a_stop_is_in_force_from_the_day_of_its_gate_on(tmp_path, days, hours, state):
    root = write(tmp_path, CASES + STOP.format("attacks.attacks < 9"), PROJECT + days + GOLDEN)
    found = verdict(root, at=AT + timedelta(hours=hours))
    assert [(stop.state, stop.acts) for stop in found.stops] == [(state, state == "unknown")]
    assert (found.result == "met") == (state == "not in force")
    claims = [claim for claim in found.claims if claim.member == "gates.pilot"]
    assert bool(claims) == (state == "not in force"), "a day that keeps a stop out of force is a claim"


def test_a_stop_holds_up_the_gates_from_its_own_on(tmp_path):
    text = CASES + PILOT + STOP.format("golden.accuracy < 95%").replace("  when", "  from launch\n  when")
    found = verdict(write(tmp_path, text))
    assert [(gate.gate, gate.is_met) for gate in found.gates] == [("pilot", True), ("launch", False)]
    assert verdict(tmp_path, gate="pilot").stops == ()
    assert found.headline.startswith("NOT MET")
    assert "1 stop acts (HALT-1)" in found.headline


@pytest.mark.parametrize(
    ("day", "state"), [("2026-11-19", "tripped"), ("2026-11-20", "holds"), ("2027-06-30", "holds")]
)
def test_a_target_is_missed_once_its_day_has_ended(tmp_path, day, state):
    assert judged(tmp_path, "SCORE-1 fails", CASES + SCORE.format(day)).state == state


def test_a_waived_clause_neither_passes_nor_fails(tmp_path):
    for when, state in (("EVAL-1 fails", "holds"), ("EVAL-1 passes", "holds"), ("EVAL-1 is unknown", "holds")):
        found = judged(tmp_path, when, CASES + WAIVER, PROJECT + PEOPLE + GOLDEN, golden__yaml=FEW)
        assert (found.state, found.clauses) == (state, {"EVAL-1": "waived"})


def test_a_continuing_requirement_that_is_due_again_is_unknown_and_so_acts(tmp_path):
    text = CASES.replace("  check", "  before pilot and every 7 days after\n  check") + STOP.format("EVAL-1 fails")
    root = write(tmp_path, text)
    assert stop_of(root).state == "holds"
    later = stop_of(root, at=AT + timedelta(days=10))
    assert (later.state, later.acts) == ("unknown", True)


def test_the_basis_changes_with_the_record_and_not_with_the_time(tmp_path):
    first = judged(tmp_path, "EVAL-1 fails", golden__yaml=FEW)
    assert stop_of(tmp_path, at=AT + timedelta(hours=1)).basis == first.basis
    assert judged(tmp_path, "EVAL-1 fails", golden__yaml=values(cases=101)).basis != first.basis


@pytest.mark.parametrize("form", sorted(exports()))
def test_every_format_shows_the_stop_what_decided_it_and_what_to_do(tmp_path, form):
    found = verdict(write(tmp_path, CASES + STOP.format("EVAL-1 fails"), golden__yaml=FEW))
    text = exports()[form].render(found)
    for words in ("HALT-1", "EVAL-1 fails", "pause all calls"):
        assert words in text.replace("\\", "")
    if form == "json":
        assert json.loads(text)["stops"][0]["acts"] is True
    if form == "junit":
        assert '<testcase name="HALT-1 h"' in text
        assert "tripped: pause all calls" in text


def test_a_stop_of_calls_is_not_for_the_check_to_decide(tmp_path):
    found = verdict(write(tmp_path, CASES + STOP.format("count of calls today > 5")))
    assert (found.stops, found.result) == ((), "met")
