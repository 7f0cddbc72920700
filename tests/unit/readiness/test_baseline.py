"""Laws of comparison: a run is compared only with an earlier run of the same tool on the same data."""

from __future__ import annotations

import pytest

from policykit.readiness.outcome import Outcome
from tests.unit.readiness.projects import PROJECT, clause, promptfoo, values, verdict, write

CHECK = """
requirement EVAL-1 "Nothing got worse"
  shown by golden, no older than 30 days
  check    golden.accuracy >= golden.baseline_accuracy - 1 percentage point
"""
BOUND = "evidence: {golden: {files: golden.json, baseline: before.json}}\n"
BEFORE = {"at": "2026-10-01T12:00:00.000Z"}


def compared(tmp_path, clauses=CHECK, project=PROJECT + BOUND, **files):
    return clause(write(tmp_path, clauses, project, **files))


def test_a_run_that_is_as_good_as_its_baseline_passes(tmp_path):
    found = compared(tmp_path, golden__json=promptfoo(passed=490), before__json=promptfoo(passed=492, **BEFORE))
    assert found.outcome is Outcome.PASS
    assert {r.name for r in found.reads} == {"golden.accuracy", "golden.baseline_accuracy"}


def test_a_run_that_got_worse_fails_with_the_threshold_worked_out(tmp_path):
    found = compared(
        tmp_path, golden__json=promptfoo(cases=100, passed=90), before__json=promptfoo(cases=100, passed=95, **BEFORE)
    )
    assert found.outcome is Outcome.FAIL
    assert found.reasons[0].expected == "at least 94% (golden.baseline_accuracy - 1 percentage point)"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (promptfoo(version="0.122.0", **BEFORE), "another version of the tool"),
        (promptfoo(cases=500, passed=490, **BEFORE), "other cases"),
        (promptfoo(), "the baseline is the run itself"),
    ],
)
def test_a_baseline_that_measured_something_else_is_refused(tmp_path, before, words):
    found = compared(tmp_path, golden__json=promptfoo(), before__json=before)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons[0].code == "PK626"
    assert words in found.reasons[0].message


def test_a_baseline_of_another_tool_is_refused(tmp_path):
    project = PROJECT + "evidence: {golden: {files: golden.json, baseline: before.yaml}}\n"
    found = compared(
        tmp_path,
        project=project,
        golden__json=promptfoo(),
        before__yaml=values(accuracy="90%", produced_at="2026-10-01T12:00:00Z"),
    )
    assert (found.outcome, found.reasons[0].message) == (
        Outcome.INCONCLUSIVE,
        "the baseline was made with another tool",
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "comparable"),
    [
        ({"dataset": "locked", "dataset_version": "v3"}, {"dataset": "locked", "dataset_version": "v3"}, True),
        ({"dataset": "locked", "dataset_version": "v3"}, {"dataset": "locked", "dataset_version": "v2"}, False),
        ({"dataset": "locked"}, {"dataset": "other"}, False),
        ({"dataset": "locked"}, {}, False),
        ({}, {"dataset": "locked"}, False),
        ({}, {}, False),
    ],
)
def test_both_runs_must_be_known_to_be_on_the_same_data_set(tmp_path, ours, theirs, comparable):
    project = PROJECT + "evidence: {golden: {files: golden.yaml, baseline: before.yaml}}\n"
    found = compared(
        tmp_path,
        project=project,
        golden__yaml=values(accuracy="94%", **ours),
        before__yaml=values(accuracy="94.5%", produced_at="2026-10-01T12:00:00Z", **theirs),
    )
    assert found.outcome is (Outcome.PASS if comparable else Outcome.INCONCLUSIVE)


def test_a_metric_that_the_baseline_does_not_have_is_unknown(tmp_path):
    project = PROJECT + "evidence: {golden: {files: golden.yaml, baseline: before.yaml}}\n"
    found = compared(
        tmp_path,
        project=project,
        golden__yaml=values(accuracy="94%", dataset="d"),
        before__yaml=values(score="0.9", dataset="d", produced_at="2026-10-01T12:00:00Z"),
    )
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK611")


def test_a_missing_baseline_says_how_to_bind_one(tmp_path):
    project = PROJECT + "evidence: {golden: {files: golden.json}}\n"
    found = compared(tmp_path, project=project, golden__json=promptfoo())
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK627")


@pytest.mark.parametrize("before", ["{", promptfoo(cases=0, passed=0, **BEFORE)])
def test_a_baseline_that_cannot_be_relied_on_is_refused(tmp_path, before):
    found = compared(tmp_path, golden__json=promptfoo(), before__json=before)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons[0].place.startswith("before.json")


def test_a_files_own_baseline_never_stands_in_for_one_that_was_refused(tmp_path):
    project = PROJECT + "evidence: {golden: {files: golden.yaml, baseline: before.yaml}}\n"
    found = compared(
        tmp_path,
        project=project,
        golden__yaml=values(accuracy="94%", baseline_accuracy="10%", dataset="d"),
        before__yaml=values(accuracy="99%", dataset="other", produced_at="2026-10-01T12:00:00Z"),
    )
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK626")


def test_the_trust_that_is_demanded_holds_for_the_baseline_too(tmp_path):
    clauses = CHECK.replace("golden,", "golden, file,")
    project = PROJECT + "evidence: {golden: {files: golden.json, baseline: before.yaml}}\n"
    found = compared(tmp_path, clauses, project, golden__json=promptfoo(), before__yaml=values(accuracy="94%"))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_requirement_that_does_not_compare_does_not_mind_the_baseline(tmp_path):
    clauses = CHECK.replace("golden.baseline_accuracy - 1 percentage point", "90%")
    assert compared(tmp_path, clauses, golden__json=promptfoo(), before__json="{").outcome is Outcome.PASS


def test_the_digest_of_the_verdict_covers_the_baseline(tmp_path):
    root = write(
        tmp_path, CHECK, PROJECT + BOUND, golden__json=promptfoo(), before__json=promptfoo(passed=480, **BEFORE)
    )
    first = verdict(root)
    assert first.rests_on.baselines["golden"][0][0] == "before.json"
    (root / "before.json").write_text(promptfoo(passed=481, **BEFORE))
    assert verdict(root).digest != first.digest
