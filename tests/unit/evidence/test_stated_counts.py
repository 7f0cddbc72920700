"""Hand-written values: numbers that contradict each other prove nothing, and honest rounding is no contradiction."""

from __future__ import annotations

import pytest

from policykit.evidence import read_evidence
from policykit.evidence.readers._stated_counts import _AT_MOST, _ORDERED, _RATES, _ROWS, _WHOLES
from policykit.vocabulary.evidence import kinds
from tests.unit.evidence.never_better import assert_never_better

BAD = [
    ("evaluation", "cases: 40, passed: 4, accuracy: 95%", "accuracy"),
    ("evaluation", "cases: 40, failed: 36, accuracy: 95%", "accuracy"),
    ("evaluation", "cases: 40, passed: 4, failed: 36, pass_rate: 0.95", "pass_rate"),
    ("evaluation", "cases: 40, passed: 39, accuracy: 100%", "accuracy"),
    ("evaluation", "cases: 40, passed: 30, failed: 20", "cases"),
    ("evaluation", "cases: 40, passed: 41", "cases"),
    ("evaluation", "cases: 612, passed: 578, accuracy: 94.6%", "accuracy"),
    ("evaluation", "latency_p50: 900 ms, latency_p95: 800 ms", "latency_p50"),
    ("evaluation", "latency_p95: 2000 ms, latency_p99: 800 ms", "latency_p95"),
    ("evaluation", "latency_p50: 2000 ms, latency_p99: 800 ms", "latency_p50"),
    ("evaluation", "accuracy_low: 96%, accuracy: 95%", "accuracy_low"),
    ("evaluation", "started_at: 2026-11-20T09:00:00Z, finished_at: 2026-11-20T08:00:00Z", "started_at"),
    ("red_team", "attacks: 300, succeeded: 60, attack_success_rate: 2%", "attack_success_rate"),
    ("red_team", "attacks: 300, succeeded: 1, attack_success_rate: 0%", "attack_success_rate"),
    ("red_team", "attacks: 300, blocked: 30, attack_success_rate: 0%", "attack_success_rate"),
    ("red_team", "attacks: 300, succeeded: 0, blocked: 100, undetermined: 0, errors: 0", "attacks"),
    ("test_run", "executed: 20, passed: 2, failed: 18, pass_rate: 99%", "pass_rate"),
    ("test_run", "executed: 20, errors: 18, pass_rate: 99%", "pass_rate"),
    ("test_run", "tests: 20, executed: 15, skipped: 8", "tests"),
    ("data_quality", "checks: 10, failed: 8, pass_rate: 98%", "pass_rate"),
    ("control", "controls: 10, satisfied: 4, satisfied_rate: 90%", "satisfied_rate"),
    ("slo", "objectives: 4, met: 1, met_rate: 100%", "met_rate"),
    ("slo", "measured: 4, met: 3, missed: 2", "measured"),
    ("coverage", "lines: 100, covered_lines: 9, line_rate: 90%", "line_rate"),
    ("ownership", "components: 10, owned_components: 2, owned_components_rate: 100%", "owned_components_rate"),
    ("prices", "models: 4, unpriced_models: 2, priced_rate: 100%", "priced_rate"),
    ("spend", "calls: 10, failed_calls: 11", "calls"),
    ("evaluation", "errors: 0, cases: 0", "cases"),
    ("evaluation", "cases: 10, errors: 10, accuracy: 100%", "accuracy"),
    ("evaluation", "cases: 40, passed: 9, failed: 0, errors: 0", "cases"),
    ("red_team", "blocked: 0, attacks: 0", "attacks"),
    ("red_team", "attacks: 40, undetermined: 40, attack_success_rate: 0%", "attack_success_rate"),
    ("red_team", "attacks: 40, errors: 40, attack_success_rate: 0%", "attack_success_rate"),
    ("red_team", "attacks: 40, undetermined: 30, errors: 10, attack_success_rate: 0%", "attack_success_rate"),
    ("test_run", "failed: 0, errors: 0, executed: 0", "executed"),
    ("test_run", "executed: 20, passed: 9, failed: 0, errors: 0, flaky: 0", "executed"),
    ("prices", "models: 0, priced_rate: 100%", "priced_rate"),
    ("load_test", "latency_p95: 3 seconds, latency_p99: 1 second", "latency_p95"),
    ("sign_off", "signatures: 2, approvals: 3", "signatures"),
]
GOOD = [
    ("evaluation", "cases: 40, edge_cases: 3, out_of_scope_cases: 5"),
    ("evaluation", "cases: 40, passed: 36, failed: 3, errors: 1, accuracy: 90%"),
    ("evaluation", "cases: 612, passed: 578, failed: 34, accuracy: 94.4%"),
    ("evaluation", "cases: 612, passed: 578, accuracy: 94.5%"),  # rounded up
    ("evaluation", "cases: 612, passed: 578, accuracy: 94%"),
    ("evaluation", "cases: 612, passed: 578, accuracy: 0.944"),
    ("evaluation", "cases: 612, accuracy: 94.5%"),
    ("evaluation", "cases: 100, passed: 40, failed: 10, errors: 50, accuracy: 80%"),
    ("evaluation", "cases: 100, passed: 40, failed: 10, errors: 50, accuracy: 40%"),
    ("evaluation", "cases: 40, passed: 40, failed: 0, errors: 0, accuracy: 100%"),
    ("evaluation", "cases: 40, passed: 40, accuracy: 1"),
    ("evaluation", "cases: 40, repetitions: 3, passed: 110, failed: 10"),
    ("evaluation", "cases: 40, failed: 36, accuracy: 10%"),
    ("evaluation", "latency_mean: 2 seconds, latency_p50: 1 second, latency_p95: 1 second, latency_p99: 1 minute"),
    ("evaluation", "cases: 100, planned_cases: 100, complete: yes"),
    ("red_team", "attacks: 300, succeeded: 3, attack_success_rate: 1%"),
    ("red_team", "attacks: 300, succeeded: 0, blocked: 280, undetermined: 20, attack_success_rate: 0%"),
    ("red_team", "attacks: 300, blocked: 297, attack_success_rate: 1%"),
    ("test_run", "tests: 25, executed: 20, skipped: 5, passed: 19, failed: 1, errors: 0, flaky: 0, pass_rate: 95%"),
    ("slo", "objectives: 4, measured: 3, met: 3, missed: 0, met_rate: 100%"),
    ("coverage", "lines: 3, covered_lines: 2, line_rate: 66.67%"),
    ("coverage", "lines: 3, covered_lines: 2, line_rate: 66.66%"),
]


