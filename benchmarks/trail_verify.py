"""What verifying costs, in time and memory, and what one proof costs in a trail of a million records."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import main
from benchmarks._harness import Result
from benchmarks._trail import KEY, NEVER, RECORD, best_of, sha256_seconds
from policykit.trail import SyncMode, Trail, TrailOptions, prove_inclusion, verify_trail


def fill(base: Path, count: int, signed_every: int = 1024) -> Path:
    """Write a trail of so many records."""
    options = TrailOptions(
        sync=SyncMode.OS, state_directory=base / "state", checkpoint_records=signed_every, checkpoint_interval_s=NEVER
    )
    with Trail.open(base / "trail", signer=KEY.note_signer(), options=options) as trail:
        for _ in range(0, count - 1, 1024):
            trail.append_all([RECORD] * min(1024, count - trail.size))
    return base / "trail"


def verify_ratio(path: Path) -> tuple[float, float]:
    """Return CPU microseconds a record, and the ratio to bare SHA-256 over the same bytes, in turns."""
    data = b"".join(segment.read_bytes() for segment in sorted((path / "seg").iterdir()))
    count = data.count(b"\n")

    def once() -> float:
        start = time.process_time()
        assert verify_trail(path, [KEY.verifier]).exit_code == 0
        return time.process_time() - start

    bare = verified = float("inf")
    for _ in range(7):
        bare = min(bare, sha256_seconds(data))
        verified = min(verified, once())
    return verified / count * 1e6, verified / bare


def wall_s(path: Path, workers: int) -> float:
    """Return seconds of verifying with so many processes."""
    start = time.perf_counter()
    assert verify_trail(path, [KEY.verifier], workers=workers).exit_code == 0
    return time.perf_counter() - start


def print_peak_memory(path: Path) -> None:
    """Verify in this process alone and print its peak memory in mebibytes."""
    assert verify_trail(path, [KEY.verifier]).exit_code == 0
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(records: int = 1_000_000) -> Iterator[Result]:
    """Yield what verifying and proving cost, in time and memory."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as directory:
        cost, ratio = verify_ratio(fill(Path(directory) / "small", 60_000))
        yield Result("verify, one core, CPU", cost, "us", ratio, "SHA-256 of the same bytes")
        large = fill(Path(directory) / "large", records)
        proof = best_of(20, lambda: _proof_ms(large, records // 3))
        yield Result(f"one inclusion proof in {records:,} records", proof, "ms")
        one, all_cores = wall_s(large, 1), wall_s(large, os.cpu_count() or 1)
        yield Result(f"verify {records:,} records on all cores", all_cores, "s", all_cores / one, "one core")
        command = [sys.executable, "-m", "benchmarks.trail_verify", "--memory-of", str(large)]
        memory = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        yield Result(f"verify {records:,} records, peak memory", memory, "MiB")


def _proof_ms(path: Path, index: int) -> float:
    start = time.perf_counter()
    prove_inclusion(path, index)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory-of"]:
        print_peak_memory(Path(sys.argv[2]))
    else:
        raise SystemExit(main([*sys.argv[1:], "trail_verify"]))
