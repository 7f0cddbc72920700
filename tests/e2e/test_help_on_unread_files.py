"""What `evidence show` advises about files that no reader reads, followed to the letter."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.e2e.test_readiness_commands import AT, run
from tests.helps import told
from tests.unit.readiness.projects import promptfoo

_ROW = re.compile(r"(?m)^  ([a-z][a-z0-9_]+) +\((percent|count|number|yes or no)\b")
_VALUES = {"percent": "5%", "count": "5", "number": "5", "yes or no": "yes"}
BY_HAND = (
    "evidence/foreign.py: no reader reads this yet: write `evidence: {}` and below `values:` what it shows into a YAML "
    "file, and bind that; `policykit vocabulary {}` prints the fields"
)
_SHARED = ("complete", "real_target")
UNREAD = {
    "inspect.json": {"eval": {"task": "letters"}, "samples": [], "plan": {}},
    "attacks.json": [{"objective": "letters", "executed_turns": 1}],
    "scan.sarif": {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": []},
    "spans.json": {"resourceSpans": []},
    "bom.json": {"bomFormat": "CycloneDX", "components": []},
    "dbt.json": {"metadata": {"dbt_schema_version": "v6"}, "results": []},
    "k6.json": {"metrics": {"http_reqs": {"count": 3}}},
    "oscal.json": {"assessment-results": {}},
    "cover.json": {"totals": {"percent_covered": 80}},
    "fair.json": {"sensitive_feature": ["letter"], "output_classes": [0, 1]},
    "statement.json": {"predicateType": "https://slsa.dev/provenance/v1"},
    "goal.yaml": "apiVersion: openslo/v1\nkind: SLO\n",
    "bill.csv": "BilledCost,ChargePeriodStart\n1,2026-11-01T00:00:00Z\n",
}


def advice_about(name, folder):
    done = run("evidence", "show", name, *AT, cwd=folder)
    said = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode, "PK506" in said) == (2, True), said
    return said.partition("help: ")[2]


@pytest.mark.parametrize("name", UNREAD)
def test_values_written_by_hand_as_advised_are_read(tmp_path, name):
    content = UNREAD[name]
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    advice = advice_about(name, tmp_path)
    told(advice.partition(" 1 error")[0].rstrip(), BY_HAND)
    kind = re.search(r"write `evidence: ([a-z_]+)`", advice)[1]
    command = re.search(r"`policykit (vocabulary [a-z_]+)`", advice)[1]
    listed = run(*command.split(), cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    fields = [(field, type_) for field, type_ in _ROW.findall(listed.stdout) if field not in _SHARED]
    field, type_ = fields[0]
    values = f"evidence: {kind}\nproduced_at: 2026-11-19T09:00:00Z\nvalues:\n  {field}: {_VALUES[type_]}\n"
    (tmp_path / "values.yaml").write_text(values)
    shown = run("evidence", "show", "values.yaml", *AT, cwd=tmp_path)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert field in shown.stdout


def advice_of(name, folder, form):
    return told(advice_about(name, folder).partition(" 1 error")[0].rstrip(), form)


JUNIT = (
    '<testsuite name="pytest" tests="1" timestamp="2026-11-19T09:00:00Z"><testcase name="a" time="0.1"/></testsuite>'
)
OTHERS = [
    ("r.pdf", "%PDF-1.7", "evidence/foreign.py: bind the file in which the tool wrote its results as data", "r.xml", JUNIT),
    ("ctrf.json", '{"reportFormat": "CTRF"}',
     "evidence/foreign.py: no reader reads this yet: have the test runner write JUnit XML, and bind that", "r.xml", JUNIT),
    ("rows.jsonl", '{"promptIdx": 0, "testIdx": 0}\n',
     "evidence/foreign.py: no reader reads this form: `promptfoo eval -o results.json` writes one that `promptfoo` reads",
     "results.json", promptfoo()),
    ("conf.yaml", "providers: [x]\nprompts: [y]\n",
     "evidence/foreign.py: `promptfoo eval -o results.json` runs it and writes the results", "results.json", promptfoo()),
]  # fmt: skip


@pytest.mark.parametrize("each", OTHERS)
def test_what_the_tool_writes_otherwise_is_read(tmp_path, each):
    name, content, form, right, mended = each
    (tmp_path / name).write_text(content)
    advice_of(name, tmp_path, form)
    (tmp_path / right).write_text(mended)
    assert run("evidence", "show", right, *AT, cwd=tmp_path).returncode == 0


def test_what_was_packed_is_read_when_it_is_unpacked(tmp_path):
    report = b'<testsuite name="pytest" tests="1" timestamp="2026-11-19T09:00:00Z"><testcase name="a" time="0.1"/></testsuite>'
    (tmp_path / "report.xml.gz").write_bytes(gzip.compress(report))
    advice_of("report.xml.gz", tmp_path, "evidence/foreign.py: unpack it, and bind the file inside")
    (tmp_path / "report.xml").write_bytes(gzip.decompress((tmp_path / "report.xml.gz").read_bytes()))
    assert run("evidence", "show", "report.xml", *AT, cwd=tmp_path).returncode == 0


def test_a_bundle_of_another_signer_points_to_a_command_that_exists(tmp_path):
    (tmp_path / "b.json").write_text('{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}')
    form = (
        "evidence/foreign.py: no reader reads this yet: policykit verifies its own statements only; `policykit attest` "
        "signs one, see `policykit attest --help`"
    )
    advice_of("b.json", tmp_path, form)
    command = re.search(r"see `policykit (attest --help)`", advice_about("b.json", tmp_path))[1]
    assert run(*command.split(), cwd=tmp_path).returncode == 0
