"""`check`, `init`, `attest` and `evidence show` as people run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.unit.readiness.projects import CASES, GOLDEN, PROJECT, promptfoo, values, write

AT = ("--at", "2026-11-20T12:00:00Z")


def run(*arguments, cwd, **environment):
    """Run the command without a terminal."""
    variables = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", "policykit", *map(str, arguments)],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )


@pytest.fixture
def met(tmp_path):
    return write(tmp_path)


@pytest.fixture
def not_met(tmp_path):
    return write(tmp_path, golden__yaml=values(cases=480))


def test_a_met_gate_exits_with_0_and_says_so_in_one_line(met):
    done = run("check", *AT, cwd=met)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if line.startswith(("MET:", "NOT MET:"))]
    assert lines == ["MET: claims-helper 1.0.0 for launch: 1 of 1 clauses met, no sign-off demanded"]
    assert "What is left to do" not in done.stdout
    assert "What expires next" in done.stdout


def test_a_gate_that_is_not_met_exits_with_1_and_says_what_is_left_to_do(not_met):
    done = run("check", *AT, cwd=not_met)
    assert done.returncode == 1
    for words in ("NOT MET:", "EVAL-1", "`golden.cases` is 480", "at least 500", "golden.yaml", "evaluation_lead"):
        assert words in done.stdout


def test_changing_a_threshold_changes_the_verdict_and_its_reason(not_met):
    policy = not_met / "claims.policy"
    policy.write_text(policy.read_text().replace(">= 500", ">= 470"))
    assert run("check", *AT, cwd=not_met).returncode == 0
    policy.write_text(policy.read_text().replace(">= 470", ">= 1_000"))
    done = run("check", *AT, cwd=not_met)
    assert done.returncode == 1
    assert "at least 1000" in done.stdout


@pytest.mark.parametrize("format_", ["json", "markdown", "junit"])
def test_the_other_formats_go_to_standard_output_with_the_same_exit_code(not_met, format_):
    done = run("check", *AT, "--format", format_, cwd=not_met)
    assert (done.returncode, done.stderr) == (1, "")
    if format_ == "json":
        assert json.loads(done.stdout)["result"] == "not met"
    if format_ == "junit":
        assert ET.fromstring(done.stdout).get("failures") == "2"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--gate", "lanch"), "PK607"),
        (("--at", "2026-11-20"), "PK608"),
        (("--at", "2026-11-20T12:00:00"), "PK608"),
        (("--at", "2026-13-20T12:00:00Z"), "PK608"),
        (("--at", "0001-01-01T00:00:00+14:00"), "PK608"),
        (("--format", "xml"), "PK609"),
        (("elsewhere",), "PK600"),
    ],
)
def test_what_is_not_understood_exits_with_2_and_a_diagnostic(met, arguments, code):
    done = run("check", *arguments, cwd=met)
    assert (done.returncode, done.stdout) == (2, "")
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_a_policy_with_a_mistake_exits_with_2_and_shows_the_place(met):
    policy = met / "claims.policy"
    policy.write_text(policy.read_text().replace("golden.cases", "golden.casse"))
    done = run("check", *AT, cwd=met)
    assert done.returncode == 2
    assert "golden.cases" in done.stderr


BAD = {
    "a truncated file": promptfoo()[:5000].encode(),
    "duplicate keys": b'{"results": {"results": [], "results": []}}',
    "NaN": promptfoo().replace('"score": 1', '"score": NaN').encode(),
    "bytes that are no text": b"\xff\xfe\x00\x01" * 100,
    "nothing": b"",
    "deep nesting": b"[" * 200_000,
    "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><testsuites name="&b;"/>',
    "aliases that explode": b"evidence: evaluation\na: &a [1, 1, 1, 1]\nb: &b [*a, *a, *a, *a]\n"
    + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c]\n" % (c + 1, c + 1, c, c, c, c) for c in b"bcdefghijkl"),
    "evidence of the wrong tool": b"<testsuites><testsuite name='a' tests='1'><testcase name='t'/></testsuite></testsuites>",
    "a future time": promptfoo(at="2036-01-01T00:00:00.000Z").encode(),
    "an envelope that nobody knows": b'{"payload": "e30=", "payloadType": "x", "signatures": [{"sig": "AA=="}]}',
}


@pytest.mark.parametrize("what", BAD)
def test_bad_evidence_is_never_a_pass_and_never_a_traceback(tmp_path, what):
    project = PROJECT + "evidence: {golden: {files: golden.json}}\n"
    root = write(tmp_path, CASES, project)
    (root / "golden.json").write_bytes(BAD[what])
    done = run("check", *AT, "--format", "json", cwd=root)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (clause,) = json.loads(done.stdout)["clauses"]
    assert clause["outcome"] in {"error", "inconclusive", "not supplied"}
    assert clause["reasons"][0]["place"].startswith("golden.json")
    shown = run("evidence", "show", "golden.json", *AT, cwd=root)
    if what == "evidence of the wrong tool":  # it is good evidence of something else
        assert shown.returncode == 0
        return
    assert shown.returncode in (1, 2)
    assert "Traceback" not in shown.stderr
    assert "PK" in shown.stderr


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path, make):
    root = write(tmp_path)
    (root / "golden.yaml").unlink()
    make(root / "golden.yaml")
    done = run("check", *AT, "--format", "json", cwd=root)
    assert done.returncode == 1
    assert json.loads(done.stdout)["clauses"][0]["outcome"] == "error"
    assert run("evidence", "show", "golden.yaml", *AT, cwd=root).returncode == 2


def test_a_started_project_checks_at_once_and_is_honestly_not_met(tmp_path):
    done = run("init", "mine", "--name", "invoice-triage", "--timezone", "Europe/Berlin", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    written = {p.relative_to(tmp_path / "mine").as_posix() for p in (tmp_path / "mine").rglob("*") if p.is_file()}
    assert written == {"invoice-triage.policy", "policykit.yaml", "evidence/README.md", "evidence/golden.yaml"}
    checked = run("check", "mine", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert "NOT MET: invoice-triage 0.1.0 for launch" in checked.stdout
    assert checked.stdout.count("nothing is bound to") >= 4
    assert run("lint", "mine/invoice-triage.policy", cwd=tmp_path).returncode == 0


def test_a_file_of_ones_own_dropped_into_a_started_project_counts(tmp_path):
    assert run("init", "mine", "--name", "triage", cwd=tmp_path).returncode == 0
    project = tmp_path / "mine" / "policykit.yaml"
    (tmp_path / "mine" / "evidence" / "golden.json").write_text(promptfoo(cases=512, passed=490))
    project.write_text(project.read_text().replace("evidence/golden.yaml", "evidence/golden.json"))
    done = run("check", "mine", *AT, "--format", "json", cwd=tmp_path)
    outcomes = {c["id"]: c["outcome"] for c in json.loads(done.stdout)["clauses"]}
    assert {id_: outcomes[id_] for id_ in ("EVAL-1", "EVAL-2", "EVAL-3")} == dict.fromkeys(
        ("EVAL-1", "EVAL-2", "EVAL-3"), "pass"
    )


def test_a_name_with_dots_goes_from_init_to_the_verdict(tmp_path):
    assert run("init", "mine", "--name", "harbour.rent-desk", cwd=tmp_path).returncode == 0
    done = run("check", "--format", "json", cwd=tmp_path / "mine")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["policy"]["name"] == "harbour.rent-desk"
    assert run("fmt", "harbour.rent-desk.policy", cwd=tmp_path / "mine").returncode == 0
    again = run("check", "--format", "json", cwd=tmp_path / "mine")
    assert json.loads(again.stdout)["policy"] == json.loads(done.stdout)["policy"]


def test_init_never_overwrites_and_then_writes_nothing(tmp_path):
    (tmp_path / "policykit.yaml").write_text("mine")
    done = run("init", "--name", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "PK674" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["policykit.yaml"]
    assert (tmp_path / "policykit.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    "flags",
    [
        ("--name", "Not A Name"),
        ("--name", "../x"),
        ("--title", "two\nlines"),
        ("--timezone", "Mars/Base"),
        ("--name", ""),
    ],
)
def test_init_refuses_answers_that_cannot_stand_in_a_policy(tmp_path, flags):
    done = run("init", "mine", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "mine").exists()


def test_init_takes_any_words_that_a_policy_can_quote(tmp_path):
    words = 'Acme "AI" \\ GmbH @NAME@ {{x}} #'
    assert run("init", "m", "--name", "x", "--title", words, "--supplier", words, cwd=tmp_path).returncode == 0
    assert run("check", "m", cwd=tmp_path).returncode == 1


SIGNED = CASES + "\nsign-off for launch by risk\n"


@pytest.fixture
def signing(tmp_path):
    """A project whose sign-off is missing, with a key of Cleo's in the ring."""
    keys = "keys: keys.yaml\nstatements: statements/*.json\n"
    root = write(tmp_path, SIGNED, PROJECT + keys + GOLDEN)
    made = run("keys", "generate", "cleo", "-o", "cleo.pem", cwd=root)
    assert made.returncode == 0, made.stderr
    public = (root / "cleo.pem.vkey").read_text().strip()
    (root / "keys.yaml").write_text(
        f"keys:\n  - key: {public}\n    person: Cleo Marsh\n    roles: [risk]\n    valid_from: 2026-01-01T00:00:00Z\n"
    )
    return root


