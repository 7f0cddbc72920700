"""Section 3 of docs/trail-format.md promises what is written, and what is written is promised there."""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from policykit.trail import entries
from policykit.trail.entries import approvals as entries_approval
from policykit.trail.entries import decisions as entries_decision
from policykit.trail.format.record import RecordType

PAGE = (Path(__file__).parents[3] / "docs/trail-format.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## 3. Types") : PAGE.index("## 4. ")]
POLICY = entries.PolicyRef("p", "1", "sha256:0")
BUILDERS = {
    kind: getattr(entries_approval if hasattr(entries_approval, kind) else entries, kind)
    for kind in RecordType
    if kind is not RecordType.DECISION
}


def rows(start):
    """The first two cells of each row of the table that begins behind a text."""
    table = SECTION[SECTION.index(start) :].split("\n\n")[0]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:3]] for line in table.splitlines()[2:]]


def named(cell):
    return set(re.findall(r"`(\w+)`", cell))


def value_of(hint):
    """A value of a type, one that is not empty."""
    if hint is str or hint is typing.Any:
        return "x"
    samples = {
        bool: True, int: 7, datetime: datetime(2026, 1, 1, tzinfo=UTC), Decimal: Decimal("0.5"), entries.PolicyRef: POLICY,
        entries.FunctionRef: entries.FunctionRef("f", "t"), entries.ModelRef: entries.ModelRef("p", "m", "1", {"seed": 7}),
    }  # fmt: skip
    if hint in samples:
        return samples[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Mapping:
        return {"x": value_of(inner[1])} if inner[1] is not object else {"x": "y"}
    if origin is Sequence:
        return [value_of(inner[0])]
    if origin is tuple:
        return tuple(map(value_of, inner))
    if origin is types.UnionType:
        return value_of(inner[0])
    return value_of(inner[0]) if inner else "x"


def members_written(kind):
    """All members that a builder writes when it is given everything."""
    builder = BUILDERS[kind]
    hints = typing.get_type_hints(builder)
    given = {name: value_of(hints[name]) for name in inspect.signature(builder).parameters}
    return set(json.loads(f"{{{builder(**given).members}}}"))


@pytest.mark.parametrize("kind", sorted(BUILDERS))
def test_the_members_of_a_type_are_those_that_its_builder_writes(kind):
    promised = {named(first).pop(): named(second) for first, second in rows("| type |")}
    assert promised[kind] == members_written(kind)


def test_every_type_stands_on_the_page():
    assert {named(first).pop() for first, _ in rows("| type |")} == set(RecordType)


def test_the_members_of_a_decision_are_those_that_are_written():
    hints = typing.get_type_hints(entries_decision.DecisionRecord)
    entry = entries_decision.DecisionRecord(
        **{each.name: value_of(hints[each.name]) for each in fields(entries_decision.DecisionRecord)}
    )
    written = json.loads(f"{{{entries_decision.decision(entry).members}}}")
    assert {named(first).pop() for first, _ in rows("| member |")} == set(written)
