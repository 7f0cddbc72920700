#!/usr/bin/env python3
"""Verify a policykit trail with this file, a public key, and nothing of policykit. Needs `pip install cryptography`.

    python policykit_verify.py TRAIL_DIRECTORY --key 'name+id+base64' [--head CHECKPOINT_FILE]

Written from docs/trail-format.md. Exit status: 0 valid, 1 invalid, 2 unverifiable, 3 not readable.
It checks every byte of the records, the chain, the tree, and every signed checkpoint. It does not check tiles,
witnesses, or whether records are JSON without duplicate names; `policykit trail verify --deep --witness-policy` does.
"""

# ruff: noqa: T201, D102, D103, N818 - one file, read from top to bottom, that prints its verdict

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SEGMENT_RECORDS = 65_536
MAX_RECORD_BYTES = 65_535
MAX_NOTE_BYTES = 1 << 20
HEADER = re.compile(
    rb'\{"v":1,"seq":(0|[1-9][0-9]{0,18}),"prev":"([0-9a-f]{64})",'
    rb'"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","type":"([a-z][a-z_]{0,31})"[,}]'
)
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


class Invalid(Exception):
    """The trail is not what was signed."""


class Unverifiable(Exception):
    """Nothing that was given can tell."""


class Key:
    """A C2SP verifier key for Ed25519 (type 0x01)."""

    def __init__(self, text: str) -> None:
        self.name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = strict_base64(encoded)
        if len(data) != 33 or data[0] != 0x01:
            raise Unverifiable(f"not an Ed25519 verifier key: {text[:80]!r}")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != key_id:
            raise Unverifiable(f"the key's id is {self.id.hex()}, its text says {key_id[:16]!r}")
        self.public = Ed25519PublicKey.from_public_bytes(data[1:])

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            return self.public.verify(signature, message) is None
        except InvalidSignature:
            return False


def strict_base64(text: str) -> bytes:
    """Decode base64 that is the one text of its bytes."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Invalid(f"not base64: {text[:40]!r}") from None
    if base64.b64encode(data).decode() != text:
        raise Invalid(f"not canonical base64: {text[:40]!r}")
    return data


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise Invalid("a JSON object with a name twice")
    return dict(pairs)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """RFC 6962: the perfect subtrees of what was appended, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.subtrees: list[bytes] = []

    def append(self, root: bytes, level: int = 0) -> None:
        bits = self.size >> level
        while bits & 1:
            root = node(self.subtrees.pop(), root)
            bits >>= 1
        self.subtrees.append(root)
        self.size += 1 << level

    def root(self) -> bytes:
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = node(left, root)
        return root


class Checkpoint:
    """A C2SP checkpoint in a signed note; nothing is verified yet."""

    def __init__(self, data: bytes) -> None:
        try:
            text = data[: MAX_NOTE_BYTES + 1].decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid("a checkpoint that is not UTF-8") from None
        split = text.rfind("\n\n")
        if len(data) > MAX_NOTE_BYTES or split < 0 or not text.endswith("\n") or CONTROL.search(data):
            raise Invalid("a checkpoint that is not a signed note")
        self.body, lines = text[: split + 1], text[split + 2 :].split("\n")[:-1]
        if not 1 <= len(lines) <= 100:
            raise Invalid(f"a checkpoint with {len(lines)} signatures")
        self.signatures = [self._signature(line) for line in lines]
        first = self.body.split("\n")[:-1]
        if len(first) < 3 or not all(first) or not re.fullmatch(r"0|[1-9][0-9]{0,18}", first[1], re.ASCII):
            raise Invalid("a checkpoint without origin, size and root")
        self.origin, self.size, self.root = first[0], int(first[1]), strict_base64(first[2])
        if len(self.root) != 32 or self.size >= 1 << 63:
            raise Invalid("a checkpoint with an impossible size or root")

    @staticmethod
    def _signature(line: str) -> tuple[str, bytes, bytes]:
        dash, name, encoded = [*line.split(" "), "", "", ""][:3]
        data = strict_base64(encoded)
        if dash != "\N{EM DASH}" or not name or "+" in name or line.count(" ") != 2 or len(data) <= 4:
            raise Invalid(f"not a signature line: {line[:60]!r}")
        return name, data[:4], data[4:]

    def signers(self, keys: list[Key]) -> list[Key]:
        """Return the known keys that signed; a known key with a bad signature rejects the note."""
        known = {(key.name, key.id): key for key in keys}
        found: dict[tuple[str, bytes], Key] = {}
        for name, key_id, signature in self.signatures:
            key = known.get((name, key_id))
            if key is None or (name, key_id) in found:
                continue
            if not key.signed(self.body.encode(), signature):
                raise Invalid(f"the signature of {name} at size {self.size} does not verify")
            found[name, key_id] = key
        return list(found.values())


