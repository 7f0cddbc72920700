"""A trail builder that shares no code with policykit, for honest trails and for forged ones.

Written from docs/trail-format.md. Everything is fixed (seeds, clock), so the same calls give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "example.org/ledger"
SEGMENT = 65_536


class Signer:
    """A key pair from a seed, or a seed byte; `kind` 1 signs trails, 4 cosigns."""

    def __init__(self, seed: int | bytes, name: str = ORIGIN, kind: int = 1) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(seed if isinstance(seed, bytes) else bytes([seed]) * 32)
        data = bytes([kind]) + self.private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        self.text = f"{name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    def line(self, text: str, *, wrong: bool = False) -> str:
        """Return a signature line over a note's text, or one whose signature does not verify."""
        signature = self.private.sign(text.encode())
        signature = bytes([signature[0] ^ wrong]) + signature[1:]
        return f"\N{EM DASH} {self.name} {base64.b64encode(self.id + signature).decode()}\n"

    def cosignature(self, text: str, moment: int = 1_795_000_000) -> str:
        """Return a witness's line over a checkpoint's text, without its line feed."""
        signature = self.private.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        stamped = self.id + moment.to_bytes(8, "big") + signature
        return f"\N{EM DASH} {self.name} {base64.b64encode(stamped).decode()}"


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """Return MTH of RFC 6962, section 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


class Builder:
    """A trail in memory: records, the log, what is published."""

    def __init__(self, origin: str = ORIGIN, *, genesis: bool = True) -> None:
        self.origin = origin
        self.lines: list[bytes] = []
        self.leaves: list[bytes] = []
        self.log = b""
        self.published = b""
        self.torn: dict[str, bytes] = {}
        self.unbound = False
        """Whether the next record has to name the newest head."""
        self.head_size, self.head_digest = 0, ""
        if genesis:
            self.record("genesis", origin=origin, format="policykit-trail/v1", segment_records=SEGMENT)

    @property
    def size(self) -> int:
        return len(self.lines)

    def record(self, kind: str = "decision", *, named: str | None = None, **members: object) -> Builder:
        """Append a record, which names the newest head if no record does yet."""
        prev = self.leaves[-1].hex() if self.leaves else "0" * 64
        if named is None:
            named = f',"head":{self.head_size},"log":"{self.head_digest}"' if self.unbound else ""
        self.unbound = False
        moment = f"2026-01-02T03:{self.size // 60 % 60:02d}:{self.size % 60:02d}.000000Z"
        rest = json.dumps(members, separators=(",", ":"), ensure_ascii=False)[1:-1]
        text = f'{{"v":1,"seq":{self.size},"prev":"{prev}","ts":"{moment}","type":"{kind}"{named}'
        return self.line(f"{text}{',' if rest else ''}{rest}}}".encode())

    def line(self, line: bytes) -> Builder:
        """Append a line as it is."""
        self.lines.append(line)
        self.leaves.append(hashlib.sha256(b"\x00" + line).digest())
        return self

    def line_of(self, kind: str, members: str) -> Builder:
        """Append a record whose own members are this text, JSON or not."""
        self.record(kind, x=0)
        self.leaves.pop()
        return self.line(self.lines.pop().replace(b'"x":0', members.encode()))

    def rename(self, origin: str) -> Builder:
        """Sign the following heads under another name."""
        self.origin = origin
        return self

    def records(self, count: int) -> Builder:
        for _ in range(count):
            self.record(decision_id=f"d{self.size}")
        return self

    def text(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        return f"{self.origin}\n{size}\n{base64.b64encode(tree_hash(self.leaves[:size])).decode()}\n"

    def head(self, *signers: Signer, size: int | None = None, more: str = "") -> Builder:
        """Sign a head, keep it in the log and publish it."""
        text = self.text(size)
        return self.note(text + "\n" + "".join(signer.line(text) for signer in signers) + more)

    def note(self, note: str, *, publish: bool = True) -> Builder:
        line = json.dumps({"kind": "checkpoint", "note": note}, ensure_ascii=False, separators=(",", ":"))
        self.log += line.encode() + b"\n"
        self.head_size = int(note.split("\n")[1])
        self.head_digest = hashlib.sha256(self.log).hexdigest()
        self.unbound = True
        self.published = note.encode() if publish else self.published
        return self

    def keep(self, kind: str, size: int, **member: str) -> Builder:
        """Append a cosignature or a time stamp to the log."""
        line = json.dumps({"kind": kind, "size": size, **member}, ensure_ascii=False, separators=(",", ":"))
        self.log += line.encode() + b"\n"
        return self

    def rotation(self, old: Signer, new: Signer) -> Builder:
        return self.record("key_rotation", old_key=old.text, new_key=new.text, new_key_id=new.id.hex(), reason="yearly")

    def recovery(self, fragment: bytes) -> Builder:
        """Set a fragment aside, as opening after a crash does."""
        digest = hashlib.sha256(fragment).hexdigest()
        name = f"torn/{self.size // SEGMENT:06d}-{self.size * 100}-{digest[:16]}"
        self.torn[name] = fragment
        torn = {"file": name, "bytes": len(fragment), "sha256": digest}
        return self.record("recovery", causes=["torn-record"], torn=torn, adopted=0)

    def prune(self, first: int, roots: Sequence[str], origin: str | None = None) -> Builder:
        end = (first + len(roots)) * SEGMENT
        genesis = {"origin": self.origin if origin is None else origin}
        return self.record("prune", first=first * SEGMENT, end=end, roots=list(roots), authority="dpo", genesis=genesis)

    def root_of(self, segment: int) -> str:
        return tree_hash(self.leaves[segment * SEGMENT : (segment + 1) * SEGMENT]).hex()

    def write(self, directory: Path, *, first: int = 0, tiles: bool = True) -> Path:
        """Write the trail's files; segments before `first` are left out."""
        (directory / "seg").mkdir(parents=True)
        for number in range(first, (self.size + SEGMENT - 1) // SEGMENT):
            lines = self.lines[number * SEGMENT : (number + 1) * SEGMENT]
            (directory / f"seg/{number:06d}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        files = {"checkpoint": self.published, "checkpoints.log": self.log, "lock": b"", "writers": b"", **self.torn}
        files |= tiles_of(self.leaves) if tiles else {}
        for name, data in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return directory


def tiles_of(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Return every tile by its name (C2SP tlog-tiles)."""
    files, level, hashes = {}, 0, list(leaves)
    while hashes:
        for index in range(0, len(hashes), 256):
            part = hashes[index : index + 256]
            number = (
                f"{index // 256:03d}" if index // 256 < 1000 else f"x{index // 256000:03d}/{index // 256 % 1000:03d}"
            )
            name = f"tile/{level}/{number}" + ("" if len(part) == 256 else f".p/{len(part)}")
            files[name] = b"".join(part)
        hashes = [tree_hash(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return files
