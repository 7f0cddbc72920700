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
