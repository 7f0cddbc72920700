#!/usr/bin/env python3
"""Verify a policykit trail with this file, public keys, and nothing of policykit. Needs `pip install cryptography`.

    python policykit_verify.py TRAIL --vkey 'name+id+base64' [--head FILE] [--revoked ID@SIZE] [--accept-unsigned]

Written from docs/trail-format.md, whose sections 2 and 4 to 6 it follows. The first line printed is the answer, and the
exit status says the same: 0 VALID, 1 INVALID, 2 UNVERIFIABLE, 3 NO ANSWER, 4 VALID UP TO RECORD n, 5 VALID, but the
tile cache is wrong. Files are read from front to back in pieces: memory grows with the signed heads, not the records.

Left out: witness policies, time stamps, and the JSON inside records that no verifier has to interpret;
`policykit trail verify --deep --witness-policy ... --tsa-ca ...` checks those. It never waits for a writer to sign.
"""

# ruff: noqa: T201, D101, D102, D103, N818, I001 - one file, read from top to bottom, that prints its answer

from __future__ import annotations

import argparse
import bisect
import binascii
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SEGMENT_RECORDS = 65_536
MAX_RECORD_BYTES = 65_535
MAX_SEGMENT_BYTES = SEGMENT_RECORDS * (MAX_RECORD_BYTES + 1)
MAX_NOTE_BYTES = 1 << 20
MAX_LINE_BYTES = 2 * MAX_NOTE_BYTES
MAX_INTERPRETED_BYTES = 32 << 20
MAX_DEPTH, MAX_DIGITS = 100, 400
PIECE = 1 << 20
TILE, HASH = 256, 32
MAX_TILE_DEPTH = 12
"""Directories below each other: the largest index has seven parts."""

NUMBER = rb"(?:0|[1-9][0-9]{0,18})"
HEADER = re.compile(
    rb'\{"v":1,"seq":(' + NUMBER + rb'),"prev":"([0-9a-f]{64})",'
    rb'"ts":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","type":"([a-z][a-z_]{0,31})"'
    rb'(?:,"head":(' + NUMBER + rb'),"log":"([0-9a-f]{64})")?(?!,"(?:head|log)":)[,}]'
)
SIZE = re.compile(NUMBER.decode())
CONTROL = bytes({*range(0x20)} - {0x0A})
"""Bytes that neither records nor notes hold."""
STRING = rb'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+"'
LOG_LINE = re.compile(
    rb'\{"kind":"(?:checkpoint","note":(' + STRING + rb')|cosignature","size":(' + NUMBER + rb'),"line":(' + STRING
    + rb')|timestamp","size":(' + NUMBER + rb'),"token":(' + STRING + rb"))\}"
)  # fmt: skip
HEAD_LINE = re.compile(
    rb'\{"kind":"checkpoint","note":"([!#-\[\]-~]{1,255})\\n(0|[1-9][0-9]{0,17})\\n([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)'
    rb"\\n\\n(?:\xe2\x80\x94 [!#-*,-\[\]-~]{1,255} "
    rb'(?:[A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{101}[AQgw]==)\\n){1,16}"\}\n'
)
"""A head as writers write it, all in one look: what `LOG_LINE` and `Checkpoint` accept, and not all of it."""
HEAD_START = b'{"kind":"checkpoint","note":"'
LOG_STARTS = [HEAD_START[:-1]] + [
    b'{"kind":"%b","size":0,"%b":' % names for names in ((b"cosignature", b"line"), (b"timestamp", b"token"))
]
NOT_IN_NAMES = re.compile("[\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff+]")
SEGMENT_NAME = re.compile(r"[0-9]{6,15}\.jsonl", re.ASCII)
FRAGMENT_NAME = re.compile(r"torn/[0-9]{6,15}-[0-9]{1,15}-[0-9a-f]{16}", re.ASCII)
TILE_NAME = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
INTERPRETED = {b"genesis", b"key_rotation", b"recovery", b"prune"}


class Invalid(Exception):
    """Something contradicts what was signed, or the format."""


class NoAnswer(Exception):
    """There is no trail, or an option that is not understood."""


def shown(value: object) -> str:
    return ascii(str(value)[:80])


def label(key: str) -> str:
    """Return a key's name and id."""
    return shown("+".join(key.split("+")[:2]))


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# -- texts: base64, JSON, keys, signed notes ---------------------------------------------------------------------------


def strict_base64(text: str) -> bytes:
    """Decode base64 that is the one text of its bytes."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        raise Invalid(f"not base64: {shown(text)}") from None
    if binascii.b2a_base64(data, newline=False).decode() != text:  # finds white space and loose bits too
        raise Invalid(f"not the one base64 text of its bytes: {shown(text)}")
    return data


def strict_json(line: bytes) -> dict[str, object]:
    """Read a record so that every reader sees the same: no name twice, no NaN, bounded depth and numbers."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise Invalid("a JSON object with a name twice")
        return dict(pairs)

    def refuse(name: str) -> NoReturn:
        raise Invalid(f"{name} is not JSON")

    def whole(digits: str) -> int:
        return int(digits) if len(digits) <= MAX_DIGITS else refuse("a number that long")

    def double(digits: str) -> float:
        return float(digits) if abs(float(digits)) != float("inf") else refuse("a number beyond a double")

    try:
        found = json.loads(
            line.decode(), object_pairs_hook=members, parse_constant=refuse, parse_int=whole, parse_float=double
        )
    except (ValueError, RecursionError):
        raise Invalid("not JSON") from None
    level, deep = [found], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        deep += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    if deep > MAX_DEPTH:
        raise Invalid(f"JSON nested more than {MAX_DEPTH} levels deep")
    return found if isinstance(found, dict) else refuse("this")


