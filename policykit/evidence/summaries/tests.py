"""A test run: tests with their outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from policykit.evidence.model import Values
from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Value


class Outcome(StrEnum):
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
    outcome: Outcome


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
        return {"test": tuple({"name": t.name, "suite": t.suite, "outcome": t.outcome.value} for t in self.tests)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each suite."""
        if by != "suite":
            return {}
        groups: dict[str, list[Test]] = defaultdict(list)
        for test in self.tests:
            groups[test.suite].append(test)
        return {suite: _fields(tests) for suite, tests in sorted(groups.items())}

    def plus(self, other: Self) -> Self:
        """Return the tests of both."""
        return type(self)(self.tests + other.tests)


def _fields(tests: Sequence[Test]) -> Values:
    counted = {outcome: sum(test.outcome is outcome for test in tests) for outcome in Outcome}
    executed = len(tests) - counted[Outcome.SKIPPED]
    found: dict[str, Value] = {
        "tests": len(tests),
        "executed": executed,
        "passed": counted[Outcome.PASSED],
        "failed": counted[Outcome.FAILED],
        "errors": counted[Outcome.ERROR],
        "skipped": counted[Outcome.SKIPPED],
        "flaky": counted[Outcome.FLAKY],
    }
    if (rate := ratio(counted[Outcome.PASSED], executed)) is not None:
        found["pass_rate"] = rate
    return found
