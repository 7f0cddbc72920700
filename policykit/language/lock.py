"""The lock file: which version of each pack a policy was written against.

`policykit.lock` stands beside the policy: `{"lock": 1, "packs": {"production-gap": {"version": "1.0.0", "digest":
"sha256:..."}}}`. A pack whose digest differs is an error until somebody locks again; one without a pin is a warning.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from policykit.language.checked import Pack
from policykit.source import Diagnostic, display_path
from policykit.source.reading import read_bytes

LOCK_NAME = "policykit.lock"
LOCK_VERSION = 1
MAX_LOCK_BYTES = 1024 * 1024
"""A lock file larger than this is refused; a thousand packs take 0.1 MB."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked pack."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file that was read."""

    packs: Mapping[str, Pin]
    name: str = LOCK_NAME
    """The path as people write it."""


def lock_path(policy_path: str | os.PathLike[str]) -> str:
    """Return where the lock of a policy file stands."""
    return os.path.join(os.path.dirname(os.fspath(policy_path)), LOCK_NAME)


def read_lock(path: str | os.PathLike[str]) -> Lock | Diagnostic | None:
    """Return a lock file's pins, why it cannot be used, or None when there is no such file."""
    if not os.path.lexists(path):
        return None
    data = read_bytes(path, MAX_LOCK_BYTES)
    if isinstance(data, Diagnostic):
        return data
    name = display_path(path)
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        return _unreadable(name, f"this is no JSON of the expected form: {_first_line(error)}")
    return _lock_of(name, content)


def write_lock(path: str | os.PathLike[str], packs: Iterable[Pack]) -> None:
    """Write the pins of all packs of a policy; the file appears whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    temporary = f"{os.fspath(path)}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(lock_text(packs))
        os.replace(temporary, path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def lock_text(packs: Iterable[Pack]) -> str:
    """Return the text of a lock file; equal packs give equal text."""
    pins = {pack.name: {"version": pack.version, "digest": pack.digest} for pack in packs}
    return json.dumps({"lock": LOCK_VERSION, "packs": pins}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _first_line(error: Exception) -> str:
    return "it nests too deeply" if isinstance(error, RecursionError) else str(error).split("\n", 1)[0].lower()


def _unreadable(name: str, message: str) -> Diagnostic:
    return Diagnostic(
        "PK413",
        f"the lock file cannot be used: {message}",
        place=name,
        expected='`{"lock": 1, "packs": {...}}` as `policykit lock` writes it',
        help="delete it and run `policykit lock` again, once the packs are the ones that you want",
    )


def _lock_of(name: str, content: Any) -> Lock | Diagnostic:
    if not isinstance(content, dict) or set(content) != {"lock", "packs"} or not isinstance(content["packs"], dict):
        return _unreadable(name, "it lacks `lock` and `packs`, or holds something else beside them")
    if content["lock"] != LOCK_VERSION or isinstance(content["lock"], bool):
        return _unreadable(name, f"this tool reads lock version {LOCK_VERSION}")
    pins = {}
    for pack, pin in content["packs"].items():
        if not isinstance(pin, dict) or set(pin) != {"version", "digest"}:
            return _unreadable(name, f"the pin of `{pack[:60]}` needs a version and a digest, and nothing else")
        version, digest = pin["version"], pin["digest"]
        if not isinstance(version, str) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            return _unreadable(name, f"the pin of `{pack[:60]}` has no digest of the form `sha256:...`")
        pins[pack] = Pin(version, digest)
    return Lock(MappingProxyType(pins), name)