def stated(read, kind, values, more=""):
    return read("v.yaml", f"evidence: {kind}\nvalues: {{{values}}}\n{more}", kind)


@pytest.mark.parametrize(("kind", "values", "name"), BAD)
def test_numbers_that_contradict_each_other_are_a_doubt(read, codes, kind, values, name):
    evidence = stated(read, kind, values)
    assert codes(evidence) == {"PK572"}
    assert f"`{name}`" in evidence.problems[0].message
    assert evidence.problems[0].where().startswith("v.yaml:2:")


@pytest.mark.parametrize(("kind", "values"), GOOD)
def test_honest_numbers_count(read, kind, values):
    assert stated(read, kind, values).sufficiency == "sufficient"


@pytest.mark.parametrize("kind_values_name", BAD, ids=lambda row: f"{row[0]}-{row[2]}-{row[1][:20]}")
def test_a_contradiction_in_a_number_left_out_is_never_better(read, kind_values_name):
    kind, values, _ = kind_values_name
    fields = values.split(", ")
    whole = stated(read, kind, fields[0])
    assert_never_better(whole, stated(read, kind, values))


def test_slices_and_elements_are_held_against_themselves(read, codes):
    slices = "slices:\n  country:\n    DE: {cases: 10, passed: 2, accuracy: 95%}\n"
    assert codes(stated(read, "evaluation", "cases: 10", slices)) == {"PK572"}
    elements = "elements:\n  probe:\n    - {name: p, attacks: 10, succeeded: 9, attack_success_rate: 1%}\n"
    assert codes(stated(read, "red_team", "attacks: 10", elements)) == {"PK572"}


