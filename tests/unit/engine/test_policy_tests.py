"""Laws of `policykit test`: a test passes exactly when the policy does what it says, and what cannot be told fails."""

from __future__ import annotations

import pytest

import policykit
from policykit.engine.policy_tests import run_tests

HEAD = """language 1
policy desk version "1.0.0"
party us "Us"
role duty, risk of us
gate launch "all calls"
evidence golden : evaluation "the golden set"
fact loan.amount : money EUR "the amount of the loan"
fact loan.any    : money "an amount in any currency"
fact loan.share  : percent "the share that is financed"
fact loan.wait   : duration "how long it waits"
fact loan.due    : date "when it is due"
fact loan.tags   : list of text "its tags"
fact loan.urgent : yes or no "whether it is urgent"
fallback queue "the desk's own queue"
section main "Main"
  owner  duty
  before launch
requirement EVAL-1 "Good enough" shown by golden check golden.accuracy >= 90% and golden.cases >= 50
requirement EVAL-2 "Where it applies" shown by golden applies when golden.cases > 100 check golden.accuracy >= 90%
scorecard   SCORE-1 "The rate" shown by golden measure golden.accuracy baseline 40% target at least 70% report only
rule BIG-1 "Large" on request when loan.amount > 900 EUR then ask duty, answer within 1 hour, otherwise deny
rule ANY-1 "Any" on request when loan.any > 5 USD then warn "a lot"
rule MIX-1 "Mixed" on request when loan.share >= 80% and loan.wait > 2 hours then use queue
rule DUE-1 "Due" on request when loan.due < 2027-01-01 and loan.tags contains any of "late" then deny
rule NOW-1 "Urgent" on request when loan.urgent is yes then deny unknown warn
rule MAIL-1 "Mail" on response when call.text contains any of pii.email then redact
"""
RIGHT = [
    ("loan.amount is 901 EUR", "BIG-1 asks duty"),
    ("loan.amount is 901 EUR", "BIG-1 asks"),
    ("loan.amount is 900 EUR", "BIG-1 does not act"),
    ("loan.amount is missing", "BIG-1 is unknown"),
    ("loan.amount is missing", "BIG-1 asks duty"),
    ("loan.any is 6 USD", "ANY-1 warns"),
    ("loan.any is 5 USD", "ANY-1 does not act"),
    ("loan.any is 6 EUR", "ANY-1 is unknown"),
    ("loan.any is 6 EUR", "ANY-1 warns"),
    ("loan.share is 80%, loan.wait is 3 hours", "MIX-1 uses queue"),
    ("loan.share is 79%", "MIX-1 does not act"),
    ('loan.due is 2026-12-31, loan.tags is ["late", "old"]', "DUE-1 denies"),
    ('loan.due is 2027-01-01, loan.tags is ["late"]', "DUE-1 does not act"),
    ("loan.urgent is yes", "NOW-1 denies"),
    ("loan.urgent is missing", "NOW-1 warns"),
    ("loan.urgent is missing", "NOW-1 is unknown"),
    ("golden.accuracy is 90%, golden.cases is 50", "EVAL-1 passes"),
    ("golden.accuracy is 90%, golden.cases is 49", "EVAL-1 fails"),
    ("golden.accuracy is 90%", "EVAL-1 is unknown"),
    ("golden.accuracy is 10%, golden.cases is 100", "EVAL-2 passes"),
    ("golden.accuracy is 10%, golden.cases is 101", "EVAL-2 fails"),
    ("golden.accuracy is 10%", "EVAL-2 fails"),
    ("golden.accuracy is 70%", "SCORE-1 passes"),
    ("golden.accuracy is 69%", "SCORE-1 fails"),
    ("golden.accuracy is missing", "SCORE-1 is unknown"),
    ('call.text is "ada@example.com"', "MAIL-1 redacts"),
    ('call.text is "nothing"', "MAIL-1 does not act"),
]  # fmt: skip
VERBS = {
    "BIG-1": ["asks duty", "denies", "does not act"],
    "ANY-1": ["warns", "does not act"],
    "MIX-1": ["uses queue", "does not act"],
    "DUE-1": ["denies", "does not act"],
    "NOW-1": ["denies", "warns", "does not act"],
    "MAIL-1": ["redacts", "does not act"],
    "EVAL-1": ["passes", "fails", "is unknown"],
    "EVAL-2": ["passes", "fails", "is unknown"],
    "SCORE-1": ["passes", "fails", "is unknown"],
}


@pytest.fixture
def results(tmp_path):
    def run(*tests):
        path = tmp_path / "desk.policy"
        blocks = [
            f'test "t{at}"\n  given  {given}\n  expect {expected}\n' for at, (given, expected) in enumerate(tests)
        ]
        path.write_text(HEAD + "".join(blocks))
        return run_tests(policykit.load(path, cache=False))

    return run


@pytest.mark.parametrize(("given", "expected"), RIGHT)
def test_what_the_policy_does_passes(results, given, expected):
    (found,) = results((given, expected))
    assert found.failures == ()


@pytest.mark.parametrize(("given", "expected"), RIGHT)
def test_everything_that_it_does_not_do_fails_and_says_what_it_does(results, given, expected):
    clause, verb = expected.split(" ", 1)
    meant = {each for known, each in (one.split(" ", 1) for g, one in RIGHT if g == given) if known == clause}
    others = [each for each in VERBS[clause] if each not in meant and each.split()[0] != verb.split()[0]]
    for found in results(*((given, f"{clause} {each}") for each in others)):
        (failure,) = found.failures
        assert failure.code == "PK455"
        assert clause in failure.got


def test_allow_means_that_the_call_goes_on(results):
    nothing = "loan.amount is 1 EUR, loan.any is 1 USD, loan.share is 1%, loan.urgent is no, loan.due is 2027-02-02"
    free, warned, asked = results(
        (nothing, "allow"),
        (nothing.replace("loan.any is 1", "loan.any is 9"), "allow"),
        (nothing.replace("loan.amount is 1", "loan.amount is 999"), "allow"),
    )
    assert free.passed
    assert warned.passed
    assert asked.failures[0].got == "ask, by `BIG-1`"


def test_the_role_and_the_fallback_that_are_named_count(results):
    (asked,) = results(("loan.amount is 901 EUR", "BIG-1 asks risk"))
    assert asked.failures[0].got == "`BIG-1` asks duty"


def test_a_failure_says_which_fact_is_not_known(results):
    (found,) = results(("loan.urgent is no", "BIG-1 does not act"))
    assert found.failures[0].got == "`BIG-1` asks duty, because `loan.amount` is not known"


def test_a_window_has_no_value_in_a_test(tmp_path):
    path = tmp_path / "w.policy"
    path.write_text(
        HEAD.replace(
            "rule BIG-1", 'rule OFTEN-1 "Often" on request when count of calls today > 3 then deny\nrule BIG-1'
        )
        + 'test "t" expect OFTEN-1 is unknown\ntest "u" expect OFTEN-1 does not act\n'
    )
    first, second = run_tests(policykit.load(path, cache=False))
    assert (first.passed, second.passed) == (True, False)


def test_a_test_of_a_policy_without_rules_allows_nothing(tmp_path):
    path = tmp_path / "p.policy"
    path.write_text(HEAD.split("rule BIG-1", maxsplit=1)[0] + 'test "t" expect allow\n')
    (found,) = run_tests(policykit.load(path, cache=False))
    assert "no rule" in found.failures[0].got
