"""What `policykit trail show` prints: it fits the terminal, breaks no word, and says everything in any width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policykit.cli.trails.table import HEADER, shown

WORD = st.text("abcxyz019._:=-", min_size=1, max_size=24)
TEXT = st.lists(WORD, max_size=4).map(" ".join)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 10**6).map(str), st.just("2026-11-27T10:00:00Z"), st.just("decision") | TEXT.filter(bool),
        TEXT, TEXT, TEXT,
    ),
    max_size=6,
)  # fmt: skip
ROW = ("12", "2026-11-27T10:00:00Z", "approval_requested desk.refund", "refused, ask", "ASK-1=true", "bob")


def words_of(row):
    return [word for cell in row for word in cell.replace("T1", " 1").split()]


@given(ROWS, st.integers(20, 200))
def test_no_word_is_broken_or_lost_and_no_line_is_longer_than_it_must_be(rows, width):
    lines = list(shown(rows, width))
    said = " ".join(lines).replace("T10", " 10").replace(";", " ").split()
    for row in rows:
        for word in words_of(row):
            assert word in said
    longest = max((len(word) for row in rows for cell in row for word in cell.split()), default=0)
    # In lines of a record of its own, a long word stands behind the indent, with a semicolon at its end.
    assert all(len(line) <= max(width, longest + 12) for line in lines)


def test_a_wide_terminal_has_one_line_for_a_record_and_the_header():
    assert list(shown([ROW], 120)) == [
        "seq  time                  type                            outcome       clauses     who",
        " 12  2026-11-27T10:00:00Z  approval_requested desk.refund  refused, ask  ASK-1=true  bob",
    ]


def test_a_narrower_one_has_more_lines_and_a_narrow_one_no_columns():
    header, first, second = shown([ROW], 68)
    assert header.split() == list(HEADER)
    assert first.split() == ["12", "2026-11-27", "approval_requested", "refused,", "ASK-1=true", "bob"]
    assert second.split() == ["10:00:00Z", "desk.refund", "ask"]
    assert list(shown([ROW], 44)) == [
        "12  2026-11-27T10:00:00Z  approval_requested",
        "    desk.refund",
        "    refused, ask; ASK-1=true; bob",
    ]


def test_a_trail_without_records_that_are_wanted_has_a_header_alone():
    assert [line.split() for line in shown([], 80)] == [list(HEADER)]
