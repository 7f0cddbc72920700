"""Every sample (tests/data/evidence) has its expected outcome. A row: file, kind, zone, outcome, codes, some fields."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from policykit.evidence import all_readers, read_evidence

FOLDER = Path(__file__).parents[2] / "data" / "evidence"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
THIRD = Fraction(1, 3)

SAMPLES = [
    ("promptfoo/letters.json", "evaluation", None, "sufficient", set(), {"cases": 4, "passed": 3, "errors": 0}),
    ("promptfoo/letters.json", "red_team", None, "inconclusive", {"PK530"}, {"attacks": 0}),
    ("promptfoo/attacks.json", "red_team", None, "sufficient", set(), {"attacks": 3, "attack_success_rate": THIRD}),
    ("promptfoo/attacks-jailbreak.json", "red_team", None, "inconclusive", {"PK534"}, {"attack_success_rate": THIRD}),
    ("promptfoo/attacks.json", "evaluation", None, "inconclusive", {"PK523"}, {"cases": 3}),
    ("promptfoo/node-api.json", "evaluation", None, "inconclusive", {"PK553"}, {"cases": 2, "passed": 1, "errors": 1}),
    ("promptfoo/node-api-excerpt.json", "evaluation", None, "inconclusive", {"PK531", "PK553"}, {}),
    ("promptfoo/node-api-totals.json", "evaluation", None, "inconclusive", {"PK533"}, {}),
    ("promptfoo/letters.junit.xml", "test_run", None, "sufficient", set(), {"tests": 4, "passed": 3}),
    ("promptfoo/attacks.junit.xml", "test_run", None, "sufficient", set(), {"tests": 3, "failed": 1}),
    ("junit/catch2.xml", "test_run", None, "sufficient", set(), {"tests": 1, "failed": 1, "pass_rate": 0}),
    ("junit/pytest.xml", "test_run", None, "sufficient", set(), {"tests": 5, "executed": 3, "passed": 2, "skipped": 2}),
    ("junit/disabled.xml", "test_run", "UTC", "sufficient", set(), {"tests": 6, "skipped": 1, "failed": 2, "errors": 1}),
    ("junit/jest-junit.xml", "test_run", None, "error", {"PK516"}, {}),
    ("junit/jest-junit.xml", "test_run", "UTC", "sufficient", set(), {"tests": 3, "passed": 3}),
    ("junit/mocha-xunit.xml", "test_run", None, "sufficient", set(), {"tests": 5, "passed": 5, "flaky": 0}),
    ("junit/counts-without-cases.xml", "test_run", "UTC", "inconclusive", {"PK536", "PK531"}, {"tests": 0}),
    ("junit/no-zone.xml", "test_run", "UTC", "sufficient", set(), {"tests": 4, "failed": 1, "skipped": 1}),
    ("junit/nested.xml", "test_run", None, "sufficient", set(), {"tests": 4, "passed": 4}),
    ("garak/self-test.report.jsonl", "red_team", "UTC", "inconclusive", {"PK535"}, {"attacks": 0}),
    ("garak/self-test.report.jsonl", "red_team", None, "error", {"PK516"}, {}),
    ("garak/self-test-with-interval.report.jsonl", "red_team", "UTC", "inconclusive", {"PK535"}, {"attacks": 0}),
    ("garak/unfinished-mixed.report.jsonl", "red_team", None, "inconclusive", {"PK531", "PK543"}, {"attacks": 1, "succeeded": 1}),
    ("codeowners/default.CODEOWNERS", "ownership", None, "sufficient", set(), {"patterns": 1, "default_owner": True, "owned_paths_rate": 1}),
    ("codeowners/one-team.CODEOWNERS", "ownership", None, "sufficient", set(), {"owner": "@harbour/reviewers", "named_people": 0}),
    ("codeowners/paths.CODEOWNERS", "ownership", None, "sufficient", set(), {"patterns": 4, "named_people": 3, "owned_paths_rate": 1}),
    ("catalog-info/desk.yaml", "ownership", None, "sufficient", set(), {"components": 2, "owner": "group:harbour/desk"}),
    ("catalog-info/template.yaml", "ownership", None, "error", {"PK508"}, {}),
    ("litellm/prices.json", "prices", None, "sufficient", set(), {"models": 4, "unpriced_models": 1}),
]  # fmt: skip

FOREIGN = [
    ("inspect.json", "an Inspect log (JSON)"),
    ("inspect.eval", "an Inspect log (.eval archive)"),
    ("deepeval.json", "a deepeval test run"),
    ("pyrit.json", "PyRIT attack results"),
    ("ruff.sarif", "a SARIF log"),
    ("otlp.json", "an OpenTelemetry export"),
    ("prometheus.json", "a Prometheus reply"),
    ("oscal.json", "OSCAL assessment results"),
    ("scorecard.json", "an OpenSSF Scorecard result"),
    ("statement.json", "an in-toto statement without a signature"),
    ("coverage.json", "a coverage report"),
    ("coverage.xml", "a coverage report"),
    ("openslo.yaml", "an OpenSLO definition"),
    ("focus.csv", "a FOCUS bill"),
]


@pytest.fixture
def samples() -> Path:
    return FOLDER


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
    path = f"foreign/{name}"
    evidence = read_evidence(
        path, kind="evaluation", reader=reader, zone=None, now=NOW, project_root=samples, options={}
    )
    assert evidence.sufficiency == "error"
    if reader is None:
        assert evidence.problems[0].code == "PK506"
        assert evidence.problems[0].got == words


def test_no_sample_of_another_tool_is_left_out(samples):
    assert {path.name for path in (samples / "foreign").iterdir()} == {name for name, _ in FOREIGN}


@pytest.mark.parametrize("reader", sorted(all_readers()))
def test_a_sample_given_to_the_wrong_reader_is_never_sufficient(samples, reader):
    for name, kind, zone, *_ in SAMPLES:
        right = read_evidence(name, kind=kind, reader=None, zone=zone, now=NOW, project_root=samples, options={})
        if right.reader != reader:
            wrong = read_evidence(name, kind=kind, reader=reader, zone=zone, now=NOW, project_root=samples, options={})
            assert wrong.sufficiency == "error", (name, reader)
