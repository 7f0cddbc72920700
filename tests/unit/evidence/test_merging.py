"""Several files as one evidence."""

from __future__ import annotations

import itertools

import pytest

from policykit.evidence import Trust, merge
from policykit.evidence.freshness import Freshness, age_seconds, freshness


def suite(read, name, outcome="", stamp="2026-11-20T10:00:00Z"):
    timed = f' timestamp="{stamp}"' if stamp else ""
    return read(name, f'<testsuite{timed}><testcase name="{name}">{outcome}</testcase></testsuite>', "test_run")


def test_the_whole_is_as_old_as_its_oldest_part_and_counts_all(read):
    whole = merge([suite(read, "a.xml"), suite(read, "b.xml", "<failure/>", "2026-11-01T00:00:00Z")])
    assert whole.fields["tests"] == 2
    assert whole.fields["failed"] == 1
    assert whole.produced_at.day == 1
    assert whole.sufficiency == "sufficient"
    assert [path for path, _ in whole.files] == ["a.xml", "b.xml"]


def test_the_order_of_files_changes_nothing(read):
    parts = [suite(read, "a.xml"), suite(read, "b.xml", "<failure/>"), suite(read, "c.xml", "<skipped/>")]
    wholes = {repr(merge(order)) for order in itertools.permutations(parts)}
    assert len(wholes) == 1


def test_a_part_without_a_time_leaves_the_age_of_the_whole_unknown(read):
    assert merge([suite(read, "a.xml"), suite(read, "b.xml", stamp="")]).produced_at is None


def test_a_part_that_cannot_be_read_spoils_the_whole(read):
    whole = merge([suite(read, "a.xml"), read("b.xml", "<testsuite>", "test_run")])
    assert whole.sufficiency == "error"
    assert not whole.fields
    assert whole.trust is Trust.CLAIMED


def test_a_part_that_proves_nothing_makes_the_whole_inconclusive(read):
    whole = merge([suite(read, "a.xml"), read("b.xml", "<testsuite/>", "test_run")])
    assert whole.sufficiency == "inconclusive"


def test_the_same_file_twice_counts_once_or_not_at_all(read):
    a = suite(read, "a.xml")
    text = '<testsuite timestamp="2026-11-20T10:00:00Z"><testcase name="a.xml"></testcase></testsuite>'
    copy = read("copy.xml", text, "test_run")
    assert copy.sha256 == a.sha256
    assert "PK545" in {p.code for p in merge([a, copy]).problems}


def test_files_about_different_subjects_are_never_added_up(read):
    def stated(name, version):
        text = f'evidence: evaluation\nsubject: {{name: triage, version: "{version}"}}\nvalues: {{cases: 5}}\n'
        return read(name, text, "evaluation")

    whole = merge([stated("a.yaml", "1"), stated("b.yaml", "2")])
    assert "PK544" in {p.code for p in whole.problems}
    assert whole.subject.name == "triage"
    assert whole.subject.version == ""


def test_what_two_statements_say_differently_is_unknown(read):
    def stated(name, cases):
        return read(name, f"evidence: evaluation\nvalues: {{cases: {cases}, accuracy: 90%}}\n", "evaluation")

    whole = merge([stated("a.yaml", 5), stated("b.yaml", 6)])
    assert "cases" not in whole.fields
    assert "accuracy" in whole.fields


def test_merging_nothing_or_two_kinds_is_a_mistake_of_the_caller(read):
    with pytest.raises(ValueError, match="one kind"):
        merge([])
    with pytest.raises(ValueError, match="one kind"):
        merge([suite(read, "a.xml"), read("b.json", "{}", "evaluation")])


@pytest.mark.parametrize(
    ("stamp", "limit", "expected"),
    [
        ("2026-11-20T12:00:00Z", 86_400, Freshness.FRESH),
        ("2026-11-20T11:59:59Z", 86_400, Freshness.STALE),
        ("2026-11-20T11:59:59Z", None, Freshness.FRESH),
        ("", 86_400, Freshness.UNKNOWN),
        ("", None, Freshness.FRESH),
        ("2026-11-21T13:00:00Z", None, Freshness.FUTURE),
    ],
)
def test_age_is_inclusive_and_no_time_is_never_fresh(read, now, stamp, limit, expected):
    assert freshness(suite(read, "a.xml", stamp=stamp), now, limit) is expected


