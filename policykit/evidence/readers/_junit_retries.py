"""Which test cases of a JUnit suite are attempts of one test, and what became of that test.

Only attempts of the same test in the same suite element are put together: the same attributes but those that a run
measures. Two files, suites or lines are two tests. What tools write for a repeated test:

- gradle, gotestsum: the failed attempts, then the one that passed, each a `testcase`: flaky;
- pytest-rerunfailures 16.6.1 and later, flaky: each failed attempt as an empty `testcase`, which looks like a pass,
  then the last attempt. `tests` of the suite counts fewer than are written: that is how the empty ones are known;
- pytest: a test that failed and whose teardown broke as two cases, a failure directly followed by an error: one test.

Everything else with a failure in it has failed. Each failure counts, and no pass beside it does: nothing in the file
says which of them a pass would make up for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policykit.evidence.summaries.test_run import Test, TestOutcome

_RUN = """
time duration status result outcome state success passed executed timestamp assertions hostname attempt retry
"""
_MEASURED = frozenset(_RUN.split())
"""Attributes that differ between two attempts of one test."""
_BAD = (TestOutcome.FAILED, TestOutcome.ERROR)
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One `testcase` element."""

    number: int
    """Its place among all cases of the file."""
    key: Key
    test: Test

    @property
    def is_bad(self) -> bool:
        """Return whether it failed or broke."""
        return self.test.outcome in _BAD


def key_of(attributes: Mapping[str, str]) -> Key:
    """Return what tells a test from the others of its suite."""
    return tuple(sorted((name, value) for name, value in attributes.items() if name not in _MEASURED))


def distinct(cases: Sequence[JunitCase]) -> int:
    """Return the number of tests that the cases are at least about."""
    return len({case.key for case in cases})


def tests_of(cases: Sequence[JunitCase], *, hides_reruns: bool) -> Iterator[Test]:
    """Yield the tests of one suite element.

    Args:
        cases: in the order of the file.
        hides_reruns: the suite counts fewer tests than it writes, so that passes of one test are its attempts.
    """
    groups: dict[Key, list[JunitCase]] = defaultdict(list)
    for case in cases:
        groups[case.key].append(case)
    for group in groups.values():
        yield from (case.test for case in group if case.test.outcome is TestOutcome.SKIPPED)
        yield from _outcomes_of([case for case in group if case.test.outcome is not TestOutcome.SKIPPED], hides_reruns)


def _outcomes_of(group: list[JunitCase], hides_reruns: bool) -> Iterator[Test]:  # noqa: FBT001 - passed through
    bad = [case for case in group if case.is_bad]
    if bad:
        yield from _once_passed(group) if group[:-1] == bad else _failures(bad)
    elif hides_reruns and len(group) > 1:
        yield replace(group[-1].test, outcome=TestOutcome.FLAKY)
    else:
        yield from (case.test for case in group)


def _once_passed(group: list[JunitCase]) -> Iterator[Test]:
    yield replace(group[-1].test, outcome=TestOutcome.FLAKY)


def _failures(bad: list[JunitCase]) -> Iterator[Test]:
    """Yield each failure; an error directly after the failure of the same test is its teardown."""
    last: JunitCase | None = None
    for case in bad:
        is_teardown = (
            last is not None and (last.test.outcome, case.test.outcome) == _BAD and case.number == last.number + 1
        )
        if not is_teardown:
            yield case.test
        last = case
