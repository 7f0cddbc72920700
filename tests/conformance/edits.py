"""Edits of a trail as data, so that a verifier in any language can make them. `README.md` describes their form."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Edit = Mapping[str, Any]


def as_bytes(value: str | Mapping[str, str]) -> bytes:
    """Return the bytes of a text, or of `{"hex": ...}`."""
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def apply(edit: Edit, directory: Path) -> None:
    """Make one edit. An edit that would change nothing is an error in the table."""
    path = directory / edit["file"]
    (kind,) = edit.keys() - {"file"}
    if kind in _FILES:
        path.parent.mkdir(parents=True, exist_ok=True)
        _FILES[kind](path, edit[kind])
        return
    before = path.read_bytes()
    after = _BYTES[kind](before, edit[kind])
    if after == before:
        raise AssertionError(f"an edit without effect: {edit}")
    path.write_bytes(after)


def _xor(data: bytes, at: int, mask: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def _swap(lines: list[bytes], one: int, other: int) -> bytes:
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _without(lines: list[bytes], at: int) -> bytes:
    del lines[at]
    return b"".join(lines)


def _doubled(lines: list[bytes], at: int) -> bytes:
    return b"".join([*lines[: at % len(lines)], lines[at], *lines[at % len(lines) :]])


def _in_line(lines: list[bytes], at: int, old: str, new: str | Mapping[str, str]) -> bytes:
    lines[at] = lines[at].replace(as_bytes(old), as_bytes(new), 1)
    return b"".join(lines)


_BYTES: dict[str, Callable[[bytes, Any], bytes]] = {
    "xor": lambda data, how: _xor(data, *how),
    "replace": lambda data, how: data.replace(as_bytes(how[0]), as_bytes(how[1]), 1),
    "insert": lambda data, how: data[: how[0] % len(data)] + as_bytes(how[1]) + data[how[0] % len(data) :],
    "delete": lambda data, how: data[: how[0] % len(data)] + data[how[0] % len(data) + how[1] :],
    "truncate": lambda data, size: data[:size],
    "append": lambda data, more: data + as_bytes(more),
    "append_nuls": lambda data, count: data + bytes(count),
    "fill_nuls": lambda data, start: data[:start] + bytes(len(data) - len(data[:start])),
    "swap_lines": lambda data, how: _swap(data.splitlines(keepends=True), *how),
    "drop_line": lambda data, at: _without(data.splitlines(keepends=True), at),
    "double_line": lambda data, at: _doubled(data.splitlines(keepends=True), at),
    "replace_in_line": lambda data, how: _in_line(data.splitlines(keepends=True), *how),
}
_FILES: dict[str, Callable[[Path, Any], object]] = {
    "remove": lambda path, _: shutil.rmtree(path) if path.is_dir() else path.unlink(),
    "content": lambda path, text: path.write_bytes(as_bytes(text)),
    "copy_of": lambda path, name: shutil.copy(path.with_name(name), path),
    "rename_to": lambda path, name: path.rename(path.parent / name),
    "directory": lambda path, _: (path.unlink(missing_ok=True), path.mkdir()),
    "fifo": lambda path, _: (path.unlink(missing_ok=True), os.mkfifo(path)),
    "link_to": lambda path, target: (path.unlink(missing_ok=True), path.symlink_to(target)),
}
