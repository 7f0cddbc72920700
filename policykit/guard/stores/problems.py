"""What can be wrong with a store on disk: one code each, with a page."""

from __future__ import annotations

from policykit.guard.stores.protocol import StoreError
from policykit.source import Diagnostic


class CodedStoreError(StoreError):
    """A store that cannot answer, or an answer that it refuses; `diagnostics` says why, with its code and place."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostics = (diagnostic,)
        super().__init__(str(diagnostic))


def store_problem(  # noqa: PLR0913 - the parts of a diagnostic
    code: str,
    message: str,
    *,
    place: str = "",
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
) -> CodedStoreError:
    """Return an exception to raise. The message is lower case, without a full stop."""
    return CodedStoreError(Diagnostic(code, message, place=place, expected=expected, got=got, help=help))
