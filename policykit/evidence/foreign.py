"""Tools whose files no reader reads: to say which one wrote a file, and what works today instead.

Recognised by members and marks that the tool itself writes, never by a file's name. The first that fits counts.

Source: files written by the tools named, most of them by their current releases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreign:
    """A form of file that no reader reads."""

    words: str
    """How a report speaks of it: `a SARIF log`."""
    help: str
    """What works today."""


def _by_hand(kind: str) -> str:
    return (
        f"no reader reads this yet: write `evidence: {kind}` and below `values:` what it shows into a YAML file, and "
        f"bind that; `policykit vocabulary {kind}` prints the fields"
    )


_EVALUATION, _SCAN, _OBSERVABILITY = _by_hand("evaluation"), _by_hand("scan"), _by_hand("observability")
_DATA, _LOAD, _INVENTORY = _by_hand("data_quality"), _by_hand("load_test"), _by_hand("inventory")
_JUNIT = "no reader reads this yet: have the test runner write JUnit XML, and bind that"
_UNPACK = "unpack it, and bind the file inside"
_OTHER = "bind the file in which the tool wrote its results as data"
_SIGNED = (
    "no reader reads this yet: policykit verifies its own statements only; "
    "`policykit attest` signs one, see `policykit attest --help`"
)
_TOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("an Inspect log (.eval archive)", _EVALUATION, (r"PK\x03\x04", r"_journal/|header\.json|samples/")),
    ("a ZIP archive", _UNPACK, (r"PK\x03\x04",)),
    ("a compressed file", _UNPACK, (r"\A(\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd)",)),
    ("a PDF", _OTHER, (r"\A%PDF-",)),
    ("a Sigstore bundle", _SIGNED, (r"dev\.sigstore\.bundle|\"verificationMaterial\"",)),
    ("an in-toto statement without a signature", _by_hand("provenance"), (r'"predicateType"',)),
    ("an OpenTelemetry export of logs", _OBSERVABILITY, (r'"(resourceLogs|resource_logs)"',)),
    ("an OpenTelemetry export of metrics", _OBSERVABILITY, (r'"(resourceMetrics|resource_metrics)"',)),
    ("an OpenTelemetry export", _OBSERVABILITY, (r'"(resourceSpans|resource_spans)"',)),
    ("OpenTelemetry spans", _OBSERVABILITY, (r'"trace_id"', r'"parent_id"', r'"SpanKind\.')),
    ("promptfoo results as JSON lines",
     "no reader reads this form: `promptfoo eval -o results.json` writes one that `promptfoo` reads",
     (r'"promptIdx"', r'"testIdx"')),
    ("an Inspect log (JSON)", _EVALUATION, (r'"eval"', r'"task"', r'"samples"|"plan"|"eval_id"')),
    ("a deepeval test run", _EVALUATION, (r'"testCases"|"test_cases"', r'"metricsData"|"metrics_data"')),
    ("ragas rows", _EVALUATION, (r"\A\s*\[?\s*\{", r'"user_input"', r'"response"|"retrieved_contexts"')),
    ("ragas rows", _EVALUATION, (r"\Auser_input,", r"response|retrieved_contexts")),
    ("ragas scores", _EVALUATION, (r'\A\s*\{\s*"scores"\s*:\s*\[\s*\{', r":\s*(NaN|null|-?[0-9])")),
    ("pydantic-evals results", _EVALUATION, (r'"cases"', r'"assertions"', r'"expected_output"')),
    ("Azure AI evaluation results", _EVALUATION, (r'"rows"', r'"(inputs|outputs)\.[^"]+"')),
    ("lm-evaluation-harness results", _EVALUATION, (r'"results"', r'"alias"', r'"group_subtasks"|"[a-z_0-9]+,none"')),
    ("Giskard results", _EVALUATION, (r'"passed_count"', r'"errored_count"')),
    ("Evidently metrics", _DATA, (r'"metrics"', r'evidently:|"metric_id"|"metric_name"')),
    ("an MLflow run", _EVALUATION, (r'"experiment_id"', r'"lifecycle_stage"')),
    ("MLflow traces", _EVALUATION, (r'MLFLOW_EXPERIMENT|"mlflow\.',)),
    ("PyRIT attack results", _by_hand("red_team"), (r'"executed_turns"', r'"objective"')),
    ("AI Verify results", _by_hand("fairness"), (r'"sensitive_feature"', r'"output_classes"')),
    ("OSCAL assessment results", _by_hand("control"), (r'"assessment-results"',)),
    ("an OSCAL document", _by_hand("control"), (r'"assessment-plan"|"oscal-version"',)),
    ("an OpenSSF Scorecard result", _SCAN, (r'"scorecard"', r'"checks"')),
    ("a SARIF log", _SCAN, (r'"runs"', r"sarif")),
    ("a Trivy report", _SCAN, (r'"SchemaVersion"', r'"ArtifactName"')),
    ("a gitleaks report", _SCAN, (r'"RuleID"', r'"Secret"|"Fingerprint"')),
    ("a detect-secrets baseline", _SCAN, (r'"plugins_used"', r'"filters_used"|"results"|"version"')),
    ("a Bandit report", _SCAN, (r'"generated_at"', r'"metrics"', r"SEVERITY\.")),
    ("a CycloneDX bill of materials", _INVENTORY, (r'"bomFormat"|cyclonedx\.org/schema/bom|"bom-ref"',)),
    ("an SPDX bill of materials", _INVENTORY, (r'"spdxVersion"|SPDXVersion:',)),
    ("dbt results", _DATA, (r'schemas\.getdbt\.com|"dbt_schema_version"',)),
    ("Great Expectations results", _DATA, (r'"expectation_config"|"evaluated_expectations"|"expectation_type"',)),
    ("pandera errors", _DATA, (r'"(DATA|SCHEMA)"\s*:', r'"[A-Z_]*CHECK"|"check"')),
    ("a Soda scan", _DATA, (r"Soda (Core|CLI)|### Contract results",)),
    ("a k6 summary", _LOAD, (r'"metrics"', r'"http_reqs"|"http_req_duration"|"iteration_duration"')),
    ("k6 points", _LOAD, (r'"type"\s*:\s*"(Metric|Point)"', r'"metric"|"data"')),
    ("Locust statistics", _LOAD, (r"\AType,Name,Request Count",)),
    ("a Prometheus reply", _OBSERVABILITY, (r'"resultType"|"status"\s*:\s*"error"\s*,\s*"errorType"|"keepFiringFor"',)),
    ("Prometheus metrics", _OBSERVABILITY, (r"(?m)^# (HELP|TYPE) ",)),
    ("Prometheus rules", _OBSERVABILITY, (r"(?m)^groups:", r"(?m)^\s*-?\s*(alert|record):")),
    ("an OpenSLO definition", _by_hand("slo"), (r"openslo/v1",)),
    ("a CTRF report", _JUNIT, (r'"reportFormat"\s*:\s*"CTRF"|"specVersion"[^}]*"results"[^}]*"tool"',)),
    ("a coverage report", _by_hand("coverage"), (r'"percent_covered"|<coverage[^>]*line-rate|\ATN:|(?m:^SF:)',)),
    ("a TRX or NUnit report", _JUNIT, (r"<TestRun |<test-run ",)),
    ("a promptfoo configuration, not its results",
     "`promptfoo eval -o results.json` runs it and writes the results", (r"(?m)^providers:", r"(?m)^prompts:")),
    ("a FOCUS bill", _by_hand("spend"), (r"BilledCost", r"ChargePeriodStart")),
    ("an HTML page", _OTHER, (r"(?i)<html|<!doctype html",)),
    ("JSON lines", _EVALUATION, (r"\A\s*\{[^\n]*\}\r?\n\s*\{",)),
)  # fmt: skip
_FORMS = tuple((Foreign(words, help_text), tuple(map(re.compile, marks))) for words, help_text, marks in _TOOLS)


def written_by(head: bytes) -> Foreign | None:
    """Return what a file looks like, and what to do with it; None when nothing is known of it.

    Args:
        head: the file's first bytes.
    """
    text = head.decode("latin-1")
    return next((form for form, marks in _FORMS if all(mark.search(text) for mark in marks)), None)