def text_of(string: bytes) -> str:
    """Read a JSON string that stands for Unicode characters."""
    try:
        text = str(json.loads(string.decode()))
        text.encode()
    except ValueError:
        raise Invalid(f"not a text: {shown(string)}") from None
    return text


def is_key_name(name: str) -> bool:
    return name != "" and not NOT_IN_NAMES.search(name)


class Key:
    """A C2SP verifier key, `name+id+base64`. Only Ed25519 (type 0x01) signs trails; 0x04 and 0x06 are witnesses'."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = strict_base64(encoded)
        lengths = {0x01: 33, 0x04: 33, 0x06: 1313}
        if not is_key_name(self.name) or len(self.name.encode()) > 255 or not data or len(data) != lengths.get(data[0]):
            raise Invalid(f"not a verifier key: {shown(text)}")
        self.id = sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != key_id:
            raise Invalid(f"the key's id is {self.id.hex()}, its text says {shown(key_id)}")
        self.label = (self.name, self.id)
        self.public = Ed25519PublicKey.from_public_bytes(data[1:]) if data[0] == 0x01 else None

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            return self.public is not None and self.public.verify(signature, message) is None
        except InvalidSignature:
            return False


class Checkpoint:
    """A C2SP checkpoint in a signed note; nothing is verified yet."""

    def __init__(self, data: bytes) -> None:
        try:
            text = data[: MAX_NOTE_BYTES + 1].decode()
        except UnicodeDecodeError:
            raise Invalid("a checkpoint that is not UTF-8") from None
        split = text.rfind("\n\n")
        if len(data) > MAX_NOTE_BYTES or split < 0 or not text.endswith("\n") or data != data.translate(None, CONTROL):
            raise Invalid("a checkpoint that is not a signed note")
        self.body, lines = text[: split + 1], text[split + 2 :].split("\n")[:-1]
        if not 1 <= len(lines) <= 100:
            raise Invalid(f"a checkpoint with {len(lines)} signature lines")
        self.signatures = [self.signature(line) for line in lines]
        parts = self.body.split("\n")[:-1]
        if len(parts) < 3 or not all(parts) or not SIZE.fullmatch(parts[1]):
            raise Invalid("a checkpoint without origin, size and root")
        self.origin, self.size, self.root = parts[0], int(parts[1]), strict_base64(parts[2])
        if len(self.root) != HASH or self.size >= 1 << 63:
            raise Invalid("a checkpoint with an impossible size or root")

    @staticmethod
    def signature(line: str) -> tuple[tuple[str, bytes], bytes]:
        parts = line.split(" ")
        data = strict_base64(parts[2]) if len(parts) == 3 else b""
        if parts[0] != "\N{EM DASH}" or len(data) <= 4 or not is_key_name(parts[1]):
            raise Invalid(f"not a signature line: {shown(line)}")
        return (parts[1], data[:4]), data[4:]

    def signers(self, known: dict[tuple[str, bytes], Key]) -> tuple[set[str], set[str]]:
        """Return the known keys that signed, and those whose signature is bad. The first line of a key counts."""
        first: dict[tuple[str, bytes], bytes] = {}
        for label, signature in self.signatures:
            first.setdefault(label, signature)
        named = [(known[label], signature) for label, signature in first.items() if label in known]
        good = {key.text for key, signature in named if key.signed(self.body.encode(), signature)}
        return good, {key.text for key, _ in named} - good


# -- files -------------------------------------------------------------------------------------------------------------


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, and nothing that blocks or leads elsewhere."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise Invalid(f"{path.name} is not a regular file")
    flags = [getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")]
    return os.fdopen(os.open(path, os.O_RDONLY | flags[0] | flags[1] | flags[2] | flags[3]), "rb")


def read_small(path: Path, limit: int) -> bytes | None:
    """Return a file's bytes, one more than the limit at most; None if there is no such file."""
    try:
        with open_regular(path) as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return None


