"""Suites of a JUnit file: what they state in attributes, held against the cases that are written in them.

Counts are claims. They are never believed in place of cases; but a file that contradicts itself proves nothing. Tools
count differently, and a count is right when it fits one of these ways:

- with the suites inside a suite, or without them;
- skipped tests counted or not;
- a case for each outcome in it: pytest counts a test that was skipped and whose teardown broke twice, surefire counts
  each attempt of a repeated test;
- each test once, however often it is written.

Catch2 and doctest state assertions under `tests`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policykit.evidence.problems import doubt
from policykit.evidence.readers._junit_retries import JunitCase, distinct
from policykit.evidence.readers._junit_words import said_by
from policykit.evidence.summaries.test_run import TestOutcome
from policykit.source import Diagnostic
from policykit.source.visible import quoted

_COUNT = re.compile(r"[0-9]{1,9}(\.0+)?\Z")
_SKIPS = ("skipped", "skips", "skip", "disabled", "ignored", "notrun", "not-run")
_AGAIN = "have the tool write the report again, with all of its test cases"


@dataclass(slots=True)
class Written:
    """What is written in a suite."""

    cases: int = 0
    least: int = 0
    """Each test once, and skipped ones not at all."""
    most: int = 0
    """Each outcome of each case."""
    bad_cases: int = 0
    bad: int = 0
    """Elements that say that an attempt failed."""
    skipped_cases: int = 0
    skipped: int = 0
    repeated: bool = False
    """Attempts are written in the form of surefire, whose counts are those of the last attempt."""

    def add(self, other: Written) -> None:
        """Add what is written in a suite inside."""
        self.cases += other.cases
        self.least += other.least
        self.most += other.most
        self.bad_cases += other.bad_cases
        self.bad += other.bad
        self.skipped_cases += other.skipped_cases
        self.skipped += other.skipped
        self.repeated |= other.repeated

    def fits(self, tests: int) -> bool:
        """Return whether a count of tests can be about this."""
        return (0 if self.repeated else self.least) <= tests <= self.most


@dataclass(slots=True)
class Suite:
    """A `testsuite` or `testsuites` element while it is read."""

    attributes: Mapping[str, str]
    is_root: bool = False
    cases: list[JunitCase] = field(default_factory=list)
    own: Written = field(default_factory=Written)
    inner: Written = field(default_factory=Written)
    suites: int = 0
    outside: str = ""
    """The first element that tells an outcome and stands in no case."""

    @property
    def name(self) -> str:
        """Return the name that the tool gave it."""
        return self.attributes.get("name", "")

    @property
    def stated(self) -> int:
        """Return how many tests it states, 0 where it does not say."""
        return self.count("tests") or 0

    @property
    def hides_reruns(self) -> bool:
        """Return whether it writes more cases than it states tests."""
        stated = self.count("tests")
        return stated is not None and not self.suites and stated < self.own.cases - self.own.skipped_cases

    @property
    def counts_assertions(self) -> bool:
        """Return whether `tests` counts assertions. Source: the reporters of Catch2 3 and doctest 2.4."""
        return self.attributes.get("hostname") == "tbd" or "doctest_version" in self.attributes

    def count(self, name: str) -> int | None:
        """Return a count that it states, None where it states none or none that is a number."""
        text = self.attributes.get(name, "").strip()
        return int(text.partition(".")[0]) if _COUNT.match(text) else None

    def close(self) -> Written:
        """Return all that is written in it, once the last element in it was read."""
        skipped = [case for case in self.cases if case.test.outcome is TestOutcome.SKIPPED]
        self.own.least = distinct([case for case in self.cases if case.test.outcome is not TestOutcome.SKIPPED])
        self.own.cases, self.own.skipped_cases = len(self.cases), len(skipped)
        self.own.bad_cases = sum(case.is_bad for case in self.cases)
        total = Written()
        total.add(self.own)
        total.add(self.inner)
        return total

    def fingerprint(self) -> str:
        """Return a digest over what was measured, or nothing where the file does not measure anything."""
        times = [value for case in self.cases for name, value in case.key if name == "timestamp"]
        spent = any(case.test.duration_s for case in self.cases)
        if not self.cases or not (self.attributes.get("timestamp") or times or spent):
            return ""
        about = [self.attributes.get(name, "") for name in ("name", "package", "timestamp", "hostname", "time", "id")]
        cases = [(case.key, str(case.test.duration_s), case.test.outcome.value) for case in self.cases]
        return hashlib.sha256(repr((about, cases)).encode()).hexdigest()


def contradictions(suite: Suite, written: Written, place: str) -> Iterator[Diagnostic]:
    """Yield where a suite contradicts what is written in it."""
    where = f"{place}: suite {quoted(suite.name)}" if suite.name else place
    yield from _not_numbers(suite, where)
    if suite.outside:
        yield _doubt("an outcome stands outside the test cases", where, "outcomes in a `testcase`", suite.outside)
    yield from _wrong_tests(suite, written, where)
    stated = sum(suite.count(name) or 0 for name in ("failures", "errors"))
    if stated > (most := max(written.bad, written.bad_cases)):
        yield _doubt("failures are stated that are not written out", where, f"{stated} failures and errors", str(most))
    skipped = sum({suite.count(name) or 0 for name in _SKIPS})  # a set: some tools state one count under two names
    if skipped > (most := max(written.skipped, written.skipped_cases)):
        yield _doubt("skipped tests are stated that are not written out", where, f"{skipped} skipped", str(most))
    bad = [word for word, outcome in said_by(suite.attributes) if outcome in (TestOutcome.FAILED, TestOutcome.ERROR)]
    if bad and not written.bad_cases:
        yield _doubt("the suite says that it failed, and no test in it did", where, "the test that failed", bad[0])


def _not_numbers(suite: Suite, where: str) -> Iterator[Diagnostic]:
    for name in ("tests", "failures", "errors", *_SKIPS):
        if (text := suite.attributes.get(name, "").strip()) and suite.count(name) is None:
            yield _doubt(f"the count `{name}` is not a number", where, "a whole number", text)


def _wrong_tests(suite: Suite, written: Written, where: str) -> Iterator[Diagnostic]:
    tests = suite.count("tests")
    if tests is None:
        if not (suite.is_root or suite.suites or suite.cases):
            yield doubt("PK530", "a suite holds no test", place=where, help="run it again: it may not have been loaded")
    elif suite.counts_assertions or suite.own.fits(tests) or written.fits(tests) or tests > written.most:
        return  # more than are written: the run is not complete, see `missing`
    else:
        yield _doubt("more tests are written than are stated", where, f"{tests} tests", str(written.cases))


def missing(suite: Suite, written: Written) -> int:
    """Return how many tests a suite states beyond those that are written in it."""
    if suite.counts_assertions and written.cases:
        return 0
    return max(0, suite.stated - written.most)


def _doubt(message: str, place: str, expected: str, got: str) -> Diagnostic:
    return doubt("PK533", message, place=place, expected=expected, got=quoted(got), help=_AGAIN)
