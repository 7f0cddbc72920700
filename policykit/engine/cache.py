"""Compiled policies kept on disk: never stale, never trusted unproved. See docs/adr/0004.

An entry is a keyed BLAKE2b digest and what it covers: a marshalled tuple of the stamp of this installation, the path of
the policy, the digests of all files that were read, and the compiled form. The key is a random secret of this user, in
the configuration folder, away from the entries. An entry is unmarshalled only after its digest has been verified, and
used only if the stamp and every file are as they were.

Whatever is wrong with an entry, the key or a folder, there is no entry: nothing here raises.
"""

from __future__ import annotations

import hmac
import marshal
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import Any

from policykit._version import __version__
from policykit.engine.program import ProgramData

FORMAT = 2
"""Changes with the layout of an entry or of `ProgramData`."""
MAX_ENTRY_BYTES = 256 * 1024 * 1024
_KEY_BYTES = 32
_DIGEST_BYTES = 32
_CODE = ("language", "vocabulary", "engine", "detect", "source")
"""Parts of the package on which the compiled form depends."""

Files = Mapping[str, str]
"""Absolute path and digest of each file that was read; an empty digest says that there is no such file."""


def digest_of(path: str) -> str:
    """Return the digest of a file's bytes; empty where there is no such file or it cannot be read."""
    try:
        with open(path, "rb") as file:
            return blake2b(file.read(MAX_ENTRY_BYTES), digest_size=_DIGEST_BYTES).hexdigest()
    except (OSError, ValueError):
        return ""


def stored(policy_path: str) -> ProgramData | None:
    """Return the compiled form of a policy file if an entry holds it and nothing has changed since."""
    key, entry_path = _key(create=False), _entry_path(policy_path)
    if key is None or entry_path is None:
        return None
    try:
        with open(entry_path, "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            data = file.read(MAX_ENTRY_BYTES)
    except (OSError, ValueError):
        return None
    if not hmac.compare_digest(data[:_DIGEST_BYTES], _proof(key, data[_DIGEST_BYTES:])):
        return None
    return _opened(data[_DIGEST_BYTES:], policy_path)


def _opened(body: bytes, policy_path: str) -> ProgramData | None:
    """Return the compiled form in a body whose digest was verified, if it belongs here and is fresh."""
    try:
        stamp, path, files, program = marshal.loads(body)  # noqa: S302 - written by this user: the digest was verified
    except (ValueError, EOFError, TypeError):
        return None
    if stamp != installation() or path != os.path.abspath(policy_path):
        return None
    if any(digest_of(file) != digest for file, digest in files):
        return None
    found: ProgramData = program
    return found


def store(policy_path: str, files: Files, program: ProgramData) -> None:
    """Keep a compiled form; does nothing where that cannot be done safely."""
    key, entry_path = _key(create=True), _entry_path(policy_path)
    if key is None or entry_path is None:
        return
    content: Any = (installation(), os.path.abspath(policy_path), tuple(sorted(files.items())), program)
    body = marshal.dumps(content)
    if len(body) + _DIGEST_BYTES > MAX_ENTRY_BYTES:
        return
    with suppress(OSError):
        _written(entry_path, _proof(key, body) + body)


def _proof(key: bytes, body: bytes) -> bytes:
    return blake2b(body, key=key, digest_size=_DIGEST_BYTES, person=b"policykit-cache").digest()


@cache
def installation() -> tuple[object, ...]:
    """Return what identifies this policykit and this Python: versions, and size and time of every source file."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    files: list[tuple[str, int, int]] = []
    for part in (*_CODE, os.path.join(os.pardir, "grammar"), os.path.join("_data", "grammar")):
        files += _sources(os.path.join(package, part), part)
    summary = blake2b(repr(sorted(files)).encode(), digest_size=16).hexdigest()
    return (FORMAT, __version__, sys.version, sys.implementation.cache_tag, summary)


def _sources(folder: str, name: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, size and time of every source file below a folder; nothing where there is no such folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path, f"{name}/{entry.name}")
            elif entry.name.endswith((".py", ".lark")):
                status = entry.stat()
                yield (f"{name}/{entry.name}", status.st_size, status.st_mtime_ns)


# --- folders, key and entries -------------------------------------------------------------------------------------


def cache_folder() -> str:
    """Return the folder of the entries."""
    return os.environ.get("POLICYKIT_CACHE_DIR") or os.path.join(_home("XDG_CACHE_HOME", ".cache"), "policykit")


def key_path() -> str:
    """Return the path of the key."""
    return os.path.join(_home("XDG_CONFIG_HOME", ".config"), "policykit", "cache.key")


def _home(variable: str, otherwise: str) -> str:
    return os.environ.get(variable) or os.path.join(os.path.expanduser("~"), otherwise)


def _entry_path(policy_path: str) -> str | None:
    folder = cache_folder()
    if not _private_folder(folder):
        return None
    name = blake2b(os.path.abspath(policy_path).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    return os.path.join(folder, f"{name}.compiled")


def _private_folder(folder: str) -> bool:
    """Return whether a folder is there, or could be made, and only this user can write to it."""
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return _is_ours(os.stat(folder))
    return False


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True  # Windows: the folders of a user's profile are private to the user
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _key(*, create: bool) -> bytes | None:
    """Return the secret of this user, made at the first store; None where it is not secret."""
    path = key_path()
    if not os.path.lexists(path):
        if not create or not _private_folder(os.path.dirname(path)):
            return None
        with suppress(OSError):
            _written(path, os.urandom(_KEY_BYTES), once=True)
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            key = file.read(_KEY_BYTES + 1)
    except OSError:
        return None
    is_secret = _is_ours(status) and not (hasattr(os, "getuid") and status.st_mode & (stat.S_IRGRP | stat.S_IROTH))
    return key if is_secret and len(key) == _KEY_BYTES else None


def _written(path: str, data: bytes, *, once: bool = False) -> None:
    """Write a file as a whole or not at all, readable by this user only; `once`: an existing one stays."""
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if once:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
