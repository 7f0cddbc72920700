"""Laws of what is left to do and of what ends next: the order of tasks, by when, and who has not agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, ring, signed, values, verdict, write

DAYS = "gates: {pilot: 2026-12-01, launch: 2027-01-15}\n"
LATER_FIRST = """
requirement SIZE-1 "Asked for before the launch, written first"
  shown by golden
  check    golden.cases >= 500

requirement ZERO-1 "Asked for before the pilot, written last"
  before   pilot
  shown by golden
  check    golden.accuracy >= 95%
"""
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"


def test_tasks_come_in_the_order_of_the_gates_each_by_the_day_of_its_own(tmp_path):
    found = verdict(write(tmp_path, LATER_FIRST, PROJECT + DAYS + GOLDEN, golden__yaml=values(cases=5, accuracy="90%")))
    assert [(task.clause, task.by) for task in found.to_do] == [("ZERO-1", "2026-12-01"), ("SIZE-1", "2027-01-15")]


def test_a_task_has_no_day_where_no_gate_has_one(tmp_path):
    found = verdict(write(tmp_path, golden__yaml=values(cases=5)))
    assert [task.by for task in found.to_do] == [""]


@pytest.mark.parametrize(("decision", "listed"), [("approve", True), ("reject", False)])
def test_an_approval_ends_and_a_rejection_does_not(tmp_path, decision, listed):
    keys = ring(("Ben Ito", "run_owner"), valid_to="2027-02-01T00:00:00Z")
    clauses = CASES + "\nsign-off for launch by run_owner\n"
    root = write(tmp_path, clauses, PROJECT + KEYS + GOLDEN, keys__yaml=keys)
    how = {} if decision == "approve" else {"decision": "reject", "text": "the drift is not explained"}
    signed(root, "Ben Ito", "run_owner", expires=(AT + timedelta(days=5)).date(), **how)
    ends = [each for each in verdict(root).expires if each.what.startswith("sign-off")]
    assert [each.what for each in ends] == (["sign-off for launch of Ben Ito (run_owner)"] if listed else [])
