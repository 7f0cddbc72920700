"""The digest of a tool's arguments: SHA-256 over their RFC 8785 form, or HMAC-SHA-256 under the guard's secret.

The values are copied on the path of the call, because the tool may change them; the digest is made by the writing
thread. Copying is bounded: whatever a caller hands in, a call neither fails nor waits because of its record.
"""

from __future__ import annotations

import hashlib
import hmac
from json import JSONEncoder
from typing import NamedTuple

from policykit.encoding.jcs import MAX_SAFE_INTEGER, CanonicalJsonError, canonical_json

MAX_CHARS = 1_000_000
"""Of all texts together, names of members included; more is not digested."""
MAX_VALUES = 20_000
MAX_DEPTH = 64
KEPT_CHARS = 32_768
KEPT_VALUES = 1_024
"""Larger arguments are digested at once, so that the queue of records never holds much."""
NOT_JSON = "not JSON"
TOO_LARGE = "too large"
TOO_DEEP = "nested too deep"
NOT_READABLE = "not readable"
_LABEL = b"policykit-arguments\0"


class Taken(NamedTuple):
    """Arguments as they were when the call was decided on."""

    value: object
    """A copy, to be digested; None where `digest` or `left_out` is known already."""
    digest: str = ""
    left_out: str = ""


class _LeftOutError(Exception):
    """Arguments that get no digest; the text says why."""


class ArgumentDigests:
    """Makes the digests of one guard."""

    def __init__(self, secret: bytes | None = None) -> None:
        """Take the guard's secret for keyed digests, None for plain ones."""
        self._secret = secret

    def taken(self, arguments: dict[str, object]) -> Taken:
        """Return a copy of arguments by their names, or why there is none; never raises an `Exception`.

        Args:
            arguments: names that nobody else changes, with values that anybody may.
        """
        if _are_few_scalars(arguments):
            return Taken(arguments)
        room = _Room()
        try:
            copy = {name: room.copied(value, 0) for name, value in arguments.items()}
        except _LeftOutError as why:
            return Taken(None, left_out=str(why))
        except Exception:  # noqa: BLE001 - values of the application, such as a list that another thread changes
            return Taken(None, left_out=NOT_READABLE)
        return self.finished(Taken(copy)) if room.is_large else Taken(copy)

    @staticmethod
    def unreadable() -> Taken:
        """Return what is taken of arguments that cannot be read."""
        return Taken(None, left_out=NOT_READABLE)

    def finished(self, taken: Taken) -> Taken:
        """Return the digest of what was taken."""
        if taken.value is None:
            return taken
        try:
            data = _canonical(taken.value)
        except (CanonicalJsonError, UnicodeEncodeError):
            return Taken(None, left_out=NOT_JSON)
        if self._secret is None:
            return Taken(None, f"sha256:{hashlib.sha256(data).hexdigest()}")
        return Taken(None, f"hmac-sha256:{hmac.digest(self._secret, _LABEL + data, 'sha256').hex()}")


def _are_few_scalars(arguments: dict[str, object]) -> bool:
    """Whether arguments are what they are for most tools: short texts, figures, yes or no, which nobody can change."""
    for name, value in arguments.items():
        kind = type(value)
        if type(name) is not str or len(name) > _SHORT:
            return False
        if kind is str:
            if len(value) > _SHORT:  # type: ignore[arg-type]  # a text, as was just seen
                return False
        elif kind not in _SCALARS:
            return False
    return len(arguments) <= _FEW


def _canonical(value: object) -> bytes:
    """Return the RFC 8785 form of a value.

    Raises:
        CanonicalJsonError: it has none.
        UnicodeEncodeError: as above.
    """
    if type(value) is dict and _is_written_alike(value):
        return _written(value).encode()  # the same bytes, three times as fast
    return canonical_json(value)


def _is_written_alike(members: dict[str, object]) -> bool:
    """Whether Python writes an object as RFC 8785 does: no fractions, nothing inside, and names that sort alike."""
    for name, item in members.items():
        kind = type(item)
        if kind is int:
            if not -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:  # type: ignore[operator]  # an int, as was just seen
                return False
        elif kind is not str and kind is not bool and item is not None:
            return False
        if not name.isascii():
            return False
    return True


_written = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_SCALARS = frozenset({int, float, bool, type(None)})
_FEW = 64
_SHORT = 1_000


class _Room:
    """Copies values, and counts what it has copied."""

    def __init__(self) -> None:
        self._chars = 0
        self._values = 0

    @property
    def is_large(self) -> bool:
        """Whether the copy is too large to be kept in a queue."""
        return self._chars > KEPT_CHARS or self._values > KEPT_VALUES

    def copied(self, value: object, depth: int) -> object:
        """Return a value that nobody else can change; of classes derived from JSON's, the plain value.

        Raises:
            _LeftOutError: it is not JSON, too large, or nested too deep.
        """
        self._values += 1
        if self._values > MAX_VALUES:
            raise _LeftOutError(TOO_LARGE)
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            return int.__int__(value)
        if isinstance(value, float):
            return float.__float__(value)
        if depth >= MAX_DEPTH:
            raise _LeftOutError(TOO_DEEP)
        if isinstance(value, dict):
            return {self._name(name): self.copied(item, depth + 1) for name, item in dict.items(value)}
        if isinstance(value, list):
            return [self.copied(item, depth + 1) for item in list.__iter__(value)]
        if isinstance(value, tuple):
            return [self.copied(item, depth + 1) for item in tuple.__iter__(value)]
        return self.copied(_dumped(value), depth + 1)

    def _name(self, name: object) -> str:
        if not isinstance(name, str):
            raise _LeftOutError(NOT_JSON)
        return self._text(name)

    def _text(self, text: str) -> str:
        self._chars += str.__len__(text)
        if self._chars > MAX_CHARS:
            raise _LeftOutError(TOO_LARGE)
        return text if type(text) is str else str.__str__(text)


def _dumped(value: object) -> object:
    """Return the JSON form of pydantic's objects, which LangChain and others make of nested arguments.

    Raises:
        _LeftOutError: it is none of these.
    """
    dump = getattr(type(value), "model_dump", None)
    if dump is None:
        raise _LeftOutError(NOT_JSON)
    return dump(value, mode="json")
