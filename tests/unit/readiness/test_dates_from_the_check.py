"""A requirement counts dates from the instant of the check, whatever the project file says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from policykit.readiness.outcome import Outcome
from tests.unit.readiness.projects import PROJECT, clause, values, write

CLAUSES = """
evidence board : review from customer "the meetings"
requirement EVAL-1 "Meetings are held"
  shown by board
  check    board.last_held_on >= 31 days ago
"""
BOUND = "evidence:\n  board: {files: board.yaml, collected_by: Ada Lund}\n"


def project(tmp_path, more=""):
    board = values(kind="review", produced_at="2026-11-01T12:00:00Z", last_held_on="2026-10-20")
    return write(tmp_path, CLAUSES, PROJECT + BOUND + more, board__yaml=board)


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), Outcome.PASS),  # 20 November in Berlin
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), Outcome.FAIL),  # 21 November in Berlin
    ],
)
def test_the_day_of_the_check_in_the_policys_zone_decides(tmp_path, at, outcome):
    found = clause(project(tmp_path), at=at)
    assert found.outcome is outcome
    assert found.condition == "board.last_held_on >= 31 days ago"


def test_what_is_needed_is_said_as_a_day(tmp_path):
    found = clause(project(tmp_path), at=datetime(2026, 12, 20, tzinfo=UTC))
    (reason,) = found.reasons
    assert (reason.got, reason.expected) == ("2026-10-20", "at least 2026-11-19 (31 days ago)")
    assert ("the time of the check", "2026-12-20T00:00:00Z") in {(read.name, read.value) for read in found.reads}


def test_a_project_file_does_not_set_the_clock(tmp_path):
    root = project(tmp_path, 'facts:\n  call.time: "2026-10-21T00:00:00Z"\n')
    assert clause(root, at=datetime(2026, 12, 20, tzinfo=UTC)).outcome is not Outcome.PASS