CLEO = ("--person", "Cleo Marsh", "--key", "cleo.pem", *AT)


def test_a_sign_off_that_was_attested_makes_the_gate_met(signing):
    assert run("check", *AT, cwd=signing).returncode == 1
    done = run("attest", "sign-off", "launch", "--role", "risk", *CLEO, cwd=signing)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("check", *AT, cwd=signing).returncode == 0
    again = run("attest", "sign-off", "launch", "--role", "risk", *CLEO, cwd=signing)
    assert again.returncode == 2
    assert "PK674" in again.stderr


def test_a_project_without_keys_cannot_say_whose_a_key_is(signing):
    (signing / "keys.yaml").write_text("keys: []\n")
    done = run("attest", "sign-off", "launch", "--role", "risk", *CLEO, cwd=signing)
    assert done.returncode == 0
    assert "has no keys yet" in done.stderr
    assert run("check", *AT, cwd=signing).returncode == 1


EARLY = ("--at", "2025-12-31T12:00:00Z")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--person", "Ada Obi", "--role", "risk", "--key", "cleo.pem", *AT), "somebody else's key"),
        (("--person", "Cleo Marsh", "--role", "run_owner", "--key", "cleo.pem", *AT), "PK67"),
        (("--person", "Cleo Marsh", "--role", "risk", "--key", "other.pem", *AT), "is not in the project's key ring"),
        (("--person", "Nobody", "--role", "risk", "--key", "other.pem", *AT), "is not in the project's key ring"),
        (("--person", "Cleo Marsh", "--role", "risk", "--key", "cleo.pem", *EARLY), "is not valid yet"),
    ],
)
@pytest.mark.parametrize("command", [("sign-off", "launch"), ("statement", "All is well.", "-o", "statements/s.json")])
def test_what_would_not_count_is_not_written(signing, command, arguments, said):
    assert run("keys", "generate", "cleo", "-o", "other.pem", cwd=signing).returncode == 0
    done = run("attest", *command, *arguments, cwd=signing)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (signing / "statements").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("sign-off", "lanch", "--role", "risk", *CLEO),
        ("sign-off", "launch", "--role", "run_owner", *CLEO),
        ("sign-off", "launch", "--role", "risk", "--person", "Cleo Marsh", "--key", "gone.pem"),
        ("sign-off", "launch", "--role", "risk", "--person", "Cleo Marsh", "--key", "policykit.yaml"),
        ("sign-off", "launch", "--role", "risk", "--expires", "soon", *CLEO),
        ("evidence", "gone.json", *CLEO),
        ("evidence", "../outside.json", *CLEO),
        ("statement", "text", "--role", "risk", "--requirement", "NONE-1", "-o", "s.json", *CLEO),
    ],
)
def test_attest_refuses_what_cannot_count(signing, arguments):
    done = run("attest", *arguments, cwd=signing)
    assert (done.returncode, done.stdout) == (2, "")
    assert "PK" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (signing / "statements").exists()


