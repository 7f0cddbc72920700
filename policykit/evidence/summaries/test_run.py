"""A test run: tests with their outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from policykit.evidence.canonical import Values
from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Exact, Value


class TestOutcome(StrEnum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    """Skipped, disabled or expected to fail: neither pass nor fail."""
    FLAKY = "flaky"
    """Passed and failed in one run; not a pass."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test."""

    __test__ = False
    """pytest must not collect it."""
    suite: str
    name: str
    outcome: TestOutcome
    file: str = ""
    duration_s: Exact | None = None

    def values(self) -> Values:
        """Return the test as an element that a policy can test."""
        found: dict[str, Value] = {"name": self.name, "suite": self.suite, "outcome": self.outcome.value}
        if self.file:
            found["file"] = self.file
        if self.duration_s is not None:
            found["duration"] = self.duration_s
        return found


@dataclass(frozen=True, slots=True)
class TestSummary:
    """All tests of a run, or of several."""

    __test__ = False
    tests: tuple[Test, ...]

    def fields(self) -> Values:
        """Return the fields of a test run."""
        return _fields(self.tests)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return the tests."""
        return {"test": tuple(test.values() for test in self.tests)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each `suite` or `file`."""
        groups: dict[str, list[Test]] = defaultdict(list)
        for test in self.tests:
            if by in ("suite", "file") and (label := str(getattr(test, by))):
                groups[label].append(test)
        return {label: _fields(tests) for label, tests in sorted(groups.items())}

    def plus(self, other: Self) -> Self:
        """Return the tests of both."""
        return type(self)(self.tests + other.tests)


def _fields(tests: Sequence[Test]) -> Values:
    counted = {outcome: sum(test.outcome is outcome for test in tests) for outcome in TestOutcome}
    executed = len(tests) - counted[TestOutcome.SKIPPED]
    found: dict[str, Value] = {
        "tests": len(tests),
        "executed": executed,
        "passed": counted[TestOutcome.PASSED],
        "failed": counted[TestOutcome.FAILED],
        "errors": counted[TestOutcome.ERROR],
        "skipped": counted[TestOutcome.SKIPPED],
        "flaky": counted[TestOutcome.FLAKY],
    }
    if (rate := ratio(counted[TestOutcome.PASSED], executed)) is not None:
        found["pass_rate"] = rate
    return found