class Lines:
    """The lines of a segment from an offset on; afterwards `offset` is where the last whole line ended."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path, self.offset, self.fragment = path, offset, 0

    def __iter__(self) -> Iterator[bytes]:
        with open_regular(self.path) as file:
            if os.fstat(file.fileno()).st_size > MAX_SEGMENT_BYTES:
                raise Invalid(f"{self.path.name} is larger than a segment can be")
            file.seek(self.offset)
            rest = b""
            while piece := file.read(PIECE):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self.offset += len(line) + 1
                    yield line
                if len(rest) > MAX_RECORD_BYTES:  # only NULs can follow that much: a power cut leaves them
                    if len(rest.rstrip(b"\0")) > MAX_RECORD_BYTES:
                        raise Invalid(f"a line in {self.path.name} is too long for a record")
                    rest = rest[: MAX_RECORD_BYTES + 1]
            self.fragment = file.tell() - self.offset


class Head(NamedTuple):
    size: int
    root: bytes
    start: int
    end: int


class Log:
    """One pass over checkpoints.log. Keeps of each head where its line is, and the digest of the log up to there."""

    def __init__(self, directory: Path, published: bytes | None, given: set[tuple[str, bytes]]) -> None:
        self.path = directory / "checkpoints.log"
        self.heads: list[Head] = []
        self.by_digest: dict[str, Head] = {}
        self.roots: dict[int, bytes] = {}
        self.origin, self._newest, self.notes = "", b"", []
        self.is_named = False
        """Whether a given key is named in a signature line of any head."""
        self._digest, self._given = sha256(), given
        self._published, self._is_published_found = published, False
        try:
            with open_regular(self.path) as file:
                self._read(file)
        except FileNotFoundError:
            self.notes.append("there is no checkpoints.log")
        self._judge_published()

    def _read(self, file: BinaryIO) -> None:
        end, update = 0, self._digest.update
        published = HEAD_START + (self._published or b"").replace(b"\n", b"\\n") + b'"}\n'
        while line := file.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES:
                raise Invalid(f"a line of checkpoints.log at byte {end} is too long")
            if not line.endswith(b"\n"):
                self._torn(line)
                return
            start, end = end, end + len(line)
            update(line)
            if match := HEAD_LINE.fullmatch(line):
                origin, size, root = match.groups()
                self._newest = line  # read only where it matters: there are as many heads as their writer wants
                self._is_published_found = self._is_published_found or line == published
                self._add(origin.decode(), Head(int(size), binascii.a2b_base64(root), start, end))
            elif match := LOG_LINE.fullmatch(line[:-1]):
                self._take(match, start, end)
            else:
                raise Invalid(f"byte {start} of checkpoints.log does not begin a line of the log")

    def _take(self, match: re.Match[bytes], start: int, end: int) -> None:
        note, line_size, line, token_size, token = match.groups()
        if note is None:
            if int(line_size or token_size) >= 1 << 63:
                raise Invalid("an impossible size in checkpoints.log")
            text = text_of(line or token)
            Checkpoint.signature(text) if line else strict_base64(text)
            return
        self._newest = text_of(note).encode()
        self._is_published_found = self._is_published_found or self._newest == self._published
        checkpoint = Checkpoint(self._newest)
        self._add(checkpoint.origin, Head(checkpoint.size, checkpoint.root, start, end))

    def _add(self, origin: str, head: Head) -> None:
        if self.heads and head.size < self.heads[-1].size:
            raise Invalid(f"the heads go back from size {self.heads[-1].size} to {head.size}")
        if self.heads and origin != self.origin:
            raise Invalid(f"heads of two trails: {shown(self.origin)} and {shown(origin)}")
        if self.roots.setdefault(head.size, head.root) != head.root:
            raise Invalid(f"two heads of size {head.size} have different roots")
        self.origin = origin
        self.heads.append(head)
        self.by_digest[self._digest.hexdigest()] = head
        self.is_named = self.is_named or any(label in self._given for label, _ in Checkpoint(self.newest).signatures)

    @property
    def newest(self) -> bytes:
        """Return the newest head as `checkpoint` would hold it; nothing if there is none."""
        is_line = self._newest.startswith(HEAD_START)
        return self._newest[len(HEAD_START) : -3].replace(b"\\n", b"\n") if is_line else self._newest

    def _torn(self, line: bytes) -> None:
        """Accept what a power cut leaves after the last line feed: the beginning of a line, NULs, or both."""
        text = line.rstrip(b"\0")
        endings = [b'"}', b"}", b"", b'n"}'] + [b"0" * count + b'"}' for count in range(1, 5)]
        if len(text) < 70:
            endings += [start[at:] + b'""}' for start in LOG_STARTS for at in range(len(start) + 1)]
        lines = [match for ending in endings if (match := LOG_LINE.fullmatch(text + ending))]
        if text and not any(not line[5] or re.fullmatch(rb'"[A-Za-z0-9+/]*={0,2}"', line[5]) for line in lines):
            raise Invalid("the end of checkpoints.log is not the beginning of a line")
        self.notes.append("checkpoints.log ends in the middle of a line, as after a power cut")

    def _judge_published(self) -> None:
        """`checkpoint` is a copy of a line of the log, or what a power cut leaves of the newest."""
        data = self._published
        if data is None or (self._is_published_found and data != self.newest):
            self.notes.append("`checkpoint` is missing or older than the log; the log decides")
        elif not self._is_published_found:
            if not self.newest.startswith(data.rstrip(b"\0")):
                raise Invalid("`checkpoint` is not a head of checkpoints.log")
            self.notes.append("`checkpoint` is damaged as after a power cut; the log decides")

    def note(self, head: Head) -> Checkpoint:
        """Read a head again, where it was."""
        with open_regular(self.path) as file:
            file.seek(head.start)
            line = file.read(head.end - head.start)
        match = LOG_LINE.fullmatch(line[:-1])
        if match is None or match[1] is None:
            raise Invalid("checkpoints.log changed while it was read")
        return Checkpoint(text_of(match[1]).encode())


# -- the tree, and the tiles that cache it -----------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


class Tree:
    """RFC 6962: the perfect subtrees of what was appended, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []
        """Each with the 0x01 before it, as its parent hashes it: `root` hashes some ten for every head."""

    def append(self, root: bytes, level: int = 0) -> None:
        bits = self.size >> level
        while bits & 1:
            root = sha256(self._subtrees.pop() + root).digest()
            bits >>= 1
        self._subtrees.append(b"\x01" + root)
        self.size += 1 << level

    def root(self) -> bytes:
        if not self._subtrees:
            return sha256(b"").digest()
        root = self._subtrees[-1][1:]
        for left in self._subtrees[-2::-1]:
            root = sha256(left + root).digest()
        return root