def test_past_its_own_end_evidence_is_expired_whatever_its_age(read, now):
    text = "evidence: evaluation\nproduced_at: 2026-11-21T11:00:00Z\nexpires_at: 2026-11-21T12:00:00Z\nvalues: {cases: 5}\n"
    evidence = read("a.yaml", text, "evaluation")
    assert freshness(evidence, now, None) is Freshness.EXPIRED
    assert evidence.sufficiency == "inconclusive"
    assert age_seconds(evidence, now) == 3600


def evaluation(read, name, *, run="eval-a", at="2026-11-20T10:00:00.000Z", cases=range(3), exported="1", slower=0):
    """An evaluation as promptfoo writes it; what is left out of a file is given as an empty text."""
    rows = [
        {
            "testIdx": n, "promptId": "p", "provider": {"id": "openai:gpt-5-mini-2026-08-07"}, "vars": {"q": f"letter {n}"},
            "success": True, "score": 1, "failureReason": 0, "latencyMs": 300 + n + slower, "cost": 0.01,
            "response": {"output": f"answer {n}", "tokenUsage": {"prompt": 5, "completion": 2, "total": 7}},
            "gradingResult": {"pass": True, "score": 1, "reason": "All assertions passed", "componentResults": [
                {"pass": True, "score": 1, "reason": "ok", "assertion": {"type": "contains", "value": "a"}}]},
        }
        for n in cases
    ]  # fmt: skip
    body = {"version": 3, "prompts": [], "results": rows, "stats": {"successes": len(rows), "failures": 0, "errors": 0}}
    whole = {"results": body, "metadata": {"promptfooVersion": "0.123.4", "exportedAt": exported}}
    body.update({"timestamp": at} if at else {})
    whole.update({"evalId": run} if run else {})
    return read(name, whole, "evaluation")


SAME_RUN = {
    "exported again": {"exported": "2"},
    "under another name": {"run": "eval-b"},
    "without its name": {"run": ""},
    "without its name and time": {"run": "", "at": ""},
    "a part of it": {"run": "", "cases": range(2)},
    "one result of it beside others": {"run": "eval-b", "cases": range(2, 9)},
}


@pytest.mark.parametrize("changed", SAME_RUN.values(), ids=SAME_RUN)
def test_the_same_run_counts_once_or_not_at_all_however_it_was_exported(read, codes, changed):
    whole = merge([evaluation(read, "a.json"), evaluation(read, "b.json", **changed)])
    assert codes(whole) == {"PK545"}
    (twice,) = (p for p in whole.problems if p.code == "PK545")
    assert twice.place == "b.json"
    assert "a.json" in twice.expected


TWO_RUNS = {
    "the same tests on the next day": {"run": "eval-b", "at": "2026-11-21T10:00:00.000Z", "slower": 7},
    "the same tests on the next day, answered alike": {"run": "eval-b", "at": "2026-11-21T10:00:00.000Z"},
    "other tests at the same time": {"run": "eval-b", "cases": range(10, 14)},
    "other tests, and neither name nor time": {"run": "", "at": "", "cases": range(10, 14)},
}


@pytest.mark.parametrize("other", TWO_RUNS.values(), ids=TWO_RUNS)
def test_two_runs_are_two_runs(read, codes, other):
    assert codes(merge([evaluation(read, "a.json"), evaluation(read, "b.json", **other)])) == set()


def test_of_three_files_the_two_with_the_same_run_are_named(read):
    parts = [
        evaluation(read, f"{n}.json", run=run, cases=[case], at="")
        for n, run, case in [(1, "x", 1), (2, "y", 2), (3, "x", 3)]
    ]
    (twice,) = (p for p in merge(parts).problems if p.code == "PK545")
    assert (twice.place, twice.expected, twice.got) == (
        "3.json",
        "other runs than those in 1.json",
        "the run `promptfoo x` in both",
    )
