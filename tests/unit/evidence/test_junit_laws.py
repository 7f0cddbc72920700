"""Laws of JUnit files.

States twice: counts of suites and roots, and cases; `status` and elements. Can leave out: cases of a suite that did not
load, the attempts of a repeated test. Passes without looking: an empty `testcase`, whatever its words. What trackers
say went wrong: pytest 2967 and 9909 (failure and teardown error), pytest-rerunfailures (empty attempts), surefire 2138
(counts of attempts), gotestsum 384 (attempts as cases), jest-junit 46 (suite errors).
"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest

from policykit.evidence.merging import merge
from tests.unit.evidence.junit_files import BREAKS, GOOD, case, pytest_file
from tests.unit.evidence.never_better import assert_never_better

FAIL, ERROR, SKIP = "<failure/>", "<error/>", "<skipped/>"


def counts(evidence):
    return {name: evidence.fields[name] for name in ("tests", "passed", "failed", "errors", "skipped", "flaky")}


def outcome(read, *attempts, text=None, t=None):
    """Return what becomes of a test with these attempts, beside one that passed."""
    cases = (case("other"), *(case("it", inside) for inside in attempts))
    evidence = read("r.xml", text or pytest_file(*cases, t=t, f=sum("failure" in a for a in attempts)), "test_run")
    assert evidence.sufficiency == "sufficient", evidence.problems
    return sorted(test["outcome"] for test in evidence.elements["test"] if test["name"] == "it")


@pytest.mark.parametrize("tool", GOOD)
def test_a_good_file_of_each_tool_is_sufficient(read, tool):
    evidence = read("r.xml", GOOD[tool], "test_run", zone="UTC")
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert counts(evidence) == {"tests": 3, "passed": 3, "failed": 0, "errors": 0, "skipped": 0, "flaky": 0}


BROKEN = [(tool, how) for tool in GOOD for how, (old, _) in BREAKS.items() if old in GOOD[tool]]
"""What a tool does not write cannot be broken in its files."""


@pytest.mark.parametrize(("tool", "how"), BROKEN)
def test_a_broken_file_is_never_better(read, tool, how):
    old, new = BREAKS[how]
    broken = GOOD[tool].replace(old, new, 1)
    whole = read("whole.xml", GOOD[tool], "test_run", zone="UTC")
    evidence = read("broken.xml", broken, "test_run", zone="UTC")
    assert_never_better(whole, evidence)
    clean = {"tests": 3, "passed": 3, "failed": 0, "errors": 0, "skipped": 0, "flaky": 0}
    assert evidence.sufficiency != "sufficient" or (counts(evidence) != clean) or tool == "catch2"


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([FAIL, ""], ["flaky"]),
        ([ERROR, FAIL, ""], ["flaky"]),
        (["", FAIL], ["failed"]),
        ([FAIL, "", FAIL], ["failed", "failed"]),
        ([FAIL, "", ""], ["failed"]),
        ([FAIL, FAIL], ["failed", "failed"]),
        ([FAIL, ERROR], ["failed"]),
        ([ERROR, FAIL], ["error", "failed"]),
        (["", ERROR], ["error"]),
        ([SKIP, ""], ["passed", "skipped"]),
        ([SKIP, FAIL, ""], ["flaky", "skipped"]),
        (["", ""], ["passed", "passed"]),
        (["<flakyFailure/>"], ["flaky"]),
        (["<flakyError/>"], ["flaky"]),
        (["<flakyFailure/><failure/>"], ["failed"]),
        (["<failure/><rerunFailure/>"], ["failed"]),
        (["<rerunError/>"], ["error"]),
        (["<skipped/><failure/>"], ["failed"]),
        (["<skipped/><error/>"], ["error"]),
    ],
)
def test_a_test_is_flaky_only_when_it_passed_after_it_failed(read, attempts, expected):
    assert outcome(read, *attempts) == expected


def test_empty_attempts_of_a_repeated_test_are_not_passes(read):
    assert outcome(read, "", "", "", t=2) == ["flaky"]
    assert outcome(read, "", "", FAIL, t=2) == ["failed"]


def test_an_error_elsewhere_is_not_the_teardown_of_a_failure(read):
    cases = (case("it", FAIL), case("other"), case("it", ERROR))
    evidence = read("r.xml", pytest_file(*cases, f=1, e=1), "test_run")
    assert (evidence.fields["failed"], evidence.fields["errors"]) == (1, 1)


@pytest.mark.parametrize("more", ['file="b.py"', 'line="9"', 'id="2"'])
def test_cases_that_differ_in_more_than_the_run_are_two_tests(read, more):
    cases = (case("it", FAIL, 'file="a.py" line="1" id="1"'), case("it", "", more))
    assert counts(read("r.xml", pytest_file(*cases, f=1), "test_run"))["failed"] == 1


@pytest.mark.parametrize("measured", ['timestamp="2026-11-20T10:00:00Z"', 'assertions="3"', 'status="passed"'])
def test_attempts_may_differ_in_what_a_run_measures(read, measured):
    cases = (case("it", FAIL), case("it", "", measured))
    assert counts(read("r.xml", pytest_file(*cases, f=1), "test_run"))["flaky"] == 1


def test_one_name_in_two_suites_is_two_tests(read):
    suites = "".join(f'<testsuite name="s">{case("it", inside)}</testsuite>' for inside in (FAIL, ""))
    found = counts(read("r.xml", f"<testsuites>{suites}</testsuites>", "test_run"))
    assert (found["failed"], found["passed"], found["flaky"]) == (1, 1, 0)


@pytest.mark.parametrize("tool", ["jest tests", "Mocha Tests", "vitest tests"])
def test_a_tool_that_writes_no_attempts_wrote_two_tests(read, tool):
    text = f'<testsuites name="{tool}"><testsuite name="s">{case("it", FAIL)}{case("it")}</testsuite></testsuites>'
    assert outcome(read, text=text) == ["failed", "passed"]


def test_two_files_are_two_runs(read):
    first = read("a.xml", pytest_file(case("it", FAIL), f=1), "test_run")
    again = read("b.xml", pytest_file(case("it")).replace("10:00:00", "11:00:00"), "test_run")
    found = counts(merge([first, again]))
    assert (found["failed"], found["passed"], found["flaky"]) == (1, 1, 0)


def test_what_pytest_writes_for_teardowns_skips_and_expected_failures(read, project):
    (project / "test_desk.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef key():\n    yield\n    raise OSError\n"
        "def test_good(): pass\n"
        "def test_both(key): assert False\n"
        "def test_lost(key): pass\n"
        "def test_closed(key): pytest.skip('x')\n"
        "@pytest.mark.xfail\ndef test_known(key): assert False\n"
        "@pytest.mark.xfail\ndef test_mended(): pass\n"
        "@pytest.mark.xfail(strict=True)\ndef test_strict(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--junitxml=o.xml"]
    subprocess.run([*command, "test_desk.py"], cwd=project, capture_output=True)
    evidence = read("o.xml", None, "test_run", now=__import__("datetime").datetime.now(__import__("datetime").UTC))
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert counts(evidence) == {"tests": 7, "passed": 2, "failed": 2, "errors": 2, "skipped": 1, "flaky": 0}


@pytest.mark.parametrize(
    ("attributes", "inside"),
    [
        ('tests="6" failures="6" errors="0"', "<failure/>" + "<rerunFailure/>" * 5),
        ('tests="2" failures="1" errors="0"', "<flakyFailure/>"),
        ('tests="1" failures="0" errors="0"', "<flakyFailure/>"),
    ],
)
def test_surefire_counts_attempts_and_is_believed(read, attributes, inside):
    text = f'<testsuite name="s" {attributes}>{case("it", inside)}</testsuite>'
    assert read("r.xml", text, "test_run").sufficiency == "sufficient"


def test_counts_with_and_without_inner_suites_and_skips_are_right(read):
    inner = f'<testsuite name="in" tests="1">{case("a")}</testsuite>'
    for outer in ("1", "2", "3"):
        text = f'<testsuite name="out" tests="{outer}">{inner}{case("b")}{case("c", SKIP)}</testsuite>'
        assert read("r.xml", text, "test_run").sufficiency == "sufficient", outer
    text = f'<testsuite name="out" tests="4">{inner}{case("b")}{case("c", SKIP)}</testsuite>'
    assert read("r.xml", text, "test_run").sufficiency == "inconclusive"


def test_a_disabled_test_of_gtest_that_was_run_anyway_is_no_contradiction(read):
    text = f'<testsuite name="Keys" tests="1" disabled="1">{case("DISABLED_Lost", more="status=" + chr(34) + "run" + chr(34))}</testsuite>'
    assert read("r.xml", text, "test_run").sufficiency == "sufficient"
    assert read("r.xml", text.replace("DISABLED_", ""), "test_run").sufficiency == "inconclusive"


@pytest.mark.parametrize("name", ["skipped", "disabled"])
def test_one_count_of_skips_under_two_names_is_one(read, name):
    text = f'<testsuite tests="2" skipped="1" {"disabled" if name == "skipped" else "ignored"}="1">{case("a")}{case("b", SKIP)}</testsuite>'
    assert read("r.xml", text, "test_run").sufficiency == "sufficient"
    two = text.replace('skipped="1"', 'skipped="2"')
    assert read("r.xml", two, "test_run").sufficiency == "inconclusive"


@pytest.mark.parametrize("word", ["run", "PASSED", "Success", "not run", "Completed"])
def test_words_that_are_known_are_understood(read, word):
    text = f'<testsuite tests="2">{case("a")}{case("it", more="result=" + chr(34) + word + chr(34))}</testsuite>'
    assert outcome(read, text=text) == ["skipped" if word == "not run" else "passed"]


@pytest.mark.parametrize("word", ["TIMED-OUT", "broken", "Failure", "not ok", "crashed"])
def test_words_for_failures_are_never_passes(read, word):
    text = f'<testsuite tests="2">{case("a")}{case("it", more="status=" + chr(34) + word + chr(34))}</testsuite>'
    assert outcome(read, text=text) in (["failed"], ["error"])


def test_an_unknown_word_proves_nothing(read, codes):
    evidence = read(
        "r.xml", f'<testsuite tests="1">{case("a", more="state=" + chr(34) + "odd" + chr(34))}</testsuite>', "test_run"
    )
    assert codes(evidence) == {"PK569"}
    assert evidence.fields["passed"] == 0
    for neutral in ("<system-out/>", "<properties/>", "<attachment/>"):
        assert read("r.xml", f"<testsuite>{case('a', neutral)}</testsuite>", "test_run").sufficiency == "sufficient"


@pytest.mark.parametrize("element", ["result", "status", "outcome", "state", "verdict"])
def test_an_outcome_in_an_element_of_another_tool_is_no_pass(read, codes, element):
    evidence = read("r.xml", pytest_file(case("a"), case("b", f"<{element}>failed</{element}>")), "test_run")
    assert (evidence.sufficiency, codes(evidence)) == ("inconclusive", {"PK569"})


def test_a_suite_of_suites_needs_no_counts_of_its_own(read):
    inner = pytest_file(case("a"), case("b")).partition("<testsuite ")[2].rpartition("</testsuite>")[0]
    text = f'<testsuite name="all"><testsuite {inner}</testsuite></testsuite>'
    assert read("r.xml", text, "test_run").sufficiency == "sufficient"


def test_flaky_tests_are_named_in_a_note(read):
    evidence = read("r.xml", pytest_file(case("it", FAIL), case("it"), f=1), "test_run")
    assert [problem.code for problem in evidence.problems] == ["PK568"]
    assert evidence.fields["pass_rate"] == Fraction(0)


def test_a_suite_counts_once(read, codes):
    suite = GOOD["gradle"]
    assert codes(read("r.xml", f"<testsuites>{suite}{suite}</testsuites>", "test_run")) == {"PK545"}
    later = suite.replace("10:00:00", "10:00:09")
    assert codes(read("r.xml", f"<testsuites>{suite}{later}</testsuites>", "test_run")) == set()
    alone, together = read("a.xml", suite, "test_run"), read("b.xml", f"<testsuites>{suite}\n</testsuites>", "test_run")
    assert codes(merge([alone, together])) == {"PK545"}
    assert codes(merge([alone, read("c.xml", later, "test_run")])) == set()


def test_a_run_that_names_itself_counts_once(read, codes):
    one = read("a.xml", GOOD["nextest"], "test_run")
    other = read("b.xml", GOOD["nextest"].replace('time="0.25"', 'time="0.75"'), "test_run")
    assert codes(merge([one, other])) == {"PK545"}


def test_hostile_files_end(read):
    deep = "<testsuite>" * 90 + case("a") + "</testsuite>" * 90
    assert read("r.xml", deep, "test_run").fields["tests"] == 1
    wide = "<testsuites>" + '<testsuite tests="9"/>' * 5000 + case("a") + "</testsuites>"
    assert len(read("r.xml", wide, "test_run").problems) < 10


CASE = '<testcase classname="c" name="{}"/>'


@pytest.mark.parametrize("word", ["failure", "error", "skipped", "crash", "testcase"])
@pytest.mark.parametrize("before", [True, False])
def test_an_outcome_outside_all_suites_proves_nothing(read, codes, word, before):
    suite = f'<testsuite name="s" tests="1">{CASE.format("a")}</testsuite>'
    stray = f"<{word} message='x'/>"
    text = f"<report>{stray}{suite}</report>" if before else f"<report>{suite}{stray}</report>"
    assert codes(read("r.xml", text, "test_run")) == {"PK533"}
    assert codes(read("r.xml", f"<report>{suite}</report>", "test_run")) == set()


@pytest.mark.parametrize("first", [True, False])
def test_a_suite_with_repeated_attempts_may_state_fewer_tests_wherever_they_stand(read, codes, first):
    repeated = '<testcase classname="c" name="a"><flakyFailure message="x"/></testcase>'
    cases = [repeated, CASE.format("b")]
    inside = "".join(cases if first else cases[::-1])
    assert codes(read("r.xml", f'<testsuite name="s" tests="1">{inside}</testsuite>', "test_run")) == set()
    plain = CASE.format("a") + CASE.format("b")
    assert codes(read("r.xml", f'<testsuite name="s" tests="1">{plain}</testsuite>', "test_run")) == {"PK533"}


def test_the_tool_that_the_root_names_stays(read):
    inner = f'<testsuite name="App" tests="1">{CASE.format("a")}</testsuite>'
    assert read("r.xml", f'<testsuites name="jest tests">{inner}</testsuites>', "test_run").tool.name == "jest"
    assert read("r.xml", inner.replace("App", "pytest"), "test_run").tool.name == "pytest"
