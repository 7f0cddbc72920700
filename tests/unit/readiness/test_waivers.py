"""Laws of waivers: they end with their day, nobody excuses themself, and the true outcome stays visible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policykit.readiness.outcome import Outcome
from policykit.readiness.waivers import end_of_day
from tests.unit.readiness.projects import CASES, clause, values, verdict, write

WAIVED = CASES + '\nwaive EVAL-1 through 2026-11-30\n  because "the set grows"\n  approved by risk\n'
LAST = datetime(2026, 11, 30, 22, 59, 59, 999_999, tzinfo=UTC)
"""The last instant of the day in Berlin."""


def test_a_waiver_covers_the_outcome_and_the_true_one_stays(tmp_path):
    found = clause(write(tmp_path, WAIVED, golden__yaml=values(cases=480)))
    assert (found.outcome, found.true_outcome) == (Outcome.WAIVED, Outcome.FAIL)
    assert found.reasons[0].got == "480"
    assert found.waiver is not None
    assert (found.waiver.through, found.waiver.approved_by, found.waiver.because) == (
        "2026-11-30",
        ("risk",),
        "the set grows",
    )


def test_a_waiver_ends_with_the_end_of_its_day_in_the_policys_time_zone(tmp_path):
    root = write(tmp_path, WAIVED, golden__yaml=values(cases=480))
    assert clause(root, at=LAST).outcome is Outcome.WAIVED
    found = clause(root, at=LAST + timedelta(microseconds=1))
    assert found.outcome is Outcome.FAIL
    assert found.notes == ("the waiver has no effect: it ended with 2026-11-30",)


def test_a_clause_that_passes_passes_whatever_was_waived(tmp_path):
    found = clause(write(tmp_path, WAIVED))
    assert (found.outcome, found.true_outcome) == (Outcome.PASS, Outcome.PASS)


def test_an_owner_alone_cannot_waive_the_own_clause(tmp_path):
    alone = WAIVED.replace("approved by risk", "approved by evaluation_lead")
    found = clause(write(tmp_path, alone, golden__yaml=values(cases=480)))
    assert found.outcome is Outcome.FAIL
    assert "nobody but the clause's owner" in found.notes[0]
    both = WAIVED.replace("approved by risk", "approved by evaluation_lead, risk")
    assert clause(write(tmp_path, both, golden__yaml=values(cases=480))).outcome is Outcome.WAIVED


def test_a_waiver_covers_evidence_that_is_missing_and_names_that_as_the_true_outcome(tmp_path):
    root = write(tmp_path, WAIVED)
    (root / "golden.yaml").unlink()
    found = clause(root)
    assert (found.outcome, found.true_outcome) == (Outcome.WAIVED, Outcome.NOT_SUPPLIED)


def test_a_gate_with_nothing_but_waivers_is_not_met(tmp_path):
    found = verdict(write(tmp_path, WAIVED, golden__yaml=values(cases=480)))
    assert found.result == "not met"
    assert [problem.code for problem in found.problems] == ["PK631"]


def test_a_waiver_is_counted_as_waived_and_listed_among_what_expires(tmp_path):
    more = WAIVED + '\nrequirement EVAL-2 "Right"\n  shown by golden\n  check golden.accuracy >= 90%\n'
    found = verdict(write(tmp_path, more, golden__yaml=values(cases=480, accuracy="94%")))
    assert found.result == "met"
    assert "2 of 2 clauses met (1 of them waived)" in found.headline
    assert [(e.what, e.at, e.clauses) for e in found.expires] == [("waiver", "2026-11-30T23:00:00Z", ("EVAL-1",))]


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2027, 3, 28), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 6, 1), "UTC", 24),
        (date(2026, 6, 1), "Pacific/Kiritimati", 24),
    ],
)
def test_a_day_ends_where_the_next_begins_whatever_its_length(day, zone, hours):
    start = end_of_day(day.toordinal() - 1, ZoneInfo(zone))
    end = end_of_day(day.toordinal(), ZoneInfo(zone))
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)
