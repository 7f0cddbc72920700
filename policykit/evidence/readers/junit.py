"""JUnit XML, as pytest, jest, gtest, catch2, mocha, surefire, gradle, go and promptfoo write it.

There is no standard; what is common: `testsuite` elements, also nested, at the root or in `testsuites`; `testcase` with
`failure`, `error` or `skipped` in it. Counts in attributes are claims: they are held against the cases
(`_junit_suites`). Cases that are attempts of one test are put together (`_junit_retries`). Words that are not known are
never a pass (`_junit_words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from policykit.evidence.model import Completeness, Reading, Tool
from policykit.evidence.problems import doubt, note, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._junit_retries import JunitCase, key_of, tests_of
from policykit.evidence.readers._junit_suites import Suite, contradictions, missing
from policykit.evidence.readers._junit_words import CHILDREN, RERUNS, is_unknown_outcome, plain, said_by
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.safe_xml import parse_xml
from policykit.evidence.summaries.test_run import Test, TestOutcome, TestSummary
from policykit.evidence.times import parse_time
from policykit.source import Diagnostic
from policykit.source.visible import quoted

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?\Z")
_WORST_FIRST = (TestOutcome.ERROR, TestOutcome.FAILED, TestOutcome.FLAKY, TestOutcome.SKIPPED)
_SUITES = ("testsuites", "testsuite")
_MOST_PROBLEMS = 5
_SUBTESTS = (
    "run all of it, and bind the whole result; pytest counts subtests that passed and does not write them: "
    "use `parametrize` in their place"
)
_NO_RERUNS = ("jest", "mocha", "vitest")
"""Tools that write the last attempt only: what they write twice under one name are two tests."""


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
    return Reading(
        TestSummary(tuple(report.tests)),
        Tool(report.tool),
        produced_at=_produced_at(report.timestamps, request, file.name),
        completeness=report.completeness(),
        problems=tuple(_problems(file.name, report)),
        runs=frozenset({f"junit {report.run}"} if report.run else ()),
        results=frozenset(report.measured),
    )


class _Report:
    """Collects tests while the file is parsed."""

    def __init__(self, name: str) -> None:
        self.tests: list[Test] = []
        self.timestamps: list[str] = []
        self.root = ""
        self.tool = ""
        self.run = ""
        """What the tool calls the run. Source: cargo-nextest writes `uuid`."""
        self.has_suite = False
        self.stray = ""
        """The first element that tells an outcome and stands in no suite."""
        self.missing = 0
        """The number of tests that are stated and not written."""
        self.unknown: list[str] = []
        """Words about outcomes that are not known."""
        self.contradictions: list[Diagnostic] = []
        self.measured: set[str] = set()
        self.copies = 0
        """Suites that stand in the file a second time."""
        self._name = name
        self._suites: list[Suite] = []
        self._case: dict[str, str] | None = None
        self._inside: list[str] = []
        self._number = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        name = plain(name)
        if not self.root:
            self.root, self.run = f"`<{name}>`", attributes.get("uuid", "")
            self.tool = _tool(attributes.get("name", ""))
        if name in _SUITES:
            self._start_suite(name, attributes)
        elif name == "testcase":
            if self._case is not None:
                raise refusal("PK515", "a test case stands inside another", place=self._name)
            self._case, self._inside = attributes, []
        elif name in CHILDREN or is_unknown_outcome(name):
            if self._case is not None:
                self._inside.append(name)
            elif self._suites:
                self._suites[-1].outside = self._suites[-1].outside or name
            else:
                self.stray = self.stray or name

    def end(self, name: str) -> None:
        """Take the end of an element."""
        name = plain(name)
        if name in _SUITES and self._suites:
            self._end_suite(self._suites.pop())
        elif name == "testcase" and self._case is not None:
            self._end_case(self._case)
            self._case = None

    def _start_suite(self, name: str, attributes: dict[str, str]) -> None:
        if name == "testsuite":
            self.has_suite = True
            if not any(not suite.is_root for suite in self._suites):
                self.tool = self.tool or _tool(attributes.get("name", ""))
            if attributes.get("timestamp"):
                self.timestamps.append(attributes["timestamp"])
        self._suites.append(Suite(attributes, is_root=name == "testsuites"))

    def _end_suite(self, suite: Suite) -> None:
        written = suite.close()
        hides_reruns = suite.hides_reruns and self.tool not in _NO_RERUNS
        if self.tool in _NO_RERUNS:
            self.tests.extend(case.test for case in suite.cases)
        else:
            self.tests.extend(tests_of(suite.cases, hides_reruns=hides_reruns))
        self.missing = max(self.missing, missing(suite, written))
        if len(self.contradictions) < _MOST_PROBLEMS:
            self.contradictions.extend(contradictions(suite, written, self._name))
        if fingerprint := suite.fingerprint():
            self.copies += fingerprint in self.measured
            self.measured.add(fingerprint)
        if self._suites:
            self._suites[-1].suites += 1
            self._suites[-1].inner.add(written)

    def _end_case(self, attributes: dict[str, str]) -> None:
        if not self._suites:
            self.stray = self.stray or "testcase"
            return
        suite = self._suites[-1]
        test = Test(
            attributes.get("classname") or suite.name,
            attributes.get("name", ""),
            self._outcome(attributes),
            attributes.get("file", ""),
            _seconds(attributes.get("time", "")),
        )
        self._number += 1
        suite.cases.append(JunitCase(self._number, key_of(attributes), test))
        own, inside = suite.own, self._inside
        own.bad += sum(CHILDREN.get(name) is not TestOutcome.SKIPPED for name in inside)
        own.skipped += sum(CHILDREN.get(name) is TestOutcome.SKIPPED for name in inside)
        own.skipped += attributes.get("name", "").startswith("DISABLED_")  # gtest counts them as disabled when they ran
        own.repeated |= any(name in RERUNS for name in inside)
        own.most += max(1, len(inside) + any(name.startswith("flaky") for name in inside))

    def _outcome(self, attributes: dict[str, str]) -> TestOutcome:
        found = {CHILDREN.get(name) for name in self._inside}
        said = dict(said_by(attributes))
        self.unknown.extend(word for word, outcome in said.items() if outcome is None)
        self.unknown.extend(name for name in self._inside if name not in CHILDREN)
        found |= set(said.values())
        if None in found:
            return TestOutcome.ERROR
        return next((outcome for outcome in _WORST_FIRST if outcome in found), TestOutcome.PASSED)

    def completeness(self) -> Completeness:
        """Return whether as many tests are written out as the suites claim."""
        if self.missing and self.tool == "pytest":
            return Completeness(False, f"{self.missing} tests are stated and not written out", _SUBTESTS)
        if self.missing:
            return Completeness(False, f"{self.missing} tests are stated and not written out")
        return Completeness(complete=True)


def _seconds(text: str) -> Decimal | None:
    """Return a duration; some tools write `1,234.5`, which is left out rather than guessed at."""
    return Decimal(text) if _SECONDS.match(text) else None


def _problems(name: str, report: _Report) -> Iterable[Diagnostic]:
    tests = report.tests
    if not tests and report.missing:
        yield doubt(
            "PK536",
            f"the file claims {report.missing} tests in attributes but holds none",
            place=name,
            help="counts alone are not proof: have the tool write its test cases",
        )
    elif not tests:
        yield doubt("PK530", "the file holds no test", place=name, help="an empty run is never a pass: run it again")
    elif all(test.outcome is TestOutcome.SKIPPED for test in tests):
        yield doubt("PK546", f"none of the {len(tests)} tests was executed", place=name, help="run them without skips")
    yield from report.contradictions[: _MOST_PROBLEMS if tests else 0]
    if report.stray and report.stray != report.root.strip("`<>"):
        yield doubt(
            "PK533", "an outcome stands outside the test suites", place=name, expected="a `testcase` in a `testsuite`",
            got=quoted(report.stray), help="have the tool write the report again, with all of its test cases",
        )  # fmt: skip
    if report.copies:
        yield doubt(
            "PK545",
            "the same suite stands twice in the file",
            place=name,
            help="write each suite once",
        )
    yield from _outcome_problems(name, report)


def _outcome_problems(name: str, report: _Report) -> Iterable[Diagnostic]:
    if report.unknown:
        yield doubt(
            "PK569",
            f"{len(report.unknown)} words about the outcome of a test are not known",
            place=name,
            expected="`passed`, `failed`, `error` or `skipped`",
            got=", ".join(map(quoted, sorted(set(report.unknown))[:3])),
            help="have the tool write `failure`, `error` or `skipped` elements",
        )
    if flaky := [test.name for test in report.tests if test.outcome is TestOutcome.FLAKY]:
        yield note(
            "PK568",
            f"{len(flaky)} of {len(report.tests)} tests failed before they passed",
            place=name,
            got=", ".join(map(quoted, flaky[:3])),
            help="they count as flaky, neither passed nor failed; ask for `flaky is 0` or a `pass_rate` in the policy",
        )


def _produced_at(stamps: Iterable[str], request: Request, name: str) -> datetime | None:
    """Return the oldest time of a suite: a run is as old as its oldest part."""
    place = f"{name}: testsuite timestamp"
    return min((parse_time(stamp, request.zone, place) for stamp in stamps), default=None)


def _tool(name: str) -> str:
    known = ("pytest", "promptfoo", "jest", "mocha", "catch2", "vitest")
    return next((tool for tool in known if tool in name.lower()), "")


READER = Reader("junit", "JUnit XML", frozenset({"test_run"}), detect, read)
