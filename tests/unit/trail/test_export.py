"""Exports of records of any kind: whoever wrote them, they can be exported, joined, and looked at in a terminal."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.trail.export import COLUMNS, ExportFormat, export_lines, summary
from policykit.trail.format.record import parse_record

TEXTS = st.text(st.characters(), max_size=8)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([name for name in COLUMNS if name not in {"seq", "ts", "type"}])


def record_of(members, *, escaped=True):
    text = json.dumps(members, ensure_ascii=escaped, separators=(",", ":"))[1:]
    head = f'{{"v":1,"seq":7,"prev":"{"0" * 64}","ts":"2026-01-02T03:04:05.000000Z","type":"approval"'
    return parse_record(f"{head},{text}".encode() if members else f"{head}}}".encode())


def exported(record, form):
    return b"".join(export_lines(iter([record]), form, "example.com/desk")).decode("utf-8")


def row_of(record):
    header, row = csv.reader(exported(record, ExportFormat.CSV).splitlines(keepends=True))
    return dict(zip(header, row, strict=True))


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_a_record_that_anybody_wrote_is_exported_in_every_form(members):
    record = record_of(members)
    assert json.loads(exported(record, ExportFormat.CLOUDEVENTS))["data"] == record.members
    assert exported(record, ExportFormat.JSONL) == f"{record.raw.decode()}\n"
    cells = row_of(record)
    assert all(char.isprintable() or char in "\n\t\u00a0\u202f\u3000" for cell in cells.values() for char in cell)
    assert all(cell.isprintable() for cell in summary(record))


@pytest.mark.parametrize("beginning", ["", " ", "\n", "\t", "\u00a0"])
@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20")
def test_no_cell_is_a_formula(beginning, sign):
    assert row_of(record_of({"reason": f"{beginning}{sign}1"}))["reason"] == f"'{beginning}{sign}1"


@pytest.mark.parametrize(
    ("text", "cell"),
    [("\x1b[31mred", "\\u{1b}[31mred"), ("\u202edesrever", "\\u{202e}desrever"), ("half \ud800", "half \\u{d800}"),
     ("Ada\u00a0Lund\nBerlin", "Ada\u00a0Lund\nBerlin"), ("Zoë 😀", "Zoë 😀"), ("\tTab", "'\tTab")],
)  # fmt: skip
def test_what_steers_a_terminal_is_written_out_and_what_people_write_stays(text, cell):
    assert row_of(record_of({"approver": text}))["approver"] == cell


def test_an_event_keeps_texts_readable_where_they_have_a_form_and_escapes_half_a_character():
    assert json.loads(exported(record_of({"approver": "half \ud800"}), ExportFormat.CLOUDEVENTS))["data"][
        "approver"
    ] == ("half \ud800")
    assert "Zoë" in exported(record_of({"approver": "Zoë"}, escaped=False), ExportFormat.CLOUDEVENTS)


def test_what_was_used_and_what_came_of_it_has_columns():
    members = {"tokens": {"input": 7, "output": 0}, "cost_usd": "0.01", "model": {"name": "m-1"}, "verdict": "met",
               "gate": "launch", "scope": "all calls", "cause": "rule R-1", "decision_id": "a-1.q"}  # fmt: skip
    row = row_of(record_of(members))
    del members["tokens"], members["model"]
    expected = {**members, "input_tokens": "7", "output_tokens": "0", "model": "m-1", "call_id": "a-1"}
    assert {name: row[name] for name in expected} == expected
    assert {name for name, cell in row.items() if cell} == {*expected, "seq", "ts", "type"}


def test_what_stands_inside_of_a_member_has_its_own_column_whatever_the_columns_are_called():
    policy = {"name": "desk", "version": "1.4.0", "digest": f"sha256:{'ab' * 32}"}
    model = {"provider": "acme", "name": "small", "version": "small-2026-03"}
    row = row_of(record_of({"policy": policy, "model": model}))
    assert (row["policy"], row["policy_version"], row["policy_digest"]) == tuple(policy.values())
    assert (row["provider"], row["model"], row["model_version"]) == tuple(model.values())


@pytest.mark.parametrize(
    ("members", "who"),
    [
        ({"principal": "u-3", "approver": "Bea"}, "u-3, approved by Bea"),
        ({"approver": "Bea"}, "approved by Bea"),  # whoever approved a call did not make it
        ({"principal": "u-3"}, "u-3"),
    ],
)
def test_who_made_a_call_and_who_approved_it_are_told_apart(members, who):
    assert summary(record_of({"phase": "tool input", "outcome": "ask", **members}))[5] == who
    assert summary(record_of({"approver": "Bea"}))[5] == "Bea"
