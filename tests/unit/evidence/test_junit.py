"""Traps of JUnit XML, and a report that pytest itself writes."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest

STAMP = 'timestamp="2026-11-20T10:00:00Z"'


def suite(*cases: str, attributes: str = STAMP) -> str:
    return f'<testsuites><testsuite name="s" {attributes}>{"".join(cases)}</testsuite></testsuites>'


def case(name: str, inside: str = "", more: str = "") -> str:
    return f'<testcase classname="c" name="{name}" time="0.5" {more}>{inside}</testcase>'


def test_what_pytest_writes_is_understood(read, project):
    (project / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.mark.skip\ndef test_later(): pass\n"
        "@pytest.mark.xfail\ndef test_known(): assert False\n"
        "@pytest.fixture\ndef broken(): raise OSError\n"
        "def test_setup(broken): pass\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--junitxml=out.xml",
        "test_it.py",
    ]
    subprocess.run(command, cwd=project, capture_output=True)
    evidence = read(
        "out.xml", None, "test_run", zone="UTC", now=__import__("datetime").datetime.now(__import__("datetime").UTC)
    )
    assert evidence.sufficiency == "sufficient", evidence.problems
    counted = {k: evidence.fields[k] for k in ("tests", "executed", "passed", "failed", "errors", "skipped", "flaky")}
    assert counted == {"tests": 5, "executed": 3, "passed": 1, "failed": 1, "errors": 1, "skipped": 2, "flaky": 0}
    assert evidence.fields["pass_rate"] == Fraction(1, 3)
    assert evidence.tool.name == "pytest"


def test_trap_25_counts_in_attributes_alone_are_not_proof(read, codes):
    evidence = read("r.xml", suite(attributes=f'tests="6" failures="0" {STAMP}'), "test_run")
    assert codes(evidence) == {"PK536", "PK531"}
    assert "pass_rate" not in evidence.fields


def test_fewer_tests_than_claimed_is_a_partial_file(read, codes):
    assert codes(read("r.xml", suite(case("a"), attributes=f'tests="2" {STAMP}'), "test_run")) == {"PK531"}


@pytest.mark.parametrize("order", [("<failure/>", ""), ("<error/>", "")])
def test_trap_26_a_retried_test_is_flaky_and_no_pass(read, order):
    evidence = read("r.xml", suite(case("a", order[0]), case("a", order[1]), case("b")), "test_run")
    assert evidence.fields["flaky"] == 1
    assert evidence.fields["tests"] == 2
    assert evidence.fields["pass_rate"] == Decimal("0.5")


def test_the_retries_of_surefire_are_flaky(read):
    evidence = read("r.xml", suite(case("a", "<flakyFailure/>")), "test_run")
    assert evidence.fields["flaky"] == 1
    assert evidence.fields["passed"] == 0


def test_tests_that_share_a_name_and_an_outcome_stay_apart(read):
    assert read("r.xml", suite(case("a"), case("a")), "test_run").fields["passed"] == 2


BOMB = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(20))
    + "]>"
)


@pytest.mark.parametrize(
    "prolog",
    [
        BOMB,
        "<!DOCTYPE testsuites>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]>",
    ],
)
def test_trap_27_document_types_and_entities_are_refused_before_they_are_parsed(read, codes, prolog):
    assert codes(read("r.xml", prolog + suite(case("a", "&t;")), "test_run", reader="junit")) == {"PK512"}


def test_trap_28_skipped_and_expected_failures_are_neither_pass_nor_fail(read):
    cases = (
        case("a"),
        case("b", "<skipped/>"),
        case("c", '<skipped type="pytest.xfail"/>'),
        case("d", more='status="notrun"'),
    )
    evidence = read("r.xml", suite(*cases), "test_run")
    assert evidence.fields["executed"] == 1
    assert evidence.fields["skipped"] == 3
    assert evidence.fields["pass_rate"] == 1


def test_a_run_in_which_everything_was_skipped_proves_nothing(read, codes):
    assert codes(read("r.xml", suite(case("a", "<skipped/>")), "test_run")) == {"PK546"}


def test_an_empty_run_is_never_a_pass(read, codes):
    assert codes(read("r.xml", suite(), "test_run")) == {"PK530"}


def test_a_time_without_a_zone_needs_a_declared_one(read, codes):
    naive = suite(case("a"), attributes='timestamp="2026-11-20T10:00:00"')
    assert codes(read("r.xml", naive, "test_run")) == {"PK516"}
    evidence = read("r.xml", None, "test_run", zone="Europe/Berlin")
    assert evidence.produced_at.isoformat() == "2026-11-20T09:00:00+00:00"
    assert codes(read("r.xml", None, "test_run", zone="Europe/Berln")) == {"PK519"}


def test_in_the_hour_that_a_zone_repeats_the_older_instant_counts(read):
    naive = suite(case("a"), attributes='timestamp="2026-10-25T02:30:00"')
    assert read("r.xml", naive, "test_run", zone="Europe/Berlin").produced_at.isoformat() == "2026-10-25T00:30:00+00:00"


def test_without_any_time_the_age_is_unknown(read):
    evidence = read("r.xml", suite(case("a"), attributes=""), "test_run")
    assert evidence.produced_at is None
    assert evidence.sufficiency == "sufficient"


def test_the_oldest_suite_gives_the_age(read):
    two = f'<testsuites><testsuite {STAMP}>{case("a")}</testsuite><testsuite timestamp="2026-01-01T00:00:00Z"/></testsuites>'
    assert read("r.xml", two, "test_run").produced_at.month == 1


def test_elements_can_be_tested_one_by_one(read):
    evidence = read("r.xml", suite(case("a"), case("b", "<failure/>")), "test_run")
    assert evidence.elements["test"][1] == {"name": "b", "suite": "c", "outcome": "failed", "duration": Decimal("0.5")}
    assert evidence.slices("suite")["c"]["tests"] == 2
