"""Tools whose files people mistake for evidence that a reader knows: to say which one wrote a file."""

from __future__ import annotations

_TOOLS = (
    ("an Inspect log (JSON)", (b'"eval"', b'"task"', b'"samples"')),
    ("an Inspect log (.eval archive): run `inspect log convert --to json`", (b"PK\x03\x04", b"header.json")),
    ("a ZIP archive", (b"PK\x03\x04",)),
    ("a deepeval test run", (b'"testCases"', b'"metricsData"')),
    ("PyRIT attack results", (b'"executed_turns"', b'"objective"')),
    ("a SARIF log", (b'"runs"', b"sarif")),
    ("an OpenTelemetry export", (b'"resourceSpans"',)),
    ("a Prometheus reply", (b'"resultType"',)),
    ("OSCAL assessment results", (b'"assessment-results"',)),
    ("an OpenSSF Scorecard result", (b'"scorecard"', b'"checks"')),
    ("an in-toto statement without a signature", (b'"predicateType"',)),
    ("a coverage report", (b'"percent_covered"',)),
    ("a coverage report", (b"<coverage", b"line-rate")),
    ("an OpenSLO definition", (b"openslo/v1",)),
    ("a promptfoo configuration, not its results", (b"providers:", b"prompts:")),
    ("a FOCUS bill", (b"BilledCost", b"ChargePeriodStart")),
    ("an HTML page", (b"<html",)),
    ("a PDF", (b"%PDF-",)),
    ("a compressed file", (b"\x1f\x8b",)),
)


def written_by(head: bytes) -> str:
    """Return what a file looks like, as a report words it, or nothing."""
    lowered = head[:4096].lower() if b"<" in head[:64] else head
    return next((words for words, marks in _TOOLS if all(mark in lowered for mark in marks)), "")