class Trail:
    """One pass over the records; keeps the roots at the sizes that were signed, and what the verifier must read."""

    def __init__(self, directory: Path, sizes: set[int]) -> None:
        self.tree = Tree()
        self.roots: dict[int, bytes] = {}
        self.rotations: list[tuple[int, str]] = []
        self.fragment = 0
        self.pruned = 0
        found = {int(p.stem): p for p in (directory / "seg").glob("*.jsonl") if re.fullmatch(r"[0-9]{6,15}", p.stem)}
        numbers = sorted(found)
        if not numbers:
            raise Invalid("an empty trail")
        if numbers != list(range(numbers[0], numbers[-1] + 1)):
            raise Invalid("a segment is missing")
        if numbers[0]:
            self._find_prunes(found, numbers[0])
        prev = None if numbers[0] else b"0" * 64
        for number in numbers:
            prev = self._read(found[number], prev, sizes, is_last=number == numbers[-1])
        if not self.tree.size:
            raise Invalid("an empty trail")

    def _read(self, path: Path, prev: bytes | None, sizes: set[int], *, is_last: bool) -> bytes | None:
        *lines, fragment = path.read_bytes().split(b"\n")
        if not is_last and (fragment or len(lines) != SEGMENT_RECORDS):
            raise Invalid(f"{path.name} ends early, before record {self.tree.size + len(lines)}")
        if len(lines) > SEGMENT_RECORDS:
            raise Invalid(f"{path.name} holds too many records")
        self.fragment = len(fragment)
        for line in lines:
            prev = self._record(line, prev)
            if self.tree.size in sizes:
                self.roots[self.tree.size] = self.tree.root()
        return prev

    def _record(self, line: bytes, prev: bytes | None) -> bytes:
        seq, header = self.tree.size, HEADER.match(line)
        if header is None or len(line) > MAX_RECORD_BYTES or not line.endswith(b"}") or CONTROL.search(line):
            raise Invalid(f"record {seq} is not a record")
        if int(header[1]) != seq:
            raise Invalid(f"record {seq} is missing, doubled or moved: this one is {int(header[1])}")
        if prev not in (None, header[2]):
            raise Invalid(f"record {seq} does not follow record {seq - 1}")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid(f"record {seq} is not UTF-8") from None
        if header[3] == b"key_rotation":
            self.rotations.append((seq, str(json.loads(text, object_pairs_hook=unique).get("new_key"))))
        leaf = hashlib.sha256(b"\x00" + line).digest()
        self.tree.append(leaf)
        return leaf.hex().encode()

    def _find_prunes(self, found: dict[int, Path], segments: int) -> None:
        """Stand in for pruned segments with the roots that prune records name; the signed root proves them."""
        roots: list[str] = []
        for _, path in sorted(found.items()):
            for line in path.read_bytes().split(b"\n"):
                header = HEADER.match(line)
                if header is not None and header[3] == b"prune":
                    members = json.loads(line, object_pairs_hook=unique)
                    if members.get("first") == len(roots) * SEGMENT_RECORDS:
                        roots += members["roots"]
                        self.pruned = int(header[1]) + 1
        if len(roots) < segments:
            raise Invalid("the beginning is missing, and no prune record says so")
        for root in roots[:segments]:
            self.tree.append(bytes.fromhex(root), 16)


def read_checkpoints(directory: Path) -> list[Checkpoint]:
    heads = [Checkpoint((directory / "checkpoint").read_bytes())]
    log = directory / "checkpoints.log"
    *lines, torn = log.read_bytes().split(b"\n") if log.exists() else [b""]
    if b'"}' in torn or not torn.startswith(b'{"kind":"'[: len(torn)]):
        raise Invalid("checkpoints.log does not end in a line feed")
    for line in lines:
        members = json.loads(line, object_pairs_hook=unique)
        if members.get("kind") == "checkpoint":
            heads.append(Checkpoint(str(members["note"]).encode()))
        elif members.get("kind") not in ("cosignature", "timestamp"):
            raise Invalid("a line of checkpoints.log of an unknown kind")
    return sorted(heads, key=lambda head: head.size)


def verify(directory: Path, key: Key, remembered: Checkpoint | None) -> str:
    """Return what was verified."""
    heads = read_checkpoints(directory)
    for head in [*heads, *([remembered] if remembered else [])]:
        if head.origin != key.name:
            raise Invalid(f"a checkpoint of another trail: {head.origin[:80]!r}")
    trail = Trail(directory, {head.size for head in heads} | ({remembered.size} if remembered else set()))
    keys, last, signed = [key], {key.id: None}, 0
    for head in heads:
        by = head.signers(keys)
        if head.size > trail.tree.size:
            raise Invalid(f"the trail has {trail.tree.size} records, {head.size} were signed")
        if trail.roots.get(head.size, head.root) != head.root:
            raise Invalid(f"the records are not those signed at size {head.size}")
        if any(last[k.id] is None or head.size <= last[k.id] for k in by):
            signed = head.size
            for seq, text in [r for r in trail.rotations if r[0] < head.size]:
                trail.rotations.remove((seq, text))
                last = {k: head.size if v is None else v for k, v in last.items()}
                keys.append(Key(text))
                last[keys[-1].id] = None
                by = head.signers(keys)
        else:
            raise Unverifiable(f"no trusted key signed the checkpoint of size {head.size}")
    if trail.pruned > signed:
        raise Invalid("the record that prunes the beginning is not signed")
    if remembered is not None:
        if remembered.size > trail.tree.size or trail.roots.get(remembered.size, remembered.root) != remembered.root:
            raise Invalid(f"the trail does not continue the remembered head of size {remembered.size}")
        if not remembered.signers(keys):
            raise Unverifiable("no known key signed the remembered head")
    rollback = f"continues {remembered.size}" if remembered else "rollback not checked: no --head"
    counts = f"{signed} records signed by {key.name}; {trail.tree.size - signed} unsigned; {rollback}"
    return f"{counts}; {trail.fragment} torn bytes" if trail.fragment else counts


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--key", required=True)
    parser.add_argument("--head", type=Path, help="a checkpoint kept elsewhere")
    given = parser.parse_args()
    try:
        remembered = Checkpoint(given.head.read_bytes()) if given.head else None
        print("VALID:", verify(given.directory, Key(given.key), remembered))
    except Unverifiable as error:
        print("UNVERIFIABLE:", error)
        return 2
    except (Invalid, ValueError, KeyError, TypeError, RecursionError) as error:
        print("INVALID:", error)
        return 1
    except OSError as error:
        print("cannot read:", error.strerror, error.filename)
        return 1 if given.directory.is_dir() else 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
