"""How benchmarks measure: interleaved rounds, medians, ratios within a round, because a shared machine drifts."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

ROUNDS = 15
AT_ONCE = 100
"""Records of one stretch between two looks at the clock."""


class Result(NamedTuple):
    """One figure."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    """How many times the figure of `against` it is."""
    against: str = ""


class Timing(NamedTuple):
    """CPU time of one call in microseconds, and how it compares with the base."""

    microseconds: float
    ratio: float


def compared(
    engines: Mapping[str, Callable[[Any], object]],
    records: Mapping[str, Sequence[Any]],
    base: str,
    rounds: int = ROUNDS,
) -> dict[str, Timing]:
    """Measure engines over their records, one after the other in each round.

    Args:
        engines: what is called with one record; the same number of records for each.
        records: the records in the form that each engine takes.
        base: the engine that the others are compared with.
        rounds: how often; the first round is thrown away.
    """
    times: dict[str, list[float]] = {name: [] for name in engines}
    gc.disable()
    try:
        order = list(engines)
        for _ in range(rounds + 1):
            for name in order:
                times[name].append(_one_round(engines[name], records[name]))
            order.reverse()  # nobody always finds the records in a warm cache
    finally:
        gc.enable()
    found = {}
    for name, seconds in times.items():
        ratios = [one / other for one, other in zip(seconds[1:], times[base][1:], strict=True)]
        found[name] = Timing(statistics.median(seconds[1:]) * 1e6 / len(records[name]), statistics.median(ratios))
    return found


def _one_round(engine: Callable[[Any], object], records: Sequence[Any]) -> float:
    """Return the CPU time of one pass over all records.

    In use a record has just been built when it is decided, so it lies in the processor's cache. Here it does because of
    a pass before the clock starts, over as many records as fit.
    """
    seconds = 0.0
    for place in range(0, len(records), AT_ONCE):
        some = records[place : place + AT_ONCE]
        for record in some:
            engine(record)
        start = time.process_time()
        for record in some:
            engine(record)
        seconds += time.process_time() - start
    return seconds


def seconds_of(act: Callable[[], object], rounds: int = 5) -> float:
    """Return the median CPU time of a slow action, in seconds."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return statistics.median(found)


def skipped(what: str, reason: str) -> None:
    """Say that something is not measured."""
    print(f"skipped: {what}: {reason}", file=sys.stderr)
