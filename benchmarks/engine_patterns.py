"""14 rules over fields and 6 over patterns on texts of 2 KB, against the patterns one by one with `re`.

All give the same rules on every record before anything is timed.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import _peers
from benchmarks import _workload as w
from benchmarks._harness import Result, compared
from benchmarks.engine_fields import HAND, OURS, policy

RECORDS = 200


def by_hand(call: w.Record) -> list[str]:
    """Return what fires: the fields by hand, each pattern by `re`."""
    return [*w.hand_written(call)[0], *w.patterns_by_hand(call)]


def measure() -> Iterator[Result]:
    """Yield the time of one decision."""
    ours = policy(_peers.policykit_text(patterns=True)).decider("request")
    calls = [w.with_prefix(call) for call in w.records(RECORDS)]
    for call in calls:
        assert set(ours(call).matched) == set(by_hand(call)), call
    for name, timing in compared({HAND: by_hand, OURS: ours}, {HAND: calls, OURS: calls}, OURS).items():
        label = "hand-written Python with `re`" if name == HAND else OURS
        yield Result(f"{label}, 14 field and 6 pattern rules", timing.microseconds, "us", timing.ratio, OURS)
