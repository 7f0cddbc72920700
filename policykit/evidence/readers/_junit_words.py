"""The words in which JUnit XML says what became of a test: elements in a test case, and attributes of it.

A word that is not known never counts as a pass: the test is an error, and the evidence proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policykit.evidence.summaries.test_run import TestOutcome

CHILDREN: Mapping[str, TestOutcome] = {
    "failure": TestOutcome.FAILED,
    "error": TestOutcome.ERROR,
    "skipped": TestOutcome.SKIPPED,
    "disabled": TestOutcome.SKIPPED,
    "ignored": TestOutcome.SKIPPED,
    "rerunfailure": TestOutcome.FAILED,
    "rerunerror": TestOutcome.ERROR,
    "flakyfailure": TestOutcome.FLAKY,
    "flakyerror": TestOutcome.FLAKY,
}
"""Source: pytest, ant's junit task; `rerun...` and `flaky...` are maven surefire's for retried tests, also written by
gradle (`mergeReruns`), cargo-nextest and playwright."""
RERUNS = frozenset({"rerunfailure", "rerunerror", "flakyfailure", "flakyerror"})
_TELLING = re.compile(
    r"fail|error|crash|timeout|timedout|abort|exception|warning|skip|ignore|pending|broken|flak|rerun|retry"
    r"|incomplete|inconclusive|disabled|blocked|risky|\A(?:status|result|outcome|state|verdict)\Z"
)
"""An element in a test case with such a name says something about the outcome."""

_WORDS: Mapping[TestOutcome, str] = {
    TestOutcome.PASSED: "run passed pass success successful succeeded ok completed executed",
    TestOutcome.SKIPPED: "disabled notrun notexecuted skipped skip suppressed ignored pending todo xfail xfailed "
    "untested",
    TestOutcome.FAILED: "failed fail failure notok ko",
    TestOutcome.ERROR: "errored error broken timeout timedout crash crashed aborted exception",
    TestOutcome.FLAKY: "flaky",
}
"""Source: gtest (`status` run, notrun; `result` completed, skipped, suppressed), ctest, bazel, behave, nunit,
allure."""
_OUTCOMES = {word: outcome for outcome, words in _WORDS.items() for word in words.split()}
_SAYING = ("status", "result", "outcome", "state")
"""Attributes of a test case that say what became of it."""
_FLAGS = {"success": TestOutcome.FAILED, "passed": TestOutcome.FAILED, "executed": TestOutcome.SKIPPED}
"""Attributes that are yes or no (nunit), and what a no means."""
_YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_BETWEEN = re.compile(r"[\s_.-]+")


def plain(name: str) -> str:
    """Return the name of an element without a prefix, in lower case."""
    return name.rpartition(":")[2].lower()


def is_unknown_outcome(name: str) -> bool:
    """Return whether an element, by its plain name, says something about the outcome that is not understood."""
    return name not in CHILDREN and _TELLING.search(name) is not None


def said_by(attributes: Mapping[str, str]) -> Iterator[tuple[str, TestOutcome | None]]:
    """Yield what the attributes of a test case or suite say: the word and its outcome, None for one not known."""
    for name in _SAYING:
        if word := attributes.get(name, "").strip():
            yield word, _OUTCOMES.get(_BETWEEN.sub("", word.lower()))
    for name, meaning in _FLAGS.items():
        if word := attributes.get(name, "").strip():
            yes = _YES_NO.get(word.lower())
            yield f"{name}={word}", None if yes is None else TestOutcome.PASSED if yes else meaning
