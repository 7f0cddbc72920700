"""Whatever stands in a file, the result is a diagnostic with the file: never a traceback, never a pass."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from policykit.errors import EvidenceError
from policykit.evidence import read_evidence
from policykit.evidence.globs import expand
from policykit.evidence.safe_file import MAX_WHOLE_BYTES
from policykit.evidence.safe_yaml import MAX_DEPTH, load_yaml
from policykit.source import Diagnostic

DEEP = 100_000
YAML_BOMB = "evidence: evaluation\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
)

BAD = [
    ("promptfoo", "r.json", b"", "PK508"),
    ("promptfoo", "r.json", b"{", "PK508"),
    ("promptfoo", "r.json", b'{"results": {"results": [', "PK508"),
    ("promptfoo", "r.json", b"[" * DEEP, "PK511"),
    ("promptfoo", "r.json", b'{"a":' * DEEP, "PK511"),
    ("promptfoo", "r.json", b'{"a": NaN}', "PK510"),
    ("promptfoo", "r.json", b'{"a": -Infinity}', "PK510"),
    ("promptfoo", "r.json", b'{"results": {}, "results": {}}', "PK509"),
    ("promptfoo", "r.json", b'{"a": "\xff"}', "PK505"),
    ("promptfoo", "r.json", b"[]", "PK515"),
    ("promptfoo", "r.json", b"null", "PK515"),
    ("promptfoo", "r.json", b"1e999999999", "PK515"),
    ("promptfoo", "r.json", b"9" * 1_000_000, "PK515"),
    ("garak", "r.jsonl", b"", "PK508"),
    ("garak", "r.jsonl", b"{}\n", "PK515"),
    ("garak", "r.jsonl", b"[" * DEEP + b"\n", "PK511"),
    ("garak", "r.jsonl", b'{"entry_type": "eval", "probe": "a.b", "detector": "c.d", "passed": 1e99, "total": 3}', "PK515"),
    ("litellm_spend", "s.json", b"[1]", "PK515"),
    ("litellm_spend", "s.json", b'{"data": 3', "PK508"),
    ("litellm_prices", "p.json", b'{"gpt": {"input_cost_per_token": "1"}}', "PK515"),
    ("litellm_prices", "p.json", b'{"gpt": {"input_cost_per_token": 1, "deprecation_date": "soon"}}', "PK515"),
    ("junit", "j.xml", b"", "PK508"),
    ("junit", "j.xml", b"<testsuites><testsuite>", "PK508"),
    ("junit", "j.xml", b"<testsuites></testsuite>", "PK508"),
    ("junit", "j.xml", b"<a>" * DEEP, "PK511"),
    ("junit", "j.xml", b"<html/>", "PK515"),
    ("junit", "j.xml", b'<?xml version="1.0" encoding="nope"?><testsuite/>', "PK505"),
    ("junit", "j.xml", b"<testsuite>&bomb;</testsuite>", "PK508"),
    ("junit", "j.xml", b"\xff\xfe<\x00", "PK508"),
    ("codeowners", "CODEOWNERS", b"\xff", "PK505"),
    ("catalog_info", "c.yaml", b"kind: [", "PK508"),
    ("catalog_info", "c.yaml", b"- a", "PK515"),
    ("catalog_info", "c.yaml", b"kind: Component", "PK515"),
    ("hand_written", "v.yaml", YAML_BOMB.encode(), "PK513"),
    ("hand_written", "v.yaml", b"a: &a [*a]", "PK513"),
    ("hand_written", "v.yaml", b"a: 1\na: 2", "PK509"),
    ("hand_written", "v.yaml", b"a: .nan", "PK510"),
    ("hand_written", "v.yaml", b"a: !!python/object/apply:os.system [x]", "PK513"),
    ("hand_written", "v.yaml", b"<<: {a: 1}", "PK513"),
    ("hand_written", "v.yaml", b"? [a]\n: b", "PK513"),
    ("hand_written", "v.yaml", b"[" * DEEP, "PK511"),
    ("hand_written", "v.yaml", b"- " * DEEP, "PK511"),
    ("hand_written", "v.yaml", b"{a: " * DEEP, "PK511"),
    ("hand_written", "v.yaml", b"a: 1\n---\nb: 2", "PK508"),
    ("hand_written", "v.yaml", b"", "PK508"),
    ("hand_written", "v.yaml", b"a:\n\tb: 1", "PK508"),
    ("hand_written", "v.yaml", b"a: \x00", "PK508"),
    ("signed_statement", "s.json", b"{}", "PK560"),
    ("signed_statement", "s.json", b'{"payloadType": "x", "payload": "!", "signatures": [{"sig": "AA=="}]}', "PK560"),
]  # fmt: skip
NAIVE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
KIND = {
    "promptfoo": "evaluation", "garak": "red_team", "litellm_spend": "spend", "litellm_prices": "prices", "junit": "test_run",
    "codeowners": "ownership", "catalog_info": "ownership", "hand_written": "evaluation", "signed_statement": "statement",
}  # fmt: skip


@pytest.mark.parametrize(("reader", "name", "data", "code"), BAD)
def test_bad_bytes_give_one_diagnostic_with_the_file(read, reader, name, data, code):
    evidence = read(name, data, KIND[reader], reader=reader)
    assert evidence.sufficiency == "error"
    problem = evidence.problems[0]
    assert isinstance(problem, Diagnostic)
    assert problem.code == code, problem
    assert problem.where().startswith(name)
    assert problem.message == problem.message.strip()
    assert not problem.message.endswith(".")
    assert len(str(problem)) < 600
    assert not evidence.fields


@pytest.mark.parametrize("reader", sorted(KIND))
def test_bad_bytes_given_without_a_reader_are_no_evidence_either(read, reader):
    for _, name, data, _ in BAD:
        assert read(name, data, KIND[reader]).sufficiency == "error"


def test_step_1_a_path_out_of_the_project_is_refused(read, project, codes):
    outside = project.parent / "outside.xml"
    outside.write_text('<testsuite tests="1"><testcase name="a"/></testsuite>')
    (project / "link.xml").symlink_to(outside)
    (project / "folder").symlink_to(project.parent)
    for path in ("../outside.xml", str(outside), "link.xml", "folder/outside.xml", "a/../../outside.xml"):
        evidence = read_evidence(
            path, kind="test_run", reader=None, zone=None, now=datetime.now(UTC), project_root=project, options={}
        )
        assert codes(evidence) == {"PK502"}, path


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "missing.xml", "missing/x.xml"])
def test_step_1_what_is_no_path_is_refused(project, codes, path):
    evidence = read_evidence(
        path, kind="test_run", reader=None, zone=None, now=datetime.now(UTC), project_root=project, options={}
    )
    assert codes(evidence) == {"PK500"}


def test_a_link_inside_the_project_is_followed(read, project):
    (project / "real.xml").write_text('<testsuite><testcase name="a"/></testsuite>')
    (project / "link.xml").symlink_to("real.xml")
    assert read("link.xml", None, "test_run").sufficiency == "sufficient"


def test_a_loop_of_links_is_refused(read, project, codes):
    (project / "a").symlink_to("b")
    (project / "b").symlink_to("a")
    assert codes(read("a", None, "test_run")) == {"PK500"}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in the file system")
def test_step_2_and_3_a_pipe_a_folder_and_a_device_are_refused_without_waiting(read, project, codes):
    os.mkfifo(project / "pipe.xml")
    (project / "folder.xml").mkdir()
    assert codes(read("pipe.xml", None, "test_run")) == {"PK501"}
    assert codes(read("folder.xml", None, "test_run")) == {"PK501"}
    device = read_evidence(
        "null", kind="test_run", reader=None, zone=None, now=datetime.now(UTC), project_root="/dev", options={}
    )
    assert codes(device) == {"PK501"}


def test_step_5_the_digest_is_over_the_bytes_of_the_file(read):
    import hashlib

    text = '<testsuite><testcase name="a"/></testsuite>'
    assert read("r.xml", text, "test_run").sha256 == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    broken = b"[" * DEEP
    assert (
        read("r.json", broken, "evaluation", reader="promptfoo").sha256
        == f"sha256:{hashlib.sha256(broken).hexdigest()}"
    )


def test_a_file_too_large_to_be_held_is_refused_unread(project, codes):
    with (project / "big.json").open("wb") as file:
        file.write(b'{"promptfooVersion": 1')
        file.truncate(MAX_WHOLE_BYTES + 1)
    evidence = read_evidence(
        "big.json",
        kind="evaluation",
        reader="promptfoo",
        zone=None,
        now=datetime.now(UTC),
        project_root=project,
        options={},
    )
    assert codes(evidence) == {"PK503"}
    assert evidence.problems[0].help


def test_a_line_without_end_is_refused(project, codes):
    with (project / "x.report.jsonl").open("wb") as file:
        file.write(b'{"entry_type": "init", "garak_version": "')
        file.truncate(40 * 2**20)
    evidence = read_evidence(
        "x.report.jsonl",
        kind="red_team",
        reader="garak",
        zone=None,
        now=datetime.now(UTC),
        project_root=project,
        options={},
    )
    assert codes(evidence) == {"PK503"}


def test_progress_is_reported_and_memory_stays_flat(project, now):
    import tracemalloc

    line = json.dumps(
        {
            "request_id": "r",
            "spend": 0.01,
            "total_tokens": 3,
            "startTime": "2026-11-20T10:00:00Z",
            "model": "m",
            "metadata": "x" * 4000,
        }
    )
    with (project / "s.jsonl").open("w") as file:
        for _ in range(6_000):
            file.write(line + "\n")
    seen: list[tuple[int, int]] = []
    read_evidence("s.jsonl", kind="spend", reader=None, zone=None, now=now, project_root=project, options={})
    tracemalloc.start()
    evidence = read_evidence(
        "s.jsonl", kind="spend", reader=None, zone=None, now=now, project_root=project, options={},
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert evidence.fields["calls"] == 6_000
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) >= 2
    assert peak < 5 * 2**20, "24 MB of lines must not be held"


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(timedelta(minutes=4), "sufficient"), (timedelta(minutes=6), "error"), (timedelta(days=400), "error")],
)
def test_a_clock_in_the_future_is_never_fresh_evidence(read, now, offset, expected):
    text = f'<testsuite timestamp="{(now + offset).isoformat()}"><testcase name="a"/></testsuite>'
    evidence = read("r.xml", text, "test_run")
    assert evidence.sufficiency == expected
    assert ("PK518" in {p.code for p in evidence.problems}) == (expected == "error")


def test_a_naive_now_is_a_mistake_of_the_caller(project):
    with pytest.raises(ValueError, match="aware"):
        read_evidence("x", kind="test_run", reader=None, zone=None, now=NAIVE, project_root=project, options={})


def test_unknown_words_of_the_project_file_are_errors_with_the_nearest_known_word(read):
    good = '<testsuite><testcase name="a"/></testsuite>'
    assert read("r.xml", good, "test_runs").problems[0].help == "did you mean `test_run`?"
    assert read("r.xml", good, "test_run", reader="juni").problems[0].help == "did you mean `junit`?"
    assert read("r.xml", good, "test_run", options={"lest": 1}).problems[0].code == "PK521"
    assert read("r.xml", good, "evaluation").problems[0].code == "PK520"


def test_what_a_file_says_is_shown_without_control_characters(read):
    evidence = read("r.json", '{"a\\u001b[31m`x": 1, "a\\u001b[31m`x": 2}', "evaluation", reader="promptfoo")
    assert "\x1b" not in str(evidence.problems[0])


@pytest.mark.parametrize("pattern", ["../*.xml", "/etc/*", "a/../../*", "*/../x", "a//b*"])
def test_a_glob_never_leaves_the_project(project, pattern):
    with pytest.raises(EvidenceError, match="PK502"):
        expand(pattern, project)


def test_a_glob_finds_files_in_order_and_follows_no_links_to_folders(project):
    for name in ("b.xml", "a.xml", "deep/c.xml", "deep/er/d.xml", "e.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    (project.parent / "outside").mkdir()
    (project.parent / "outside" / "x.xml").write_text("x")
    (project / "loop").symlink_to(project)
    (project / "out").symlink_to(project.parent / "outside")
    assert expand("*.xml", project) == ("a.xml", "b.xml")
    assert expand("**/*.xml", project) == ("a.xml", "b.xml", "deep/c.xml", "deep/er/d.xml")
    assert expand("**/**/**/**/d.xml", project) == ("deep/er/d.xml",)
    assert expand("deep/**", project) == ("deep/c.xml", "deep/er/d.xml")


def test_a_glob_that_finds_nothing_is_an_error_not_an_empty_success(project):
    with pytest.raises(EvidenceError, match="PK504"):
        expand("*.xml", project)


OPENERS = {"[": "]", "{a: ": "}", "[{a: ": "}]", "- ": ""}


@pytest.mark.parametrize("is_libyaml", [True, False], ids=["libyaml", "Python"])
@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 990, 1_010, 20_000])
@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "open"])
def test_nesting_is_refused_alike_whichever_parser_reads_ahead(monkeypatch, is_libyaml, opener, depth, is_closed):
    if not is_libyaml:
        monkeypatch.delattr(yaml, "CSafeLoader")
    text = opener * depth + "1" + OPENERS[opener] * depth * is_closed
    with pytest.raises(EvidenceError) as refused:
        load_yaml(text.encode(), "deep.yaml")
    assert [each.code for each in refused.value.diagnostics] == ["PK511"]


@pytest.mark.parametrize("opener", OPENERS)
def test_what_nests_as_deep_as_allowed_is_read(opener):
    depth = MAX_DEPTH // len(opener.replace("a: ", "").strip())
    assert len(load_yaml((opener * depth + "1" + OPENERS[opener] * depth).encode(), "deep.yaml")) == 1