class Tiles:
    """Compares the tiles (C2SP tlog-tiles) as hashes come by; what is wrong is named, once the names are known."""

    def __init__(self, directory: Path, pruned: list[bytes]) -> None:
        self.directory = directory / "tile"
        self.wrong: set[str] = set()
        self._hashes: dict[int, list[bytes]] = {}
        self._index = {0: len(pruned) * TILE, 1: len(pruned)}
        for number, root in enumerate(pruned):
            self._compare_pruned(number, root)
            self.add(root, 2)

    def add(self, root: bytes, level: int = 0) -> None:
        hashes = self._hashes.setdefault(level, [])
        hashes.append(root)
        if len(hashes) == TILE:
            index = self._index.setdefault(level, 0)
            self._compare(level, index, hashes)
            self._hashes[level], self._index[level] = [], index + 1
            self.add(perfect_root(hashes), level + 1)

    def finish(self) -> None:
        for level, hashes in self._hashes.items():
            self._compare(level, self._index.setdefault(level, 0), hashes)

    def _compare(self, level: int, index: int, hashes: list[bytes]) -> None:
        name = f"{level}/{self._path(index)}"
        try:
            entries = os.listdir(self.directory / f"{name}.p")
            widths = [int(entry) for entry in entries if TILE_NAME.fullmatch(f"{name}.p/{entry}")]
        except OSError:
            widths = []
        names = [(f"{name}.p/{width}", width) for width in widths] + [(name, TILE)]
        for file, width in names:
            data = self._tile(file) if width <= len(hashes) else None
            if data is not None and data != b"".join(hashes[:width]):
                self.wrong.add(file)

    def _compare_pruned(self, number: int, root: bytes) -> None:
        """The leaves are gone: the tiles of a pruned segment must lead to its root."""
        upper = self._led_to(1, number, root)
        for at, below in enumerate(upper):
            self._led_to(0, number * TILE + at, below)

    def _led_to(self, level: int, index: int, root: bytes) -> list[bytes]:
        name = f"{level}/{self._path(index)}"
        data = self._tile(name)
        if data is None:
            return []
        hashes = [data[at : at + HASH] for at in range(0, len(data), HASH)]
        if len(data) != TILE * HASH or perfect_root(hashes) != root:
            self.wrong.add(name)
            return []
        self._compare(level, index, hashes)
        return hashes

    def _tile(self, name: str) -> bytes | None:
        try:
            return read_small(self.directory / name, TILE * HASH)
        except (OSError, Invalid):
            return b""

    @staticmethod
    def _path(index: int) -> str:
        path = f"{index % 1000:03d}"
        while index := index // 1000:
            path = f"x{index % 1000:03d}/{path}"
        return path

    def ends(self) -> list[tuple[int, str]]:
        """Return, for every file, how many records its tile needs; names that are none are wrong."""
        found = []
        if os.path.lexists(self.directory) and not self.directory.is_dir():
            self.wrong.add("tile")
        for directory, folders, files in os.walk(self.directory):
            below = Path(directory).relative_to(self.directory)
            if len(below.parts) > MAX_TILE_DEPTH:
                self.wrong.add(below.as_posix())
                folders.clear()
            inner = [name for name in folders if TILE_NAME.fullmatch((below / name).as_posix())]  # a tile is a file
            for name in ((below / name).as_posix() for name in [*files, *inner]):
                match = TILE_NAME.fullmatch(name)
                index = int(re.sub("[x/]", "", match[2])) if match else 0
                width = int(match[3] or TILE) if match else 0
                if match and match[2] == self._path(index) and width < TILE + (not match[3]):
                    found.append(((index * TILE + width) << (8 * int(match[1])), name))
                elif ".tmp" not in name:  # a crash leaves these
                    self.wrong.add(name)
        return found


# -- the records -------------------------------------------------------------------------------------------------------


class Rotation(NamedTuple):
    seq: int
    old: Key
    new: Key


