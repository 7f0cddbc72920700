"""A run of software tests, as JUnit XML reports it. The pass rate is over the tests that were executed."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Number, Text, Whole
from policykit.vocabulary.model import Canonical, OpenElement


class Slice(Canonical):
    """The results of the tests that share a label."""

    tests: Annotated[Whole, k.count("number of tests in the slice")] = None
    passed: Annotated[Whole, k.count("number of tests in the slice that passed")] = None
    failed: Annotated[Whole, k.count("number of tests in the slice that failed")] = None
    pass_rate: Annotated[Number, k.percent("share of executed tests in the slice that passed")] = None


class Test(OpenElement):
    """One test, over all its attempts."""

    __test__ = False
    singular = "test"
    name: Annotated[Text, k.text("name of the test")] = None
    suite: Annotated[Text, k.text("suite of the test")] = None
    file: Annotated[Text, k.text("file of the test")] = None
    outcome: Annotated[Text, k.one_of("outcome of the test", "passed", "failed", "error", "skipped", "flaky")] = None
    duration: Annotated[Number, k.duration("time that the test took")] = None


class TestRun(Run):
    """A run of software tests."""

    __test__ = False
    kind = "test_run"
    words = "the test run"
    slice = Slice

    tests: Annotated[Whole, k.count("number of tests")] = None
    executed: Annotated[Whole, k.count("number of tests that were executed")] = None
    passed: Annotated[Whole, k.count("number of tests that passed")] = None
    failed: Annotated[Whole, k.count("number of tests that failed")] = None
    errors: Annotated[Whole, k.count("number of tests that could not be run")] = None
    skipped: Annotated[Whole, k.count("number of tests that were skipped")] = None
    flaky: Annotated[Whole, k.count("number of tests that both passed and failed")] = None
    pass_rate: Annotated[Number, k.percent("share of executed tests that passed")] = None
    duration: Annotated[Number, k.duration("time that the run took")] = None

    test_results: tuple[Test, ...] = ()