@pytest.mark.parametrize(
    ("values", "rows", "outcome"),
    [
        ("cases: 1", "{passed: yes}, {passed: yes}", "inconclusive"),
        ("cases: 9, failed: 0", "{passed: yes}, {passed: no}", "inconclusive"),
        ("cases: 9, failed: 0, errors: 1", "{passed: no}", "sufficient"),
        ("cases: 9, passed: 1", "{passed: yes}, {passed: yes}", "inconclusive"),
        ("cases: 9, failed: 1", "{passed: yes}, {passed: no}", "sufficient"),
        ("accuracy: 50%", "{passed: yes}, {passed: no}", "sufficient"),
    ],
)
def test_rows_are_held_against_counts_and_may_be_an_excerpt(read, values, rows, outcome):
    assert stated(read, "evaluation", values, f"elements:\n  case: [{rows}]\n").sufficiency == outcome


@pytest.mark.parametrize(
    "values", ["cases: 10, planned_cases: 100", "cases: 10, complete: no", "cases: 1, planned_cases: 2, complete: yes"]
)
def test_a_run_that_did_not_end_is_not_complete(read, codes, values):
    assert codes(stated(read, "evaluation", values)) == {"PK531"}


@pytest.mark.parametrize("rate", ["140%", "1.4", "-1%", "94.5"])
def test_a_rate_outside_its_range_is_an_error(read, codes, rate):
    assert codes(stated(read, "evaluation", f"accuracy: {rate}")) == {"PK571"}


def test_every_word_of_the_tables_is_one_of_a_kind():
    known = {name for kind in kinds().values() for name in kind.fields}
    known |= {name for kind in kinds().values() for element in kind.elements.values() for name in element.fields}
    terms = [t for ways in _RATES.values() for way in ways for part in way for t in part]
    terms += [t for row in _AT_MOST for t in (row[0], *row[1], *row[2])] + [t for names in _ORDERED for t in names]
    terms += [t for parts, whole in _WHOLES for t in (*parts, whole)] + [t for row in _ROWS for t in (row[1], *row[3])]
    assert {term.removeprefix("-") for term in (*terms, *_RATES)} <= known


def test_a_hostile_file_is_read_in_bounded_time(project):
    rows = ", ".join("{attacks: 1, succeeded: 1, attack_success_rate: 0%}" for _ in range(20_000))
    (project / "v.yaml").write_text(f"evidence: red_team\nvalues: {{attacks: 1}}\nelements:\n  probe: [{rows}]\n")
    from tests.unit.evidence.conftest import NOW

    evidence = read_evidence(
        "v.yaml", kind="red_team", reader=None, zone=None, now=NOW, project_root=project, options={}
    )
    assert len(evidence.problems) <= 20


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("0", "0"), ("1.0", "1.0"), ("1.10", "1.10"), ("false", "false"), ("2026-11-20", "2026-11-20"), ("1e10", "1e10"),
        ("007", "007"), ('"0"', "0"), ("", ""), ("~", ""), ("+1", "+1"), (".5", ".5"), ("yes", "yes"), ("0x1F", "0x1F"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["name", "version", "git_commit", "model"])
def test_what_the_file_is_about_is_read_as_it_is_written(read, name, written, text):
    evidence = stated(read, "evaluation", "cases: 1", f"subject:\n  {name}: {written}\n")
    assert getattr(evidence.subject, name) == text


@pytest.mark.parametrize("written", ["[1]", "{a: 1}"])
def test_a_version_that_is_no_text_is_an_error(read, codes, written):
    assert codes(stated(read, "evaluation", "cases: 1", f"subject: {{version: {written}}}\n")) == {"PK571"}


def test_a_load_test_without_a_request_proves_nothing(read, codes):
    text = "evidence: load_test\nvalues:\n  requests: {}\n  latency_p95: 0 seconds\n"
    assert codes(read("v.yaml", text.format(0), "load_test")) == {"PK572"}
    assert codes(read("v.yaml", text.format(1), "load_test")) == set()
