"""Trails that no writer writes: records, heads and log lines put together by hand, with any keys."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from trails import ORIGIN

from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.format.checkpoint_log import checkpoint_line
from policykit.trail.format.keys import SigningKey
from policykit.trail.format.merkle import Frontier, leaf_hash
from policykit.trail.format.note import sign_note


class Forge:
    """A trail in memory. Each record after a head names that head, unless it is told not to."""

    def __init__(self, origin: str = ORIGIN, *, naming: bool = True) -> None:
        self.origin = origin
        self.naming = naming
        self.lines: list[bytes] = []
        self.tree = Frontier()
        self.log = b""
        self.published = b""
        self._prev = "0" * 64
        self._named = ""
        self.record("genesis", f'"origin":"{origin}"')

    @property
    def size(self) -> int:
        return self.tree.size

    def record(self, kind: str, members: str = "", *, named: str | None = None, ts: str = "") -> Forge:
        """Append a record; `named` stands between its type and its own members."""
        moment = ts or f"2026-02-03T04:{self.size // 60 % 60:02d}:{self.size % 60:02d}.000000Z"
        head = self._named if named is None else named
        self._named = ""
        start = f'{{"v":1,"seq":{self.size},"prev":"{self._prev}","ts":"{moment}","type":"{kind}"{head}'
        line = f"{start}{',' if members else ''}{members}}}".encode()
        self._prev = leaf_hash(line).hex()
        self.tree.append(leaf_hash(line))
        self.lines.append(line + b"\n")
        return self

    def records(self, count: int) -> Forge:
        for _ in range(count):
            self.record("decision", f'"decision_id":"d{self.size}"')
        return self

    def rotation(self, old: SigningKey, new: SigningKey) -> Forge:
        texts = {"old_key": old.verifier.to_text(), "new_key": new.verifier.to_text()}
        return self.record("key_rotation", json.dumps({**texts, "reason": "r"}, separators=(",", ":"))[1:-1])

    def text(self) -> str:
        return Checkpoint(self.origin, self.size, self.tree.root()).to_text()

    def head(self, *signers: SigningKey, more: str = "") -> Forge:
        """Sign a head, keep it in the log, publish it."""
        return self.note(
            sign_note(self.text(), [key.note_signer(lambda: 1) for key in signers]).to_bytes() + more.encode()
        )

    def note(self, note: bytes) -> Forge:
        return self.log_line(checkpoint_line(note), published=note)

    def log_line(self, line: bytes, *, published: bytes = b"") -> Forge:
        self.log += line
        if published:
            self.published = published
            size = int(published.split(b"\n")[1])
            self._named = f',"head":{size},"log":"{sha256(self.log).hexdigest()}"' if self.naming else ""
        return self

    def write(self, trail: Path) -> Path:
        """Write the files, without tiles."""
        (trail / "seg").mkdir(parents=True)
        (trail / "seg" / "000000.jsonl").write_bytes(b"".join(self.lines))
        (trail / "checkpoints.log").write_bytes(self.log)
        (trail / "checkpoint").write_bytes(self.published)
        return trail