def test_an_attested_file_is_trusted_as_attested_until_it_changes(signing):
    clauses = SIGNED.replace("golden,", "golden, attested,")
    (signing / "claims.policy").write_text(
        (signing / "claims.policy").read_text().replace("golden,", "golden, attested,")
    )
    assert "attested" in clauses
    assert run("attest", "evidence", "golden.yaml", *CLEO, cwd=signing).returncode == 0
    found = json.loads(run("check", *AT, "--format", "json", cwd=signing).stdout)
    assert found["clauses"][0]["outcome"] == "pass"
    assert run("evidence", "show", "golden.yaml", "--keys", "keys.yaml", *AT, cwd=signing).returncode == 0
    (signing / "golden.yaml").write_text(values(cases=999))
    changed = json.loads(run("check", *AT, "--format", "json", cwd=signing).stdout)
    assert changed["clauses"][0]["outcome"] == "error"


def test_who_signed_the_evidence_cannot_be_the_only_one_who_signs_off(signing):
    assert run("attest", "evidence", "golden.yaml", *CLEO, cwd=signing).returncode == 0
    assert run("attest", "sign-off", "launch", "--role", "risk", *CLEO, cwd=signing).returncode == 0
    found = json.loads(run("check", *AT, "--format", "json", cwd=signing).stdout)
    assert found["sign_offs"][0]["reasons"][0]["code"] == "PK643"


