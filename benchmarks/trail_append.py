"""What appending costs, and what a group commit gains over a sync per record."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import main
from benchmarks._harness import Result
from benchmarks._trail import ENTRY, NEVER, RECORD, best_of, open_trail, sha256_seconds
from policykit.trail import SyncMode, decision

_BATCH = 5_000
_LINE_BYTES = len(RECORD.members) + 200


def append_cpu_us() -> float:
    """Return CPU microseconds of one append without sync, signing left out."""
    with open_trail(SyncMode.OS, signed_every=NEVER) as trail:

        def work() -> float:
            start = time.process_time()
            for _ in range(_BATCH):
                trail.append(RECORD)
            return (time.process_time() - start) / _BATCH * 1e6

        return best_of(8, work)


def append_signed_cpu_us() -> float:
    """Return CPU microseconds of one append without sync, with reading back, tree and signature every 1,024."""
    with open_trail(SyncMode.OS, signed_every=1024) as trail:

        def work() -> float:
            start = time.process_time()
            for _ in range(_BATCH):
                trail.append(RECORD)
            return (time.process_time() - start) / _BATCH * 1e6

        return best_of(5, work)


def build_cpu_us() -> float:
    """Return CPU microseconds of building a decision's record."""

    def work() -> float:
        start = time.process_time()
        for _ in range(_BATCH):
            decision(ENTRY)
        return (time.process_time() - start) / _BATCH * 1e6

    return best_of(8, work)


def fsync_rate(count: int = 200) -> float:
    """Return records a second of a bare file that is synced after each line: the control."""
    line = b"x" * _LINE_BYTES + b"\n"
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory, (Path(directory) / "f").open("ab", 0) as file:
        start = time.perf_counter()
        for _ in range(count):
            file.write(line)
            os.fsync(file.fileno())
        return count / (time.perf_counter() - start)


def group_rate(groups: int = 100) -> float:
    """Return records a second of groups of 64, each synced, read back, signed and published."""
    with open_trail(SyncMode.GROUP, signed_every=1) as trail:
        start = time.perf_counter()
        for _ in range(groups):
            for ticket in [trail.submit(RECORD) for _ in range(64)]:
                ticket.result()
        return groups * 64 / (time.perf_counter() - start)


def measure() -> Iterator[Result]:
    """Yield what appending costs and what grouping gains."""
    bare = best_of(20, lambda: sha256_seconds(b"x" * _LINE_BYTES * 1000)) * 1000
    append = append_cpu_us()
    yield Result("append, no sync, CPU", append, "us", append / bare, "SHA-256 of the same bytes")
    signed = append_signed_cpu_us()
    yield Result("append, no sync, read back and signed every 1024, CPU", signed, "us", signed / append, "append")
    yield Result("record of a decision built, CPU", build_cpu_us(), "us")
    pairs = [(fsync_rate(), group_rate()) for _ in range(5)]  # in turns: the disk is shared
    alone, group = sorted(pairs, key=lambda pair: pair[1] / pair[0])[2]
    yield Result("group commit of 64, each signed", group, "records/s", group / alone, "a sync per record")


if __name__ == "__main__":
    raise SystemExit(main([*sys.argv[1:], "trail_append"]))