class Records:
    """One pass over the segments: bytes, chain, the tree at every head, the log as the records bind it."""

    def __init__(self, directory: Path, log: Log, signed: int) -> None:
        self.directory, self.log = directory, log
        self.signed = signed
        """The size of the newest head; 0 when the keys do not belong to the trail."""
        self.tree, self.prev, self.first_ts, self.last_ts = Tree(), b"0" * 64, "", ""
        self.rotations: list[tuple[int, object, object]] = []
        self.notes: list[str] = []
        self.bindings: list[tuple[int, int]] = []
        """Number of each record that names a head, and where that head's line ends; -1 if the log does not hold it."""
        self.first, *others = self.numbers()
        self.pruned = self._pruned_roots() if self.first else []
        self.tiles = Tiles(directory, self.pruned)
        for root in self.pruned:
            self.tree.append(root, 16)
        for number in (self.first, *others):
            if self.tree.size != number * SEGMENT_RECORDS:
                raise Invalid(f"the segment before {number:06d}.jsonl ends early, or is missing")
            self._read(number)
        if not self.tree.size:
            raise Invalid("a trail without records")
        self.size, self.last, self.end_ts = self.tree.size, number, self.last_ts
        if self._lines.fragment:
            self.notes.append(f"{self._lines.fragment} bytes of an unfinished record follow record {self.size - 1}")
        if log.heads and log.heads[-1].size > self.size:
            raise Invalid(f"the trail has {self.size} records, {log.heads[-1].size} were signed")

    def numbers(self) -> list[int]:
        try:
            with os.scandir(self.directory / "seg") as entries:
                found = sorted(map(self._number, entries))
        except (FileNotFoundError, NotADirectoryError):
            raise Invalid("a trail without segments") from None
        if not found or found[-1] - found[0] != len(found) - 1:
            raise Invalid("a segment is missing")
        return found

    @staticmethod
    def _number(entry: os.DirEntry[str]) -> int:
        number = int(entry.name[:-6]) if SEGMENT_NAME.fullmatch(entry.name) else 0
        if entry.name != f"{number:06d}.jsonl" or not entry.is_file(follow_symlinks=False):
            raise Invalid(f"seg/ holds something that is not a segment: {shown(entry.name)}")
        return number

    def _pruned_roots(self) -> list[bytes]:
        """Return the roots of the segments that signed prune records say were dropped."""
        roots: dict[int, str] = {}
        for number in self.numbers():
            for line in Lines(self.directory / "seg" / f"{number:06d}.jsonl"):
                header = HEADER.match(line) if b'"type":"prune"' in line[:256] else None
                if header and header[4] == b"prune" and (int(header[1]) < self.signed or not self.signed):
                    first, named = self._prune(strict_json(line))
                    if any(roots.setdefault(at, root) != root for at, root in enumerate(named, first)):
                        raise Invalid("two prune records disagree")
        if len(roots) < self.first or any(number not in roots for number in range(self.first)):
            raise Invalid("the beginning is missing, and no signed prune record says so")
        return [bytes.fromhex(roots[number]) for number in range(self.first)]

    def _prune(self, members: dict[str, object]) -> tuple[int, list[str]]:
        """Return the number of the first segment that a prune record drops, and the roots of all of them."""
        first, end, roots, genesis = (members.get(name) for name in ("first", "end", "roots", "genesis"))
        named = roots if isinstance(roots, list) else []
        is_whole = type(first) is int and type(end) is int and first >= 0 and not first % SEGMENT_RECORDS
        if not is_whole or not named or end != first + len(named) * SEGMENT_RECORDS:
            raise Invalid("a prune record that does not name whole segments")
        if not all(isinstance(root, str) and re.fullmatch("[0-9a-f]{64}", root) for root in named):
            raise Invalid("a prune record whose roots are not hashes")
        self._check_origin(genesis)
        return first // SEGMENT_RECORDS, named

    def _check_origin(self, genesis: object) -> None:
        origin = genesis.get("origin") if isinstance(genesis, dict) else None
        if self.log.heads and origin != self.log.origin:
            raise Invalid(f"the trail began as {shown(origin)}, its heads name {shown(self.log.origin)}")

    def _read(self, number: int, offset: int = 0) -> None:
        self._lines = Lines(self.directory / "seg" / f"{number:06d}.jsonl", offset)
        end, interpreted = (number + 1) * SEGMENT_RECORDS, 0
        for line in self._lines:
            if self.tree.size == end:
                raise Invalid(f"segment {number:06d}.jsonl holds too many records")
            interpreted += self._record(line)
            if interpreted > MAX_INTERPRETED_BYTES:
                raise Invalid(f"segment {number:06d}.jsonl: too many records that only the trail itself writes")

    def _record(self, line: bytes) -> int:
        """Check a record; return the length of one that must be interpreted, 0 for others."""
        seq, header = self.tree.size, HEADER.match(line)
        is_whole = len(line) <= MAX_RECORD_BYTES and line.endswith(b"}") and line == line.translate(None, CONTROL)
        if header is None or not is_whole:
            raise Invalid(f"record {seq} is not a record")
        number, prev, ts, kind, head, digest = header.groups()
        if int(number) != seq:
            raise Invalid(f"record {seq} is missing, doubled or moved: this one is {int(number)}")
        if prev != self.prev and (seq != self.first * SEGMENT_RECORDS or not seq):
            raise Invalid(f"record {seq} does not follow record {seq - 1}")
        try:
            line.decode()
        except UnicodeDecodeError:
            raise Invalid(f"record {seq} is not UTF-8") from None
        if (kind == b"genesis") != (seq == 0):
            raise Invalid(f"record {seq} is {'not ' * (not seq)}a genesis record")
        if head is not None:
            named = self.log.by_digest.get(digest.decode())
            self.bindings.append((seq, named.end if named and named.size == int(head) else -1))
        if kind in INTERPRETED:
            self._interpret(seq, kind, strict_json(line))
        leaf = sha256(b"\x00" + line).digest()
        self.tree.append(leaf)
        self.tiles.add(leaf)
        self.prev, self.last_ts = leaf.hex().encode(), ts.decode()
        self.first_ts = self.first_ts or self.last_ts
        expected = self.log.roots.get(seq + 1)
        if expected is not None and expected != self.tree.root():
            raise Invalid(f"the records are not those of the head of size {seq + 1}")
        return len(line) if kind in INTERPRETED else 0

    def _interpret(self, seq: int, kind: bytes, members: dict[str, object]) -> None:
        if kind == b"genesis":
            self._check_origin(members)
        elif kind == b"key_rotation" and seq < self.signed:
            self.rotations.append((seq, members.get("old_key"), members.get("new_key")))
        elif kind == b"prune":
            self._prune(members)
        elif kind == b"recovery" and members.get("torn") is not None:
            self._check_fragment(seq, members["torn"])

    def _check_fragment(self, seq: int, torn: object) -> None:
        name, length, expected = (torn.get(k) if isinstance(torn, dict) else 0 for k in ("file", "bytes", "sha256"))
        is_name = isinstance(name, str) and FRAGMENT_NAME.fullmatch(name)
        if not is_name or type(length) is not int or length > MAX_SEGMENT_BYTES:
            raise Invalid(f"record {seq} names no fragment")
        try:
            with open_regular(self.directory / name) as file:
                is_changed = os.fstat(file.fileno()).st_size != length
                is_changed = is_changed or hashlib.file_digest(file, "sha256").hexdigest() != expected
        except (FileNotFoundError, NotADirectoryError):
            self._note(f"{name}, a fragment that was never acknowledged, is gone")
            return
        if is_changed:
            raise Invalid(f"{name} was changed")

    def _note(self, text: str) -> None:
        self.notes += [text] if len(self.notes) < 20 else []

    def check_tiles(self) -> set[str]:
        """Return the wrong tiles. What was written meanwhile is no reason: read on before a tile is called wrong."""
        ends = self.tiles.ends()
        if any(end > self.size for end, _ in ends):
            self._read(self.last, self._lines.offset)
            for number in range(self.last + 1, self.numbers()[-1] + 1):
                self._read(number)
        self.tiles.finish()
        return self.tiles.wrong | {name for end, name in ends if end > self.tree.size}


