"""What the trail's benchmarks share: a realistic record of about 1 KB."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from policykit.encoding import digest_of_bytes
from policykit.trail import (
    DecisionRecord,
    ModelRef,
    PolicyRef,
    Record,
    SigningKey,
    SyncMode,
    Trail,
    TrailOptions,
    decision,
)

KEY = SigningKey.from_seed("bench.example/trail", bytes(32))
NEVER = 10**12
ENTRY = DecisionRecord(
    decision_id="01JABCDEFGHJKMNPQRSTVWXYZ0",
    phase="request",
    outcome="allow",
    policy=PolicyRef("invoice-triage", "1.2.0", digest_of_bytes(b"policy")),
    clauses={f"GOV-{number}": "pass" if number % 3 else "not evaluated" for number in range(10)},
    model=ModelRef("example", "large-2", "2026-08-01", {"temperature": 0, "max_tokens": 1024}),
    input_tokens=1234,
    output_tokens=99,
    principal="user:alice",
    trace_id="ab" * 16,
    span_id="cd" * 8,
    commitments=dict.fromkeys(("input", "output"), f"hmac-sha256:{'ef' * 32}"),
    sdk="policykit/0.1.0",
)
RECORD: Record = decision(ENTRY)


@contextmanager
def open_trail(mode: SyncMode, *, signed_every: int, base: Path | None = None) -> Iterator[Trail]:
    """Give an empty trail on the disk that holds the working directory."""
    with tempfile.TemporaryDirectory(dir=base or Path.cwd()) as directory:
        options = TrailOptions(
            sync=mode, state_directory=Path(directory) / "state", checkpoint_records=signed_every,
            checkpoint_interval_s=NEVER, group_records=64, group_delay_s=60,
        )  # fmt: skip
        with Trail.open(Path(directory) / "trail", signer=KEY.note_signer(), options=options) as trail:
            yield trail


def best_of(rounds: int, work: Callable[[], float]) -> float:
    """Return the smallest of several measurements: other programs only ever add time."""
    return min(work() for _ in range(rounds))


def sha256_seconds(data: bytes) -> float:
    """Return the CPU seconds of one bare SHA-256 over the data."""
    import time

    start = time.process_time()
    hashlib.sha256(data).digest()
    return time.process_time() - start
