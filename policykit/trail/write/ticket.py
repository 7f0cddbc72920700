"""Tickets: what a program holds for a record that it submitted."""

from __future__ import annotations

from typing import Protocol

from policykit.trail.format.record import Record
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.write.options import Receipt


class Committer(Protocol):
    """Commits what was submitted."""

    def flush(self) -> None:
        """Return when everything that was submitted is decided."""


class Ticket:
    """A submitted record's claim to a receipt."""

    __slots__ = ("_problem", "_receipt", "_trail", "record")

    def __init__(self, trail: Committer, record: Record) -> None:
        self.record = record
        self._trail = trail
        self._receipt: Receipt | None = None
        self._problem: CodedTrailError | None = None

    @property
    def done(self) -> bool:
        """Whether the record's fate is known."""
        return self._receipt is not None or self._problem is not None

    def settle(self, receipt: Receipt | None, problem: CodedTrailError | None) -> None:
        """Decide the record's fate."""
        self._receipt, self._problem = receipt, problem

    def result(self) -> Receipt:
        """Return the receipt, committing the group now if it was not committed yet.

        Raises:
            CodedTrailError: when the record could not be written and the failure policy is to block; in a forked child,
                whose parent has the record.
        """
        if not self.done:
            self._trail.flush()
        if self._problem is not None:
            raise self._problem
        if self._receipt is None:
            raise trail_problem(
                "PK713", "this record was submitted by the parent of this process", help="ask for its receipt there"
            )
        return self._receipt
