"""Laws of the outcome of one clause: the eight outcomes stay distinct, and each says what would have to change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policykit.errors import DecisionUsageError
from policykit.readiness.outcome import Outcome, gravest
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, clause, promptfoo, values, verdict, write


def test_a_condition_that_is_true_on_usable_evidence_passes(tmp_path):
    found = clause(write(tmp_path))
    assert found.outcome is Outcome.PASS
    assert found.reasons == ()
    assert [(r.name, r.value, r.file) for r in found.reads] == [("golden.cases", "512", "golden.yaml")]


def test_a_condition_that_is_false_fails_with_file_value_threshold_and_owner(tmp_path):
    project = PROJECT + "people: {evaluation_lead: Ada Lund}\ngates: {launch: 2027-01-15}\n" + GOLDEN
    root = write(tmp_path, project=project, golden__yaml=values(cases=480))
    found = clause(root)
    assert found.outcome is Outcome.FAIL
    (reason,) = found.reasons
    assert (reason.code, reason.place, reason.got, reason.expected) == ("PK610", "golden.yaml", "480", "at least 500")
    (task,) = verdict(root).to_do
    assert (task.clause, task.owners[0].role, task.owners[0].people, task.by) == (
        "EVAL-1",
        "evaluation_lead",
        ("Ada Lund",),
        "2027-01-15",
    )


def test_evidence_that_nothing_is_bound_to_is_not_supplied(tmp_path):
    found = clause(write(tmp_path, project=PROJECT))
    assert (found.outcome, found.reasons[0].code) == (Outcome.NOT_SUPPLIED, "PK620")


@pytest.mark.parametrize("files", ["gone.yaml", "gone/*.yaml"])
def test_a_file_that_is_not_there_is_not_supplied_and_no_error(tmp_path, files):
    found = clause(write(tmp_path, project=PROJECT + f"evidence: {{golden: {{files: {files}}}}}\n"))
    assert found.outcome is Outcome.NOT_SUPPLIED
    assert found.reasons[0].place == files


def test_evidence_older_than_allowed_is_stale_and_the_limit_itself_is_not(tmp_path):
    root = write(tmp_path, golden__yaml=values(cases=512, produced_at="2026-10-21T12:00:00Z"))
    assert clause(root).outcome is Outcome.PASS
    found = clause(root, at=AT + timedelta(microseconds=1))
    assert (found.outcome, found.reasons[0].code) == (Outcome.STALE, "PK622")
    assert found.reasons[0].expected == "no older than 30 days"


def test_a_pass_ends_at_the_instant_that_the_verdict_names(tmp_path):
    root = write(tmp_path)
    (use,) = clause(root).evidence
    assert use.usable_until == "2026-12-19T12:00:00.000001Z"
    assert verdict(root).expires[0].at == use.usable_until
    end = AT.fromisoformat(use.usable_until)
    assert clause(root, at=end - timedelta(microseconds=1)).outcome is Outcome.PASS
    assert clause(root, at=end).outcome is Outcome.STALE


def test_evidence_past_the_day_that_it_states_is_stale_even_where_no_age_is_demanded(tmp_path):
    clauses = CASES.replace(", no older than 30 days", "")
    root = write(tmp_path, clauses, golden__yaml="expires_at: 2026-11-20T12:00:00Z\n" + values(cases=512))
    found = clause(root)
    assert (found.outcome, found.reasons[0].code) == (Outcome.STALE, "PK623")
    assert clause(root, at=AT - timedelta(seconds=1)).outcome is Outcome.PASS


def test_evidence_of_unknown_age_is_inconclusive_where_an_age_is_demanded_and_only_there(tmp_path):
    undated = values(cases=512, produced_at="")
    found = clause(write(tmp_path, golden__yaml=undated))
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK625")
    assert clause(write(tmp_path, CASES.replace(", no older than 30 days", ""), golden__yaml=undated)).outcome is (
        Outcome.PASS
    )


def test_a_time_that_a_person_states_dates_the_evidence_and_makes_it_claimed(tmp_path):
    clauses = CASES.replace("golden,", "golden, file,")
    bound = "evidence: {golden: {files: golden.json, collected_at: '2026-11-19T12:00:00Z'}}\n"
    untimed = promptfoo().replace('"timestamp": "2026-11-19T12:00:00.000Z", ', "")
    root = write(tmp_path, clauses, PROJECT + bound, golden__json=untimed)
    found = clause(root)
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK624")
    assert found.evidence[0].trust == "claimed"
    assert clause(write(tmp_path, CASES, PROJECT + bound, golden__json=untimed)).outcome is Outcome.PASS


def test_a_collected_at_in_the_future_is_an_error(tmp_path):
    bound = "evidence: {golden: {files: golden.yaml, collected_at: '2027-11-19T12:00:00Z'}}\n"
    found = clause(write(tmp_path, project=PROJECT + bound, golden__yaml=values(cases=512, produced_at="")))
    assert (found.outcome, found.reasons[0].code) == (Outcome.ERROR, "PK628")


def test_less_trust_than_demanded_is_inconclusive(tmp_path):
    found = clause(write(tmp_path, CASES.replace("golden,", "golden, attested,")))
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK624")
    assert (found.reasons[0].expected, found.reasons[0].got) == ("`attested`", "`claimed`")


def test_a_tools_own_output_is_trusted_as_a_file(tmp_path):
    clauses = CASES.replace("golden,", "golden, file,")
    project = PROJECT + "evidence: {golden: {files: golden.json}}\n"
    assert clause(write(tmp_path, clauses, project, golden__json=promptfoo())).outcome is Outcome.PASS


def test_evidence_that_cannot_be_understood_is_an_error(tmp_path):
    found = clause(write(tmp_path, golden__yaml="evidence: evaluation\nvalues:\n  casse: 512\n"))
    assert found.outcome is Outcome.ERROR
    assert found.reasons[0].place.startswith("golden.yaml:3")


def test_evidence_from_the_future_is_an_error(tmp_path):
    found = clause(write(tmp_path, golden__yaml=values(cases=512, produced_at="2026-12-19T12:00:00Z")))
    assert (found.outcome, found.reasons[0].code) == (Outcome.ERROR, "PK518")


def test_a_run_without_cases_is_inconclusive(tmp_path):
    project = PROJECT + "evidence: {golden: {files: golden.json}}\n"
    found = clause(write(tmp_path, CASES, project, golden__json=promptfoo(cases=0, passed=0)))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_value_that_the_evidence_does_not_show_is_inconclusive_and_never_zero(tmp_path):
    clauses = CASES.replace("golden.cases >= 500", "golden.errors <= 3")
    found = clause(write(tmp_path, clauses))
    assert (found.outcome, found.reasons[0].code) == (Outcome.INCONCLUSIVE, "PK611")


def test_only_a_definite_no_makes_a_requirement_not_applicable(tmp_path):
    clauses = CASES + "  applies when system.reads_mail is yes\n"
    bad = values(cases=1)
    no = write(tmp_path, clauses, PROJECT + "facts: {system.reads_mail: no}\n" + GOLDEN, golden__yaml=bad)
    assert clause(no).outcome is Outcome.NOT_APPLICABLE
    yes = write(tmp_path, clauses, PROJECT + "facts: {system.reads_mail: yes}\n" + GOLDEN, golden__yaml=bad)
    assert clause(yes).outcome is Outcome.FAIL
    unknown = clause(write(tmp_path, clauses, PROJECT + GOLDEN, golden__yaml=bad))
    assert unknown.outcome is Outcome.FAIL
    assert "unknown" in unknown.notes[0]


@pytest.mark.parametrize("when", ["golden.cases is supplied", "not (golden.cases is missing)"])
def test_taking_evidence_away_never_makes_a_requirement_not_applicable(tmp_path, when):
    clauses = CASES + f"  applies when {when}\n"
    assert clause(write(tmp_path, clauses)).outcome is Outcome.PASS
    assert clause(write(tmp_path, clauses, PROJECT)).outcome is Outcome.NOT_SUPPLIED


@pytest.mark.parametrize(
    "check",
    [
        "golden.errors is missing",
        'every slice of golden by team in ["a"] has errors is missing',
    ],
)
def test_evidence_that_is_not_there_never_answers_that_something_is_missing(tmp_path, check):
    clauses = f'requirement EVAL-1 "Nothing is missing"\n  check {check}\n'
    assert clause(write(tmp_path, clauses, PROJECT)).outcome is Outcome.NOT_SUPPLIED


def test_evidence_about_another_version_does_not_count(tmp_path):
    root = write(tmp_path, golden__yaml='subject: {version: "0.9.0"}\n' + values(cases=512))
    found = clause(root)
    assert (found.outcome, found.reasons[0].code) == (Outcome.NOT_SUPPLIED, "PK621")
    assert (found.reasons[0].expected, found.reasons[0].got) == ("`1.0.0`", "`0.9.0`")


def test_evidence_about_another_model_does_not_count(tmp_path):
    project = PROJECT.replace("version:", "model: other-model, version:") + "evidence: {golden: {files: golden.json}}\n"
    found = clause(write(tmp_path, CASES, project, golden__json=promptfoo()))
    assert (found.outcome, found.reasons[0].code) == (Outcome.NOT_SUPPLIED, "PK621")


def test_what_the_project_file_says_of_an_evidence_is_held_against_the_file_and_the_system(tmp_path):
    bound = 'evidence: {golden: {files: golden.yaml, subject: {version: "0.9.0"}}}\n'
    assert clause(write(tmp_path, project=PROJECT + bound)).reasons[0].code == "PK621"
    stated = 'subject: {version: "1.0.0"}\n' + values(cases=512)
    assert clause(write(tmp_path, project=PROJECT + bound, golden__yaml=stated)).outcome is Outcome.NOT_SUPPLIED


def test_a_commit_that_is_only_written_shorter_is_the_same_commit(tmp_path):
    project = PROJECT.replace("version:", "git_commit: 8f3c1e0, version:") + GOLDEN
    commit = "subject: {git_commit: 8f3c1e0d5ab2c3d4e5f60718293a4b5c6d7e8f90}\n"
    assert clause(write(tmp_path, project=project, golden__yaml=commit + values(cases=512))).outcome is Outcome.PASS
    other = "subject: {git_commit: 9f3c1e0d5ab2c3d4e5f60718293a4b5c6d7e8f90}\n"
    assert clause(write(tmp_path, project=project, golden__yaml=other + values(cases=512))).outcome is (
        Outcome.NOT_SUPPLIED
    )


def test_every_evidence_that_a_clause_names_must_be_usable(tmp_path):
    clauses = CASES.replace("shown by golden", "shown by golden and attacks")
    assert clause(write(tmp_path, clauses)).outcome is Outcome.NOT_SUPPLIED


def test_every_evidence_that_a_condition_looks_at_must_be_usable_even_where_the_rest_would_decide(tmp_path):
    clauses = 'requirement EVAL-1 "One of them"\n  check golden.cases >= 500 or attacks.attacks >= 300\n'
    assert clause(write(tmp_path, clauses)).outcome is Outcome.NOT_SUPPLIED


def test_of_several_reasons_the_gravest_is_the_outcome_and_all_are_told(tmp_path):
    clauses = CASES.replace("shown by golden", "shown by golden and attacks")
    root = write(tmp_path, clauses, golden__yaml=values(cases=512, produced_at="2026-01-01T00:00:00Z"))
    found = clause(root)
    assert found.outcome is Outcome.NOT_SUPPLIED
    assert {reason.code for reason in found.reasons} == {"PK620", "PK622"}


def test_the_order_of_gravity_is_the_one_of_the_decision():
    order = [Outcome.ERROR, Outcome.NOT_SUPPLIED, Outcome.STALE, Outcome.INCONCLUSIVE]
    for place, outcome in enumerate(order):
        assert gravest(reversed(order[place:])) is outcome
    assert gravest([]) is None


def test_an_outcome_cannot_be_tested_for_truth():
    with pytest.raises(DecisionUsageError):
        bool(Outcome.PASS)


def test_each_part_of_a_condition_that_does_not_hold_is_a_reason_of_its_own(tmp_path):
    clauses = CASES.replace(
        "golden.cases >= 500", "golden.cases >= 500 and golden.accuracy > 90% and golden.failed is 0"
    )
    root = write(tmp_path, clauses, golden__yaml=values(cases=480, accuracy="95%", failed=3))
    assert [(r.got, r.expected) for r in clause(root).reasons] == [("480", "at least 500"), ("3", "0")]


def test_groups_that_do_not_meet_the_condition_are_named_and_an_absent_one_too(tmp_path):
    clauses = CASES.replace("golden.cases >= 500", 'every slice of golden by team in ["a", "b"] has accuracy >= 92%')
    golden = values(cases=512) + "slices:\n  team:\n    a: {accuracy: 88%}\n"
    (reason,) = clause(write(tmp_path, clauses, golden__yaml=golden)).reasons
    assert "2 of 2 slices" in reason.message
    assert reason.got == "team a: accuracy is 88%; team b is not in the evidence"


def test_a_continuing_requirement_needs_new_evidence_once_its_gate_has_come(tmp_path):
    clauses = CASES.replace("check", "before launch and every 7 days after\n  check")
    old = values(cases=512, produced_at="2026-11-10T12:00:00Z")
    before = write(tmp_path, clauses, PROJECT + "gates: {launch: 2026-11-21}\n" + GOLDEN, golden__yaml=old)
    assert clause(before).outcome is Outcome.PASS
    assert clause(before).due.next_due == "2026-11-21"
    come = write(tmp_path, clauses, PROJECT + "gates: {launch: 2026-11-20}\n" + GOLDEN, golden__yaml=old)
    assert clause(come).outcome is Outcome.STALE
    assert clause(come).due.next_due == "2026-11-20T12:00:00Z"
    undated = write(tmp_path, clauses, PROJECT + GOLDEN, golden__yaml=old)
    assert clause(undated).outcome is Outcome.STALE, "a gate without a day counts as come"
    fresh = write(tmp_path, clauses, PROJECT + "gates: {launch: 2026-11-20}\n" + GOLDEN)
    assert clause(fresh).due.next_due == "2026-11-26T12:00:00Z"


def test_several_files_are_one_evidence(tmp_path):
    project = PROJECT + "evidence: {golden: {files: [runs/*.json]}}\n"
    parts = {
        "runs/a__json": promptfoo(cases=300, passed=300),
        "runs/b__json": promptfoo(cases=260, passed=260, run="f"),
    }
    found = clause(write(tmp_path, CASES, project, **parts))
    assert found.outcome is Outcome.PASS
    assert found.evidence[0].files == ("runs/a.json", "runs/b.json")


@pytest.mark.parametrize("quantified", ["every case", "at most 2 cases", "at least 10 cases", "no case"])
def test_what_was_read_names_the_elements_and_not_how_many_are_asked_for(tmp_path, quantified):
    verb = "have" if "cases" in quantified else "has"
    root = write(tmp_path, CASES.replace("golden.cases >= 500", f"{quantified} in golden {verb} passed yes"))
    assert [read.name for read in clause(root).reads] == [f"{quantified.split()[-1]} in golden"]