# -- keys and answers --------------------------------------------------------------------------------------------------


class Trust:
    """Which keys count at which head: the given ones, and those that rotations prove from them."""

    def __init__(self, log: Log, records: Records, keys: list[Key], revoked: dict[bytes, int]) -> None:
        self.log, self.revoked = log, revoked
        self.given = {key.text for key in keys if key.name == log.origin and key.public}
        self.keys = {key.text: key for key in keys if key.text in self.given}
        self.rotations, self._bad = [], -1
        for seq, old, new in records.rotations:
            try:
                self.rotations.append(Rotation(seq, self._key(old), self._key(new)))
            except Invalid:
                self._bad = seq if self._bad < 0 else self._bad
        self.known = {key.label: key for key in self.keys.values()}
        if any(self.known[key.label] is not key for key in self.keys.values()):
            raise Invalid("two keys with the same name and id")
        self._sizes = [head.size for head in log.heads]
        self._handovers: dict[int, list[Rotation]] = {}
        for rotation in self.rotations:
            self._handovers.setdefault(bisect.bisect_right(self._sizes, rotation.seq), []).append(rotation)
        self._signers: dict[int, tuple[set[str], set[str]]] = {}
        self.notes: list[str] = []
        self._settle()
        self.signed = self._signed()
        self._check_signed_records(records)
        self._verify_heads(records)

    def _key(self, text: object) -> Key:
        key = self.keys.get(text) if isinstance(text, str) else None
        if key is None:
            key = Key(str(text))
            if key.name != self.log.origin or key.public is None:
                raise Invalid(f"a key rotation names a key that is not the trail's: {shown(text)}")
            self.keys[key.text] = key
        return key

    def signers(self, at: int) -> tuple[set[str], set[str]]:
        """Return the known keys that signed a head, revoked ones too, and those whose signature is bad."""
        if at not in self._signers:
            self._signers[at] = self.log.note(self.log.heads[at]).signers(self.known)
        return self._signers[at]

    def _believed(self, at: int) -> set[str]:
        size = self.log.heads[at].size
        return {text for text in self.signers(at)[0] if size <= self.revoked.get(self.keys[text].id, size)}

    def _predecessors(self) -> dict[str, int]:
        """Walk back from the given keys. A record alone proves nothing.

        A key counts up to the first head after the rotation if its successor, which counts there, signed that head.
        """
        until: dict[str, int] = {}
        for at, rotations in sorted(self._handovers.items(), reverse=True):
            for rotation in reversed(rotations):
                old, new = rotation.old.text, rotation.new.text
                counts = new in self.given or until.get(new, -1) >= at
                if counts and old not in self.given and new in self._believed(at):
                    until[old] = max(at, until.get(old, at))
        return until

    def _settle(self) -> None:
        """Find at which heads keys count: `_spans` holds first and last head, by key."""
        until = {**self._predecessors(), **dict.fromkeys(self.given, len(self._sizes))}
        self._spans = {key: [[0, last]] for key, last in until.items()}
        for at in sorted(self._handovers):
            signers, joined = self._believed(at), set[str]()
            for seq, old_key, new_key in self._handovers[at]:
                old, new = old_key.text, new_key.text
                if any(key in joined or self._covers(key, at) for key in signers) and new not in signers:
                    raise Invalid(f"record {seq} names a new key, which did not sign the next head")
                if (old in joined or self._covers(old, at)) and {old, new} <= signers:
                    joined.add(new)
                    for span in self._spans[old]:
                        span[1] = min(span[1], at)
                    if not self._covers(new, at + 1):
                        self._spans.setdefault(new, []).append([at + 1, len(self._sizes)])
                    self.notes.append(f"record {seq} hands signing over to {label(new)}")

    def _covers(self, key: str, at: int) -> bool:
        return any(first <= at <= last for first, last in self._spans.get(key, ()))

    def counts_somewhere(self, key: str) -> bool:
        return key in self._spans

    def _counts(self, at: int) -> set[str]:
        """Return the keys that signed a head and count there. A bad signature of a key that counts is refused."""
        bad = self.signers(at)[1] & self._spans.keys()
        if bad:
            raise Invalid(f"the signature of {label(min(bad))} at size {self._sizes[at]} does not verify")
        return {key for key in self._believed(at) if self._covers(key, at)}

    def _signed(self) -> int:
        """Return the size of the newest head that a key signed that counts there: records below it are signed."""
        for at in reversed(range(len(self._sizes))):
            if self._counts(at):
                self.signed_by = self._counts(at)
                return self._sizes[at]
        return 0

    def _check_signed_records(self, records: Records) -> None:
        if 0 <= self._bad < self.signed:
            raise Invalid(f"record {self._bad} hands signing over, but not between two keys of this trail")
        lost = [seq for seq, end in records.bindings if end < 0]
        if lost and lost[0] < self.signed:
            raise Invalid(f"record {lost[0]} names a head that checkpoints.log does not hold as it was")
        self.notes += [f"record {lost[0]} is not signed and names a head that the log does not hold"] if lost else []

    def _verify_heads(self, records: Records) -> None:
        """Verify the heads that no signed record binds, and those after rotations: one that counts must have signed."""
        bound = max((end for seq, end in records.bindings if seq < self.signed), default=0)
        unbound = next((at for at, head in enumerate(self.log.heads) if head.end > bound), len(self._sizes))
        self.unsigned = 0
        """The size of the first head that only unknown keys signed."""
        for at in sorted({len(self._sizes) - 1, *range(unbound, len(self._sizes)), *self._handovers}):
            size = self._sizes[at]
            if not self._counts(at) and self.signers(at)[0] & self._spans.keys():
                raise Invalid(f"the head of size {size} is signed by a key that does not count there")
            if not self._counts(at):
                self.unsigned = self.unsigned or size


