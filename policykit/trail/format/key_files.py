"""Reading and writing key files. A private key that others may read is refused, as ssh does."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from policykit.trail.problems import key_problem, shown

_MAX_BYTES = 16_384
_PRIVATE = b"PRIVATE KEY-----"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_key_file(path: str | os.PathLike[str], *, is_private: bool) -> bytes:
    """Return the content of a key file.

    Raises:
        CodedKeyError: when it cannot be read, is too large, or holds a private key of ours that others may read.
    """
    place = shown(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
            if is_private and _PRIVATE in data:  # the advice would be wrong for a file that is something else
                _refuse_shared(os.fstat(file.fileno()), os.fspath(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise key_problem("PK800", f"cannot read the key: {reason}", place=place) from None
    if not is_private and _PRIVATE in data:
        raise key_problem(
            "PK801", "not a verifier key", place=place, expected="`name+keyid+base64`", got="a private key",
            help="the verifier key is the public half; `policykit keys generate` writes it to FILE.vkey",
        )  # fmt: skip
    if len(data) > _MAX_BYTES:
        raise key_problem("PK800", "too large for a key", place=place)
    return data


def _refuse_shared(status: os.stat_result, path: str) -> None:
    """Refuse a file of this user that others may use. Files of other users are their owners' business, as with ssh."""
    is_ours = hasattr(os, "geteuid") and status.st_uid == os.geteuid()
    mode = stat.S_IMODE(status.st_mode)
    if is_ours and stat.S_ISREG(status.st_mode) and mode & _OTHERS:
        raise key_problem(
            "PK803", "others can read this private key", place=shown(path), expected="mode 0600",
            got=f"mode {mode:04o}", help=f"chmod 600 {shlex.quote(path)}",
        )  # fmt: skip


def write_key_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a new file that only its owner can read, whole or not at all.

    Raises:
        CodedKeyError: when the file exists or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise key_problem("PK800", "this file exists, and a key is never overwritten", place=str(path)) from None
    except OSError as error:
        raise key_problem("PK800", f"cannot write the key: {error.strerror}", place=str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        Path(path).unlink(missing_ok=True)  # half a key opens nothing, and would not be overwritten
        if not isinstance(error, OSError):
            raise
        raise key_problem("PK800", f"cannot write the key: {error.strerror}", place=str(path)) from None
