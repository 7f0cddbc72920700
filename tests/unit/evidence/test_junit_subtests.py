"""What pytest writes of subtests: those that passed are counted and not written, so the file cannot show them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

SUITE = """
def test_parts(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number < {limit}
def test_plain():
    pass
"""


@pytest.fixture
def report(tmp_path):
    """Return the report that pytest itself writes of a test with three subtests."""

    def writing(limit: int) -> bytes:
        (tmp_path / "test_suite.py").write_text(SUITE.format(limit=limit))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=r.xml", "test_suite.py"]
        subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
        written = (tmp_path / "r.xml").read_bytes()
        return re.sub(rb'timestamp="[^"]*"', b'timestamp="2026-11-20T10:00:00+00:00"', written)

    return writing


@pytest.mark.parametrize("limit", [3, 2])
def test_passed_subtests_look_like_tests_that_were_cut_and_the_help_says_so(read, codes, report, limit):
    evidence = read("r.xml", report(limit), "test_run")
    assert codes(evidence) == {"PK531"}
    (problem,) = (p for p in evidence.problems if p.code == "PK531")
    assert "parametrize" in problem.help
    assert evidence.fields["failed"] == (limit < 3)


def test_subtests_that_all_failed_are_written_and_count(read, codes, report):
    evidence = read("r.xml", report(0), "test_run")
    assert codes(evidence) == set()
    assert (evidence.fields["failed"], evidence.fields["passed"]) == (1, 1)


def test_another_tool_is_not_told_about_subtests(read):
    text = '<testsuite name="x" tests="2"><testcase name="a"/></testsuite>'
    (problem,) = (p for p in read("r.xml", text, "test_run").problems if p.code == "PK531")
    assert "parametrize" not in problem.help
