"""`TEXTS` reads whatever could hold a text, or says that it cannot: it never passes over one."""

from __future__ import annotations

from collections import UserString, deque
from dataclasses import dataclass
from datetime import date

import pytest

from policykit.guard import TEXTS

HIDDEN = "5500 0000 0000 0004"


class _Masked(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "nothing"


class _Shut(dict[str, str]):
    def values(self) -> list[str]:  # type: ignore[override]
        return []


@dataclass
class _Note:
    body: str


@pytest.mark.parametrize(
    "value",
    [_Note(HIDDEN), {HIDDEN}, HIDDEN.encode(), deque([HIDDEN]), iter([HIDDEN]), UserString(HIDDEN)],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_looked_into_makes_the_fact_unknown(value: object) -> None:
    assert TEXTS.read({"a": ["fine", value]}) is None


@pytest.mark.parametrize("value", [_Masked(HIDDEN), _Shut(a=HIDDEN), (HIDDEN,)], ids=lambda value: type(value).__name__)
def test_classes_of_their_own_are_read_by_what_they_hold(value: object) -> None:
    found = TEXTS.read([value])
    assert found == (HIDDEN,)
    assert type(found[0]) is str


@pytest.mark.parametrize("number", [5500000000000004, -5500000000000004, 5500000000000004.0], ids=str)
def test_long_numbers_are_texts_and_stay_numbers_where_nothing_changes(number: float) -> None:
    value = {"n": number, "t": "x"}
    assert TEXTS.read(value) == (repr(number), "x")
    assert TEXTS.write(value, (repr(number), "y")) == {"n": number, "t": "y"}
    assert TEXTS.write(value, ("gone", "x")) == {"n": "gone", "t": "x"}


def test_ordinary_data_is_read() -> None:
    value = {"a": None, "b": True, "c": 12, "d": 0.5, "e": date(2024, 2, 3), "f": ["word"]}
    assert TEXTS.read(value) == ("word",)
    assert TEXTS.write(value, ("other",)) == {**value, "f": ["other"]}


def test_a_number_that_python_does_not_write_out_makes_the_fact_unknown() -> None:
    assert TEXTS.read([10**5000]) is None
