"""JUnit XML, as pytest, jest, gtest, catch2, mocha, surefire and promptfoo write it.

There is no standard; what is common: `testsuite` elements, also nested, at the root or in `testsuites`; `testcase` with
`failure`, `error` or `skipped` in it. Counts in attributes are claims, so they only serve as a cross-check.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from policykit.evidence.model import Completeness, Reading, Tool
from policykit.evidence.problems import doubt, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.safe_xml import parse_xml
from policykit.evidence.summaries.test_run import Outcome, Test, TestSummary
from policykit.evidence.times import parse_time
from policykit.source import Diagnostic

_CHILDREN = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
    "rerunFailure": Outcome.FAILED,
    "rerunError": Outcome.ERROR,
    "flakyFailure": Outcome.FLAKY,
    "flakyError": Outcome.FLAKY,
}
"""Source: pytest, ant's junit task; `rerun...` and `flaky...` are maven surefire's for retried tests."""
_STATUS = {
    "disabled": Outcome.SKIPPED,
    "notrun": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "failed": Outcome.FAILED,
    "errored": Outcome.ERROR,
    "error": Outcome.ERROR,
}
"""gtest and others say in `status` or `result` what others say in a child."""
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?\Z")
_WORST_FIRST = (Outcome.ERROR, Outcome.FAILED, Outcome.FLAKY, Outcome.SKIPPED)


def detect(head: bytes, name: str) -> float:
    """Return how sure this is JUnit XML."""
    if b"<testsuite" in head:
        return 1.0
    return 0.1 if name.endswith(".xml") else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a JUnit file shows."""
    report = _Report(file.name)
    parse_xml(file, report)
    if not report.has_suite:
        raise refusal(
            "PK515", "the file has no test suite", place=file.name, expected="`testsuite` elements", got=report.root
        )
    tests = _merge_retries(report.tests)
    return Reading(
        TestSummary(tests),
        Tool(report.tool),
        produced_at=_produced_at(report.timestamps, request, file.name),
        completeness=report.completeness(),
        problems=tuple(_problems(file.name, report, tests)),
    )


class _Report:
    """Collects tests while the file is parsed."""

    def __init__(self, name: str) -> None:
        self.tests: list[Test] = []
        self.timestamps: list[str] = []
        self.root = ""
        self.tool = ""
        self.has_suite = False
        self.stated = 0
        """The number of tests that the suites at the top claim to hold."""
        self._name = name
        self._suites: list[str] = []
        self._case: dict[str, str] | None = None
        self._found: set[Outcome] = set()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if not self.root:
            self.root = f"`<{name}>`"
            self.tool = _tool(attributes.get("name", ""))
        if name == "testsuite":
            self._start_suite(attributes)
        elif name == "testcase":
            if self._case is not None:
                raise refusal("PK515", "a test case stands inside another", place=self._name)
            self._case, self._found = attributes, set()
        elif self._case is not None and name in _CHILDREN:
            self._found.add(_CHILDREN[name])

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if name == "testsuite" and self._suites:
            self._suites.pop()
        elif name == "testcase" and self._case is not None:
            suite = self._case.get("classname") or (self._suites[-1] if self._suites else "")
            outcome = _outcome(self._case, self._found)
            duration = _seconds(self._case.get("time", ""))
            self.tests.append(Test(suite, self._case.get("name", ""), outcome, self._case.get("file", ""), duration))
            self._case = None

    def _start_suite(self, attributes: dict[str, str]) -> None:
        self.has_suite = True
        if not self._suites:
            self.tool = self.tool or _tool(attributes.get("name", ""))
            stated = attributes.get("tests", "")
            self.stated += int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else 0
        if attributes.get("timestamp"):
            self.timestamps.append(attributes["timestamp"])
        self._suites.append(attributes.get("name", ""))

    def completeness(self) -> Completeness:
        """Return whether as many tests are written out as the suites claim."""
        if self.stated > len(self.tests):
            return Completeness(False, f"{len(self.tests)} of {self.stated} tests are written out")
        return Completeness(complete=True)


def _seconds(text: str) -> Decimal | None:
    """Return a duration; some tools write `1,234.5`, which is left out rather than guessed at."""
    return Decimal(text) if _SECONDS.match(text) else None


def _outcome(attributes: dict[str, str], found: set[Outcome]) -> Outcome:
    stated = {_STATUS.get(attributes.get(name, "").lower()) for name in ("status", "result")}
    for outcome in _WORST_FIRST:
        if outcome in found or outcome in stated:
            return outcome
    return Outcome.PASSED


def _merge_retries(tests: Iterable[Test]) -> tuple[Test, ...]:
    """Return the tests, those that were retried with different outcomes once and as flaky.

    Tests that share a name and an outcome stay apart: many tools write several tests under one name.
    """
    outcomes: dict[tuple[str, str], set[Outcome]] = defaultdict(set)
    tests = tuple(tests)
    for test in tests:
        outcomes[test.suite, test.name].add(test.outcome)
    merged: dict[tuple[str, str] | int, Test] = {}
    for number, test in enumerate(tests):
        executed = outcomes[test.suite, test.name] - {Outcome.SKIPPED}
        if len(executed) > 1:
            merged[test.suite, test.name] = replace(test, outcome=Outcome.FLAKY)
        else:
            merged[number] = test
    return tuple(merged.values())


def _problems(name: str, report: _Report, tests: tuple[Test, ...]) -> Iterable[Diagnostic]:
    if not tests and report.stated:
        yield doubt(
            "PK536",
            f"the file claims {report.stated} tests in attributes but holds none",
            place=name,
            help="counts alone are not proof: have the tool write its test cases",
        )
    elif not tests:
        yield doubt("PK530", "the file holds no test", place=name, help="an empty run is never a pass: run it again")
    elif all(test.outcome is Outcome.SKIPPED for test in tests):
        yield doubt("PK546", f"none of the {len(tests)} tests was executed", place=name, help="run them without skips")


def _produced_at(stamps: Iterable[str], request: Request, name: str) -> datetime | None:
    """Return the oldest time of a suite: a run is as old as its oldest part."""
    place = f"{name}: testsuite timestamp"
    return min((parse_time(stamp, request.zone, place) for stamp in stamps), default=None)


def _tool(name: str) -> str:
    known = ("pytest", "promptfoo", "jest", "mocha", "catch2")
    return next((tool for tool in known if tool in name.lower()), "")


READER = Reader("junit", "JUnit XML", frozenset({"test_run"}), detect, read)
