"""What can be wrong with a trail, a key or a statement: one code each, with a page."""

from __future__ import annotations

from policykit.errors import KeyMaterialError, TrailError
from policykit.source.diagnostic import Diagnostic
from policykit.source.visible import visible

CALLER_ERRORS = {"PK709", "PK726"}
"""Mistakes in a record, which no failure policy excuses and which say nothing about the trail."""


class CodedTrailError(TrailError):
    """A trail that cannot be written, read or verified; `diagnostics` says why, with its code and place."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (diagnostic,)
        super().__init__(str(diagnostic))


class StorageFailedError(CodedTrailError):
    """The storage did not do what it was asked. Raised by an append, it means that nothing was recorded."""


class UnknownOutcomeError(StorageFailedError):
    """Nobody can know what reached the disk: a sync failed, or a failed write could not be undone."""


class SignerFailedError(StorageFailedError):
    """The signer of heads raised something. As with the storage, the next attempt may succeed."""


class CodedKeyError(KeyMaterialError):
    """A key or a signed document that cannot be used; `diagnostics` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (diagnostic,)
        super().__init__(str(diagnostic))


def trail_problem(  # noqa: PLR0913 - the parts of a diagnostic
    code: str,
    message: str,
    *,
    place: str = "",
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
) -> CodedTrailError:
    """Return an exception to raise. The message is lower case, without a full stop."""
    return CodedTrailError(Diagnostic(code, message, place=place, expected=expected, got=got, help=help))


def key_problem(  # noqa: PLR0913 - the parts of a diagnostic
    code: str,
    message: str,
    *,
    place: str = "",
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
) -> CodedKeyError:
    """Return an exception to raise for key material."""
    return CodedKeyError(Diagnostic(code, message, place=place, expected=expected, got=got, help=help))


def shown(data: bytes | str, limit: int = 60) -> str:
    """Return outside bytes or text as something that can stand in a message and on a terminal."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    return visible(text, limit).replace("`", "'")


def interrupted_problem() -> UnknownOutcomeError:
    """Return the problem of a commit that was interrupted, such as by Ctrl-C, for those who wait for it."""
    return UnknownOutcomeError(
        Diagnostic("PK714", "committing this record was interrupted", help="look for it before you append it again")
    )
