"""Byte flips: every bit of every byte of a trail, through every verifier."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.verifiers import Verifier

LOG = "checkpoints.log"


@dataclass(frozen=True)
class Outcome:
    """What the verifiers said of one flip."""

    file: str
    offset: int
    bit: int
    statuses: Mapping[str, int]
    is_uncovered: bool
    """Whether the page says that nothing covers this byte (docs/trail-format.md, section 9)."""

    @property
    def is_wrong(self) -> bool:
        """Whether verifiers disagree, or accept what is covered."""
        found = set(self.statuses.values())
        return len(found) > 1 or (0 in found and not self.is_uncovered)

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {status}" for name, status in self.statuses.items())
        return f"{self.file} byte {self.offset} bit {self.bit}: {said}"


def flips(
    base: Path,
    scratch: Path,
    keys: Sequence[str],
    verifiers: Mapping[str, Verifier],
    *,
    stride: int = 1,
    start: int = 0,
) -> Iterator[Outcome]:
    """Flip every `stride`-th bit of a trail's files, from bit `start` on, and ask every verifier."""
    shutil.copytree(base, scratch)
    position = 0
    for path in sorted(path for path in scratch.rglob("*") if path.is_file()):
        data, file = path.read_bytes(), path.relative_to(scratch).as_posix()
        covered = covered_bytes(base, file, data)
        first = (start - position) % stride
        position += 8 * len(data)
        for bit in range(first, 8 * len(data), stride):
            at = bit // 8
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 << bit % 8)]) + data[at + 1 :])
            statuses = {name: verifier(scratch, keys, None, {}) for name, verifier in verifiers.items()}
            yield Outcome(file, at, bit % 8, statuses, not any(begin <= at < end for begin, end in covered))
        path.write_bytes(data)


def covered_bytes(base: Path, file: str, data: bytes) -> list[tuple[int, int]]:
    """Return what is covered of a file: all but cosignatures and time stamps after the last head that a record names."""
    if file != LOG:
        return [(0, len(data))]
    named = re.findall(rb',"head":\d+,"log":"([0-9a-f]{64})"', b"".join(map(Path.read_bytes, base.glob("seg/*"))))
    end = bound = 0
    covered = []
    for line in data.splitlines(keepends=True):
        end += len(line)
        if hashlib.sha256(data[:end]).hexdigest().encode() in named:
            bound = end
        if json.loads(line)["kind"] == "checkpoint":
            covered.append((end - len(line), end))
    return [(0, bound), *covered]
