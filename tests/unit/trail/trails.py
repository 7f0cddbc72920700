"""Trails for tests: made with fixed keys and a clock that the test turns."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from policykit.encoding.digest import digest_of_bytes
from policykit.trail.entries import DecisionRecord, PolicyRef, decision
from policykit.trail.format.keys import SigningKey
from policykit.trail.format.record import Record, RecordType
from policykit.trail.storage.local import LocalDisk
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions

ORIGIN = "example.com/invoices"
KEY = SigningKey.from_seed(ORIGIN, bytes(range(32)))
OTHER_KEY = SigningKey.from_seed(ORIGIN, bytes(range(1, 33)))
POLICY = PolicyRef("invoices", "1.2.0", digest_of_bytes(b"policy"))
SHORT = Record(RecordType.STOP_TRIPPED, '"stop":"s"')
ROOT = Path(__file__).resolve().parents[3]


class TurnedClock:
    """A clock that moves one millisecond with each reading."""

    def __init__(self, start_ns: int = 1_795_000_000_000_000_000) -> None:
        self.ns = start_ns

    def now_ns(self) -> int:
        self.ns += 1_000_000
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns


def a_decision(number: int = 0, principal: str = "user:alice") -> Record:
    return decision(
        DecisionRecord(
            decision_id=f"d{number}",
            phase="request",
            outcome="allow",
            policy=POLICY,
            clauses={"GOV-1": "pass", "GOV-2": "not evaluated"},
            principal=principal,
        )
    )


@dataclass(frozen=True)
class Place:
    """Where a test's trail lies."""

    base: Path

    @property
    def trail(self) -> Path:
        return self.base / "trail"

    @property
    def state(self) -> Path:
        return self.base / "state"

    @property
    def segment(self) -> Path:
        return self.trail / "seg" / "000000.jsonl"

    def open(self, key: SigningKey = KEY, disk: LocalDisk | None = None, **options: object) -> Trail:
        settings = {"sync": SyncMode.ALWAYS, "boot": "00000000", "state_directory": self.state, **options}
        return Trail.open(
            self.trail, signer=key.note_signer(), clock=TurnedClock(), options=TrailOptions(**settings), disk=disk
        )

    def filled(self, count: int, **options: object) -> Place:
        """Append so many decisions (after the genesis), and close."""
        with self.open(**options) as trail:
            for number in range(count):
                trail.append(a_decision(number))
        return self

    def copy(self, target: Path) -> Place:
        shutil.copytree(self.base, target)
        return Place(target)

    def lines(self) -> list[bytes]:
        return self.segment.read_bytes().splitlines(keepends=True)

    def write_lines(self, lines: list[bytes]) -> None:
        self.segment.write_bytes(b"".join(lines))


def die(trail: Trail) -> None:
    """Drop an open trail as `kill -9` would: nothing is signed, nothing is told."""
    trail._keeper.stop()
    trail._writer.close(forked=True)
    trail._closed = True


def standalone():
    """Return the one-file verifier as a module."""
    path = ROOT / "standalone" / "policykit_verify.py"
    spec = importlib.util.spec_from_file_location("policykit_verify", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["policykit_verify"] = module
    spec.loader.exec_module(module)
    return module


ANSWERS = {0: "VALID", 1: "INVALID", 2: "UNVERIFIABLE", 3: "NO ANSWER", 4: "UNSIGNED", 5: "WRONG TILES"}


def standalone_verdict(module, trail: Path, head: bytes | None = None, key: SigningKey = KEY) -> str:
    """Return the answer of the one-file verifier in a word or two."""
    remembered = module.Checkpoint(head) if head else None
    return ANSWERS[module.answer(trail, [module.Key(key.verifier.to_text())], remembered).status]
