"""A later gate is not met while an earlier one is open, and says so in its first line."""

from __future__ import annotations

from datetime import date

from policykit.evidence.key_ring import NO_KEYS
from policykit.readiness.check import load_project
from policykit.readiness.decide import Inputs, decide
from policykit.readiness.statements import StatementFiles
from policykit.readiness.supply import supplies_of
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, ring, signed, verdict, write

ASKED = CASES + "\nsign-off for pilot by risk\n"
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"
RING = ring(("Ben Ito", "run_owner"), ("Cleo Marsh", "risk"))


def project(tmp_path, clauses=ASKED):
    return write(tmp_path, clauses, PROJECT + KEYS + GOLDEN, keys__yaml=RING)


def test_the_earlier_gates_sign_off_is_asked_for(tmp_path):
    root = project(tmp_path)
    found = verdict(root)
    assert found.result == "not met"
    assert "the earlier gate `pilot` is still open" in found.headline
    assert [problem.code for problem in found.problems] == ["PK632"]
    assert any("policykit check --gate pilot" in task.what for task in found.to_do)
    signed(root, "Cleo Marsh", "risk", gate="pilot")
    found = verdict(root)
    assert (found.result, found.problems) == ("met", ())


def test_an_earlier_gate_that_asks_nobody_holds_nothing_up(tmp_path):
    assert verdict(project(tmp_path, CASES)).result == "met"


def test_a_later_gate_holds_no_earlier_one_up(tmp_path):
    early = CASES.replace("  check ", "  before pilot\n  check ", 1) + "\nsign-off for launch by risk\n"
    root = project(tmp_path, early)
    assert verdict(root, gate="pilot").result == "met"
    assert verdict(root).result == "not met"


def test_a_gate_that_is_on_record_as_met_is_no_longer_open(tmp_path):
    policy, bound = load_project(project(tmp_path))
    supplies = supplies_of(policy, bound, AT, NO_KEYS)
    inputs = {
        met: Inputs(policy, bound, supplies, StatementFiles((), (), ()), AT, gates_met={met: date(2026, 1, 1)})
        for met in ("pilot", "launch")
    }
    assert decide(inputs["pilot"]).result == "met"
    assert decide(inputs["launch"]).result == "not met"
