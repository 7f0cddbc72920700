"""The store on disk gives the answers of the store in memory, for every sequence of operations."""

import itertools
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.guard.stores.memory_windows import MemoryWindows
from policykit.guard.stores.protocol import Cell, Entry
from policykit.guard.stores.sqlite_database import Database
from policykit.guard.stores.sqlite_windows import SqliteWindows

LENGTH = 4
"""Slots that a window spans."""
AMOUNTS = st.one_of(
    st.integers(-5, 1000),
    st.decimals("0.001", "9.999", places=3).map(Decimal.normalize).map(lambda d: int(d) if d == int(d) else d),
    st.builds(Fraction, st.integers(1, 20), st.sampled_from([3, 7])).filter(lambda f: f.denominator > 1),
)
WINDOWS = st.sampled_from(["sum", "p95"])
GROUPS = st.sampled_from(["", "north", "süd", "x" * 300, "\ud800", "\0a"])
SESSIONS = st.sampled_from(["", "", "s1"])


@st.composite
def entries(draw, slot, largest=3):
    found = {}
    for _ in range(draw(st.integers(0, largest))):
        window = draw(WINDOWS)
        cell = Cell(window, draw(GROUPS), slot, slot - LENGTH, draw(SESSIONS))
        value = draw(st.none() | AMOUNTS)
        currency = draw(st.sampled_from(["EUR", "USD"])) if value is not None else ""
        found[cell[:2] + cell[4:]] = Entry(cell, draw(st.booleans()), value, currency, window == "p95")
    return list(found.values())


@st.composite
def operations(draw):
    slot, found = 10, []
    for _ in range(draw(st.integers(1, 25))):
        slot += draw(st.sampled_from([0, 0, 0, 1, 2, 6]))
        claim = draw(st.sampled_from(["a", "b", "c", "d"]))
        kind = draw(st.sampled_from(["reserve", "settle", "settle", "remember", "release", "amend", "end", "recall"]))
        found.append((kind, claim, slot, draw(entries(slot))))
    return found


EVERY_CELL = [
    (w, g, s)
    for w, g, s in itertools.product(["sum", "p95"], ["", "north", "süd", "x" * 300, "\ud800", "\0a"], ["", "s1"])
]


def run(store, kind, claim, slot, items):
    now = slot * 1000
    reads = [item.cell for item in items]
    match kind:
        case "reserve":
            return store.reserve(claim, items, reads, now, 10**15)
        case "settle":
            return store.settle(claim, items, reads, now)
        case "remember":
            return store.settle(claim, items, reads, now, {"call.team": claim})
        case "release":
            return store.release(claim)
        case "amend":
            return store.amend(claim, items, now)
        case "recall":
            return store.recall(claim)
        case _:
            return store.end_session("s1")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(operations())
def test_memory_and_disk_give_equal_answers(steps):
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "store.db", durable=False)
        disk, memory = SqliteWindows(database), MemoryWindows()
        try:
            for step in steps:
                assert run(disk, *step) == run(memory, *step)
                slot = step[2]
                for window, group, session in EVERY_CELL:
                    reads = [Cell(window, group, slot, slot - LENGTH, session)]
                    assert disk.totals(reads) == memory.totals(reads)
        finally:
            database.close()
