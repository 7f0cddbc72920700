"""The example says what it promises: one system is not ready and one is, clause by clause, by the command that users have."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "invoice-triage"
AT = (EXAMPLE / "instant.txt").read_text("utf-8").strip()

READY_BUT_FOR = {"GOV-6": "not applicable", "INTEG-3": "waived", "SCORE-2": "not yet due"}
"""All others pass. SCORE-2 is for the report only, and its target is due later."""

NOT_READY = {
    "COST-1": "inconclusive",
    "COST-2": "error",
    "COST-3": "fail",
    "COST-4": "not supplied",
    "DATA-1": "fail",
    "EVAL-1": "fail",
    "EVAL-2": "fail",
    "EVAL-3": "inconclusive",
    "EVAL-4": "fail",
    "EVAL-5": "pass",
    "GOV-1": "not supplied",
    "GOV-2": "error",
    "GOV-3": "fail",
    "GOV-4": "not supplied",
    "GOV-5": "inconclusive",
    "GOV-6": "not applicable",
    "INTEG-1": "fail",
    "INTEG-2": "fail",
    "INTEG-3": "waived",
    "OWN-1": "fail",
    "OWN-2": "fail",
    "OWN-3": "stale",
    "OWN-4": "not supplied",
    "RED-1": "fail",
    "RED-2": "fail",
    "RED-3": "fail",
    "RUN-1": "pass",
    "RUN-2": "fail",
    "RUN-3": "inconclusive",
    "RUN-4": "not supplied",
    "SCORE-1": "pass",
    "SCORE-2": "pass",
}


def check(folder: Path, *arguments: str, at: str = AT) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, "-m", "policykit", "check", *arguments, "--at", at, "--format", "json"],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def outcomes(verdict: dict) -> dict[str, str]:
    return {clause["id"]: clause["outcome"] for clause in verdict["clauses"]}


def clause(verdict: dict, name: str) -> dict:
    return next(found for found in verdict["clauses"] if found["id"] == name)


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def test_the_release_is_ready_and_signed_for():
    code, verdict = check(EXAMPLE)
    assert {name: found for name, found in outcomes(verdict).items() if found != "pass"} == READY_BUT_FOR
    assert clause(verdict, "INTEG-3")["true_outcome"] == "stale"
    assert (code, verdict["result"], verdict["to_do"], verdict["not_counted"]) == (0, "met", [], [])
    assert all(sign_off["is_met"] for sign_off in verdict["sign_offs"])


@pytest.mark.parametrize("gate", ["pilot", "canary"])
def test_the_earlier_gates_of_the_release_are_met_as_well(gate):
    assert check(EXAMPLE, "--gate", gate)[0] == 0


def test_the_pilot_is_not_ready_and_each_clause_has_its_own_outcome():
    code, verdict = check(EXAMPLE, "not-ready.yaml")
    assert outcomes(verdict) == NOT_READY
    assert (code, verdict["result"]) == (1, "not met")


def test_the_pilot_shows_every_outcome_that_a_clause_can_have():
    assert set(NOT_READY.values()) == {
        "pass", "fail", "not supplied", "stale", "inconclusive", "waived", "not applicable", "error",
    }  # fmt: skip


def test_each_unmet_clause_of_the_pilot_says_why_who_and_by_when():
    _, verdict = check(EXAMPLE, "not-ready.yaml")
    unmet = {name for name, found in NOT_READY.items() if found not in ("pass", "waived", "not applicable")}
    tasks = [task for task in verdict["to_do"] if task["clause"]]
    assert {task["clause"] for task in tasks} == unmet
    assert all(
        task["what"] and all(owner["people"] for owner in task["owners"]) and task["owners"] and task["by"]
        for task in tasks
    )


def test_the_definition_covers_what_it_claims():
    _, verdict = check(EXAMPLE)
    kinds = [found["kind"] for found in verdict["clauses"]]
    assert (kinds.count("requirement"), kinds.count("scorecard")) == (30, 2)
    rules = re.findall(r"(?m)^rule ", (EXAMPLE / "invoice-triage.policy").read_text("utf-8"))
    assert len(rules) >= 6


def test_a_raised_threshold_fails_its_clause_with_value_and_threshold_and_voids_the_sign_offs(copy):
    edit(copy / "invoice-triage.policy", "golden.cases >= 100", "golden.cases >= 103")
    code, verdict = check(copy)
    changed = {name: found for name, found in outcomes(verdict).items() if found != "pass"}
    assert changed == {**READY_BUT_FOR, "EVAL-1": "fail"}
    (reason,) = clause(verdict, "EVAL-1")["reasons"]
    assert ("103" in reason["expected"], "102" in reason["got"], code) == (True, True, 1)
    assert {found["code"] for found in verdict["not_counted"]} == {"PK653"}


def test_a_lowered_threshold_passes_its_clause_and_does_not_hide_the_others(copy):
    edit(copy / "invoice-triage.policy", 'golden.cases >= 100\n       and every case in golden has source "production"',
         "golden.cases >= 24")  # fmt: skip
    _, verdict = check(copy, "not-ready.yaml")
    assert outcomes(verdict) == {**NOT_READY, "EVAL-1": "pass"}


def test_a_new_title_changes_neither_verdict_nor_sign_offs(copy):
    edit(copy / "invoice-triage.policy", '"Attacks fail"', '"No attack gets through"')
    assert check(copy)[0] == 0


def test_the_order_of_files_and_bindings_changes_nothing(copy):
    _, before = check(copy)
    shuffle_bindings(copy / "policykit.yaml")
    for number, path in enumerate(sorted((copy / "evidence" / "ready" / "sign-offs").iterdir())):
        path.rename(path.with_name(f"{9 - number}-{path.name}"))
    _, after = check(copy)
    assert outcomes(after) == outcomes(before)
    assert after["result"] == before["result"] == "met"


def test_the_order_of_bindings_does_not_even_change_the_digest(copy):
    _, before = check(copy)
    shuffle_bindings(copy / "policykit.yaml")
    assert check(copy)[1] == before


def shuffle_bindings(path: Path) -> None:
    head, bindings = path.read_text("utf-8").split("evidence:\n", 1)
    parts = re.findall(r"(?m)^  \w+:\n(?:    .*\n)+", bindings)
    assert "".join(parts) == bindings
    random.Random(1).shuffle(parts)
    path.write_text(f"{head}evidence:\n{''.join(parts)}", "utf-8")


@pytest.mark.parametrize(
    ("name", "clauses"),
    [
        ("golden.json", {"EVAL-1", "EVAL-2", "EVAL-3", "EVAL-4", "EVAL-5", "SCORE-1", "SCORE-2"}),
        ("rota.yaml", {"OWN-3"}),
    ],
)
def test_evidence_that_is_taken_away_fails_exactly_what_rests_on_it(copy, name, clauses):
    (copy / "evidence" / "ready" / name).unlink()
    _, verdict = check(copy)
    assert {found for found, outcome in outcomes(verdict).items() if outcome == "not supplied"} == clauses


def test_a_red_team_run_that_was_changed_after_it_was_signed_counts_for_nothing(copy):
    path = copy / "evidence" / "ready" / "attacks.json"
    path.write_bytes(path.read_bytes() + b"\n")
    _, verdict = check(copy)
    assert {name for name, outcome in outcomes(verdict).items() if outcome == "error"} == {"RED-1", "RED-2", "RED-3"}


def test_evidence_grows_old_and_the_weekly_clauses_go_first(copy):
    code, verdict = check(copy, at="2026-12-10T09:00:00Z")
    stale = {name for name, outcome in outcomes(verdict).items() if outcome == "stale"}
    assert code == 1
    assert {"EVAL-3", "OWN-3", "OWN-4", "DATA-1"} <= stale


def test_the_waiver_ends_with_its_day_in_berlin(copy):
    _, last = check(copy, at="2026-12-31T22:59:59Z")
    _, over = check(copy, at="2026-12-31T23:00:00Z")
    assert (outcomes(last)["INTEG-3"], outcomes(over)["INTEG-3"]) == ("waived", "stale")


def test_the_committed_evidence_is_small_and_names_no_machine():
    files = [path for path in (EXAMPLE / "evidence").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    assert not [path for path in files if re.search(rb"/(home|root|tmp|work|Users)/", path.read_bytes())]


def test_no_private_key_is_kept():
    assert not [path for path in EXAMPLE.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
