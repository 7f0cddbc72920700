"""Laws of the days of gates: which day counts, and that a day that was moved helps nobody in silence (ADR 28)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.evidence.key_ring import NO_KEYS
from policykit.readiness.check import load_project
from policykit.readiness.decide import Inputs, decide
from policykit.readiness.gate_days import COME, FURTHEST, gate_days, moved_days
from policykit.readiness.outcome import Outcome
from policykit.readiness.statements import StatementFiles
from policykit.readiness.supply import supplies_of
from tests.unit.readiness.projects import AT, GOLDEN, PROJECT, values, verdict, write

TODAY = AT.date()
DAY = timedelta(days=1)
WEEKLY = """
requirement EVAL-1 "It is measured every week"
  shown by golden
  before   launch and every 7 days after
  check    golden.cases >= 500
"""
OLD = values(cases=512, produced_at="2026-11-10T12:00:00Z")
gates = st.sampled_from(["pilot", "launch"])
days = st.dates(TODAY - 800 * DAY, TODAY + 800 * DAY)


def launch(day: date, golden: str = OLD, **more):
    return {"project": f"{PROJECT}gates: {{launch: {day}}}\n{GOLDEN}", "golden__yaml": golden, **more}


def decided(root, met):
    """Return the verdict of a project whose trail says for which days gates were met."""
    policy, project = load_project(root)
    found = supplies_of(policy, project, AT, NO_KEYS)
    return decide(Inputs(policy, project, found, StatementFiles((), (), ()), AT, gates_met=met))


@given(st.dictionaries(gates, days), st.dictionaries(gates, days))
def test_a_day_that_counts_is_never_later_than_the_stated_one_and_no_gate_gains_a_day(stated, met):
    counted = gate_days(stated, met, TODAY)
    assert set(counted) <= set(stated)
    for gate, day in counted.items():
        assert day <= stated[gate]
        assert day <= TODAY + FURTHEST
        if met.get(gate, date.max) <= TODAY:
            assert day <= met[gate]


@given(st.dictionaries(gates, days))
def test_a_day_within_a_year_stands_where_the_trail_says_nothing(stated):
    near = {gate: day for gate, day in stated.items() if day <= TODAY + FURTHEST}
    assert gate_days(stated, {}, TODAY) == near
    assert moved_days(stated, near) == dict.fromkeys(sorted(set(stated) - set(near)), COME)


@given(st.dictionaries(gates, days), st.dictionaries(gates, days), gates, days)
def test_a_further_record_never_puts_a_day_off(stated, met, gate, day):
    before, after = gate_days(stated, met, TODAY), gate_days(stated, {**met, gate: min(day, met.get(gate, day))}, TODAY)
    assert all(after[name] <= before[name] for name in after)
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("day", "outcome", "claims"),
    [
        (TODAY - 9 * DAY, Outcome.STALE, 0),
        (TODAY, Outcome.STALE, 0),
        (TODAY + DAY, Outcome.PASS, 1),
        (TODAY + FURTHEST, Outcome.PASS, 1),
        (TODAY + FURTHEST + DAY, Outcome.STALE, 0),
        (date(2099, 1, 1), Outcome.STALE, 0),
    ],
)
def test_a_launch_that_is_ahead_puts_the_interval_off_as_a_claim_and_a_far_one_does_not(tmp_path, day, outcome, claims):
    found = verdict(write(tmp_path, WEEKLY, **launch(day)))
    assert found.clauses[0].outcome is outcome
    said = [(c.member, c.says, c.clauses) for c in found.claims]
    assert said == [("gates.launch", day.isoformat(), ("EVAL-1",))] * claims


def test_without_a_day_the_interval_runs(tmp_path):
    assert verdict(write(tmp_path, WEEKLY, golden__yaml=OLD)).clauses[0].outcome is Outcome.STALE


@pytest.mark.parametrize(
    ("met", "outcome"),
    [
        ({"launch": TODAY - 9 * DAY}, Outcome.STALE),
        ({"launch": TODAY}, Outcome.STALE),
        ({"launch": TODAY + DAY}, Outcome.PASS),
        ({"pilot": TODAY - 9 * DAY}, Outcome.PASS),
        ({}, Outcome.PASS),
    ],
)
def test_a_gate_that_was_met_is_not_put_off_afterwards(tmp_path, met, outcome):
    root = write(tmp_path, WEEKLY, **launch(TODAY + 30 * DAY))
    found = decided(root, met)
    assert found.clauses[0].outcome is outcome
    is_moved = outcome is Outcome.STALE
    assert found.rests_on.gate_days == ({"launch": met["launch"].isoformat()} if is_moved else {})
    assert (
        any("does not put the interval off: the trail has the gate as met" in n for n in found.clauses[0].notes)
        == is_moved
    )
    assert (found.digest == decided(root, {}).digest) != is_moved
    assert bool(found.claims) != is_moved


def test_a_gate_that_was_met_and_is_measured_still_passes(tmp_path):
    root = write(tmp_path, WEEKLY, **launch(TODAY + 30 * DAY, values(cases=512)))
    assert decided(root, {"launch": TODAY - 9 * DAY}).clauses[0].outcome is Outcome.PASS


def test_a_day_that_has_come_relieves_nothing_and_is_no_claim(tmp_path):
    found = verdict(write(tmp_path, WEEKLY, **launch(TODAY, values(cases=512))))
    assert (found.clauses[0].outcome, found.claims) == (Outcome.PASS, ())
