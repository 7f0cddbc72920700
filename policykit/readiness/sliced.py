"""The values of one evidence, each label sliced once: many clauses of a policy look at the same slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policykit.evidence.model import Evidence
from policykit.vocabulary.types import Value


class SlicedOnce:
    """What conditions read of an evidence (`policykit.engine.scope.EvidenceValues`)."""

    __slots__ = ("_evidence", "_slices")

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._slices: dict[str, Mapping[str, Mapping[str, Value]]] = {}

    @property
    def fields(self) -> Mapping[str, Value]:
        """Return the fields."""
        return self._evidence.fields

    @property
    def elements(self) -> Mapping[str, Sequence[Mapping[str, Value]]]:
        """Return the elements by their singular word."""
        return self._evidence.elements

    def slices(self, by: str) -> Mapping[str, Mapping[str, Value]]:
        """Return the fields of each group of a label."""
        if by not in self._slices:
            self._slices[by] = self._evidence.slices(by)
        return self._slices[by]
