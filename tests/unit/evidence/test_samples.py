"""Every third-party sample of our formats has its expected outcome. A row: file, kind, zone, outcome, codes, some fields."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from policykit.evidence import all_readers, read_evidence

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
THIRD = Fraction(1, 3)

SAMPLES = [
    ("promptfoo/generated-golden-results.json", "evaluation", None, "sufficient", set(), {"cases": 5, "passed": 4, "errors": 0}),
    ("promptfoo/generated-golden-results.json", "red_team", None, "inconclusive", {"PK530"}, {"attacks": 0}),
    ("promptfoo/generated-redteam-results.json", "red_team", None, "inconclusive", {"PK534"}, {"attack_success_rate": THIRD}),
    ("promptfoo/generated-redteam-results.json", "evaluation", None, "inconclusive", {"PK523"}, {"cases": 3}),
    ("promptfoo/promptfoo-node-api-output.excerpt.json", "evaluation", None, "inconclusive", {"PK533"}, {}),
    ("promptfoo/generated-golden-results.junit.xml", "test_run", None, "sufficient", set(), {"tests": 5, "passed": 4}),
    ("promptfoo/generated-redteam-results.junit.xml", "test_run", None, "sufficient", set(), {"tests": 3, "failed": 1}),
    ("junit/catch2-report.xml", "test_run", None, "sufficient", set(), {"tests": 1, "failed": 1, "pass_rate": 0}),
    ("junit/generated-pytest-9.2.xml", "test_run", None, "sufficient", set(), {"tests": 5, "executed": 3, "passed": 2, "skipped": 2}),
    ("junit/gtest-disabled.xml", "test_run", None, "sufficient", set(), {"tests": 31, "skipped": 5, "failed": 19, "errors": 1}),
    ("junit/jest-junit.xml", "test_run", None, "error", {"PK516"}, {}),
    ("junit/jest-junit.xml", "test_run", "UTC", "sufficient", set(), {"tests": 2, "passed": 2}),
    ("junit/mocha-latex-utensils.xml", "test_run", None, "sufficient", set(), {"tests": 109, "passed": 109, "flaky": 0}),
    ("junit/no-cases-but-tests.xml", "test_run", "UTC", "inconclusive", {"PK536", "PK531"}, {"tests": 0}),
    ("junit/pytest-junit.fail.xml", "test_run", "UTC", "sufficient", set(), {"tests": 5, "failed": 1, "skipped": 1}),
    ("junit/testsuite-in-testsuite.xml", "test_run", None, "sufficient", set(), {"tests": 5, "passed": 5}),
    ("garak/test.report.jsonl", "red_team", "UTC", "inconclusive", {"PK535"}, {"attacks": 0}),
    ("garak/test.report.jsonl", "red_team", None, "error", {"PK516"}, {}),
    ("garak/test_with_ci.report.jsonl", "red_team", "UTC", "inconclusive", {"PK535"}, {"attacks": 0}),
    ("garak/qual_review_mixed.report.jsonl", "red_team", None, "inconclusive", {"PK531", "PK543"}, {"attacks": 1, "succeeded": 1}),
    ("codeowners/backstage-demo.CODEOWNERS", "ownership", None, "sufficient", set(), {"paths": 1, "default_owner": True}),
    ("codeowners/backstage-software-templates.CODEOWNERS", "ownership", None, "sufficient", set(), {"owner": "@backstage/reviewers"}),
    ("codeowners/in-toto-attestation.CODEOWNERS", "ownership", None, "sufficient", set(), {"named_people": 0}),
    ("codeowners/slok-sloth.CODEOWNERS", "ownership", None, "sufficient", set(), {"paths": 7, "named_people": 3}),
    ("catalog-info/backstage-demo.yaml", "ownership", None, "sufficient", set(), {"components": 2, "owner": "group:backstage/maintainers"}),
    ("catalog-info/software-templates-skeleton.yaml", "ownership", None, "error", {"PK508"}, {}),
    ("litellm/model_prices_excerpt_1.109.1.json", "prices", None, "sufficient", set(), {"models": 8, "unpriced_models": 2}),
]  # fmt: skip

FOREIGN = [
    ("inspect/input-task_success.json", "an Inspect log (JSON)"),
    ("inspect/log_formats.eval", "an Inspect log (.eval archive): run `inspect log convert --to json`"),
    ("deepeval/test_run_sample.json", "a deepeval test run"),
    ("pyrit/generated-attack_results.json", "PyRIT attack results"),
    ("sarif/simple-example.sarif", "a SARIF log"),
    ("otel/otlp_traces_openllmetry_openai.json", "an OpenTelemetry export"),
    ("prometheus/query_instant.json", "a Prometheus reply"),
    ("oscal/ifa_assessment-results-example.json", "OSCAL assessment results"),
    ("scorecard/ossf-scorecard-check5.json", "an OpenSSF Scorecard result"),
    ("in-toto/svr-v0.1.statement.json", "an in-toto statement without a signature"),
    ("coverage/coverage.json", "a coverage report"),
    ("coverage/coverage.xml", "a coverage report"),
    ("openslo/occurences-slo.yaml", "an OpenSLO definition"),
    ("focus/focus_sample_first40.csv", "a FOCUS bill"),
]


@pytest.fixture
def samples(shared: Path) -> Path:
    folder = shared / "evidence-samples"
    if not folder.is_dir():
        pytest.skip("the evidence samples are not here")
    return folder


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}")
def test_every_sample_has_its_expected_outcome(samples, row):
    name, kind, zone, outcome, codes, fields = row
    evidence = read_evidence(name, kind=kind, reader=None, zone=zone, now=NOW, project_root=samples, options={})
    assert evidence.sufficiency == outcome, evidence.problems
    assert {p.code for p in evidence.problems if p.severity != "info"} == codes
    assert {field: evidence.fields.get(field) for field in fields} == fields
    assert evidence.sha256.startswith("sha256:")


def test_no_sample_of_our_formats_is_left_out(samples):
    ours = {"promptfoo", "junit", "garak", "codeowners", "catalog-info", "litellm"}
    there = {f"{p.parent.name}/{p.name}" for p in samples.rglob("*") if p.is_file() and p.parent.name in ours}
    assert there == {name for name, *_ in SAMPLES}


@pytest.mark.parametrize(("name", "words"), FOREIGN)
@pytest.mark.parametrize("reader", [None, "promptfoo", "hand_written"])
def test_a_file_of_another_tool_is_refused_by_the_name_of_that_tool(samples, name, words, reader):
    evidence = read_evidence(
        name, kind="evaluation", reader=reader, zone=None, now=NOW, project_root=samples, options={}
    )
    assert evidence.sufficiency == "error"
    if reader is None:
        assert evidence.problems[0].code == "PK506"
        assert evidence.problems[0].got == words


@pytest.mark.parametrize("reader", sorted(all_readers()))
def test_a_sample_given_to_the_wrong_reader_is_never_sufficient(samples, reader):
    for name, kind, zone, *_ in SAMPLES:
        right = read_evidence(name, kind=kind, reader=None, zone=zone, now=NOW, project_root=samples, options={})
        if right.reader != reader:
            wrong = read_evidence(name, kind=kind, reader=reader, zone=zone, now=NOW, project_root=samples, options={})
            assert wrong.sufficiency == "error", (name, reader)