class Answer(NamedTuple):
    """What is printed, and the exit status; the first line is the answer."""

    status: int
    lines: list[str]


def answer(
    directory: Path,
    keys: list[Key],
    remembered: Checkpoint | None = None,
    revoked: dict[bytes, int] | None = None,
    *,
    accept_unsigned: bool = False,
) -> Answer:
    """Verify a trail; whatever it holds, this returns. Read again what a writer changed while it was read."""
    for _ in range(3):
        before = log_bytes(directory)
        try:
            return verify(directory, keys, remembered, revoked or {}, accept_unsigned=accept_unsigned)
        except Invalid as error:
            next_ = "What to do next: keep the directory as it is, and compare it with a copy kept elsewhere."
            found = Answer(1, ["INVALID", "", sentence(str(error)), next_])
        except NoAnswer as error:
            return Answer(3, ["NO ANSWER", "", sentence(str(error))])
        except OSError as error:
            found = Answer(3, ["NO ANSWER", "", f"Cannot read {shown(error.filename)}: {error.strerror}."])
        if log_bytes(directory) == before:
            break
    return found


def log_bytes(directory: Path) -> int:
    try:
        return os.lstat(directory / "checkpoints.log").st_size
    except OSError:
        return -1


def verify(
    directory: Path,
    keys: list[Key],
    remembered: Checkpoint | None,
    revoked: dict[bytes, int],
    *,
    accept_unsigned: bool,
) -> Answer:
    """Verify in the order of section 5: `checkpoint`, `checkpoints.log`, segments, tiles."""
    if not any(os.path.lexists(directory / name) for name in ("seg", "checkpoint", "checkpoints.log")):
        raise NoAnswer(f"there is no trail in {shown(directory)}")
    published = read_small(directory / "checkpoint", MAX_NOTE_BYTES)
    if published is not None and len(published) > MAX_NOTE_BYTES:
        raise Invalid("`checkpoint` is too long")
    log = Log(directory, published, {key.label for key in keys})
    belongs = log.is_named and any(key.name == log.origin and key.public for key in keys)
    if remembered is not None:
        if log.heads and remembered.origin != log.origin:
            raise Invalid(f"the remembered head is that of another trail, {shown(remembered.origin)}")
        if log.roots.setdefault(remembered.size, remembered.root) != remembered.root:
            raise Invalid(f"the trail is another than the one remembered at size {remembered.size}")
    records = Records(directory, log, log.heads[-1].size if belongs else 0)
    if remembered is not None and remembered.size > records.size:
        raise Invalid(f"the trail has {records.size} records, {remembered.size} were remembered")
    if log.roots.get(0, Tree().root()) != Tree().root():
        raise Invalid("a head of size 0 with a root")
    trust = Trust(log, records, keys, revoked) if belongs else None
    why = missing(log, records, trust, remembered)
    found = Found(log, records, trust, why, remembered, records.check_tiles(), accept_unsigned)
    status, first_line = found.answer()
    return Answer(status, [first_line, "", *found.facts(), *found.limits()])