def test_a_statement_can_be_bound_as_evidence(signing):
    text = (
        (signing / "claims.policy")
        .read_text()
        .replace(
            "section evaluation", 'evidence review : statement from customer "the legal review"\n\nsection evaluation'
        )
    )
    text += '\nrequirement LEGAL-1 "It was reviewed"\n  shown by review, attested\n  check review.decision is "yes"\n'
    (signing / "claims.policy").write_text(text)
    done = run("attest", "statement", "reviewed", "--role", "risk", "-o", "review.json", *CLEO, cwd=signing)
    assert done.returncode == 0, done.stderr
    project = (signing / "policykit.yaml").read_text() + "  review: {files: review.json}\n"
    (signing / "policykit.yaml").write_text(project)
    found = json.loads(run("check", *AT, "--format", "json", cwd=signing).stdout)
    assert {c["id"]: c["outcome"] for c in found["clauses"]}["LEGAL-1"] == "pass"


def test_evidence_show_says_what_a_reader_understood(tmp_path):
    (tmp_path / "results.json").write_text(promptfoo())
    done = run("evidence", "show", "results.json", *AT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        "promptfoo 0.123.1",
        "2026-11-19T12:00:00Z",
        "cases",
        "512",
        "gpt-5-mini-2026-08-07",
        "every slice by",
    ):
        assert words in done.stdout


@pytest.mark.parametrize(
    "arguments", [("gone.json",), ("--kind", "evaluatoin", "x.json"), ("--reader", "promptfo", "x.json")]
)
def test_evidence_show_of_what_is_not_there_exits_with_2(tmp_path, arguments):
    done = run("evidence", "show", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