def missing(log: Log, records: Records, trust: Trust | None, remembered: Checkpoint | None) -> str:
    """Say what is missing for an answer; empty if nothing is."""
    if not log.heads:
        return "there is no signed head"
    if trust is None:
        return f"the given keys do not belong to this trail, which is called {shown(log.origin)}"
    good, bad = remembered.signers(trust.known) if remembered else (set(), set())
    if any(trust.counts_somewhere(key) for key in bad):
        raise Invalid("the signature of the remembered head does not verify")
    if trust.unsigned:
        return f"no given key signed the head of size {trust.unsigned}, nor does a rotation lead from one to its signer"
    if not log.heads[-1].size:
        return "nothing is signed"
    if remembered is not None:
        limits = [trust.revoked.get(trust.keys[key].id, remembered.size) for key in good if trust.counts_somewhere(key)]
        if not any(remembered.size <= limit for limit in limits):
            return "no given key signed the remembered head"
        if 0 < remembered.size <= len(records.pruned) * SEGMENT_RECORDS:
            return "the remembered head lies in what was pruned"
    return ""


class Found(NamedTuple):
    """What was found, and how to say it."""

    log: Log
    records: Records
    trust: Trust | None
    why: str
    remembered: Checkpoint | None
    wrong: set[str]
    accept_unsigned: bool

    def answer(self) -> tuple[int, str]:
        signed, unsigned = self.records.size - self.unsigned, 0 if self.accept_unsigned else self.unsigned
        if self.why:
            return 2, "UNVERIFIABLE"
        if self.wrong and not unsigned:
            return 5, "VALID, but the tile cache is wrong"
        later = "1 later record is" if self.unsigned == 1 else f"{self.unsigned} later records are"
        words = f"VALID UP TO RECORD {signed - 1}; {later} not signed" if self.unsigned else "VALID"
        return 4 if unsigned else 0, words

    @property
    def unsigned(self) -> int:
        return self.records.size - (self.log.heads[-1].size if self.log.heads else 0)

    def facts(self) -> list[str]:
        records, first, signed = self.records, self.records.first * SEGMENT_RECORDS, self.records.size - self.unsigned
        count = f"Records: {first} to {records.size - 1}, {records.size - first} in all"
        times = f"written from {records.first_ts} to {records.end_ts} by the writer's clock"
        lines = [f"Trail: {shown(self.log.origin)}. {count}, {times}."]
        lines += [f"Pruned: the first {first} records; their hashes are part of what is signed."] if first else []
        if self.why or self.trust is None:
            lines += [f"Signed: not known, because {self.why}."]
        else:
            lines += [f"Signed: records up to {signed - 1}, by {', '.join(sorted(map(label, self.trust.signed_by)))}."]
            lines += [f"Not signed: records from {signed} on; nobody vouches for them."] if self.unsigned else []
            lines += [f"Head kept elsewhere: of size {self.remembered.size}, continued."] if self.remembered else []
        wrong = ", ".join(map(shown, sorted(self.wrong)[:5]))
        lines += [f"Wrong tiles: {wrong}. `policykit trail tiles` writes them again."] if wrong else []
        notes = [*self.log.notes, *records.notes, *(self.trust.notes[:20] if self.trust else [])]
        return lines + [f"Note: {note}." for note in notes]

    def limits(self) -> list[str]:
        rollback = "" if self.remembered else ", and, without --head, that the trail was not rolled back"
        next_ = "keep a copy of `checkpoint` elsewhere, and give it as --head next time"
        if self.why:
            named = self.log.note(self.log.heads[-1]).signatures[:4] if self.log.heads else []
            signers = ", ".join(f"{shown(name)}+{key_id.hex()}" for (name, key_id), _ in named)
            next_ = f"ask the owner for the key that signs ({signers or 'there is none'}); check which trail this is"
        elif self.unsigned and not self.accept_unsigned:
            next_ = "have the writer sign (closing the trail does) and verify again, or give --accept-unsigned"
        return [
            f"Not shown: that every event was recorded, when it happened, that there is no other history{rollback}.",
            "Not checked: witnesses, time stamps, the JSON of records that the trail itself does not need.",
            f"What to do next: {next_}.",
        ]


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"NO ANSWER\n\n{message}", file=sys.stdout)
        sys.exit(3)


def revocation(text: str) -> tuple[bytes, int]:
    match = re.fullmatch(r"([0-9a-f]{8})@(0|[1-9][0-9]{0,18})", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError("expected the key's id (8 hex digits), @, and a size")
    return bytes.fromhex(match[1]), int(match[2])


def a_key(text: str) -> Key:
    try:
        return Key(text.strip())
    except Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def a_head(path: str) -> Checkpoint:
    try:
        with open(path, "rb") as file:
            return Checkpoint(file.read(MAX_NOTE_BYTES + 1))
    except (OSError, Invalid) as error:
        raise argparse.ArgumentTypeError(f"{shown(path)} is not a checkpoint: {error}") from None


def main(arguments: list[str] | None = None) -> int:
    parser = Parser(description=str(__doc__).splitlines()[0], allow_abbrev=False)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--vkey", type=a_key, action="append", required=True, help="a verifier key of the trail")
    parser.add_argument("--head", type=a_head, help="a checkpoint kept elsewhere")
    parser.add_argument("--revoked", type=revocation, action="append", default=[], metavar="ID@SIZE")
    parser.add_argument("--accept-unsigned", action="store_true", help="exit with 0 although the tail is not signed")
    words = sys.argv[1:] if arguments is None else arguments
    given = parser.parse_args(["--vkey" if word == "--key" else word for word in words])  # `--key` means it too
    revoked = dict(sorted(given.revoked, reverse=True))  # of two sizes the smaller
    found = answer(given.directory, given.vkey, given.head, revoked, accept_unsigned=given.accept_unsigned)
    print("\n".join(found.lines))
    return found.status


if __name__ == "__main__":
    sys.exit(main())
