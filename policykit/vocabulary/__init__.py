"""The words of the language: types and values, facts, kinds of evidence (docs/vocabulary.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "COUNT",
    "DATE",
    "DURATION",
    "INSTANT",
    "LIST_OF_TEXT",
    "MONEY",
    "NUMBER",
    "PERCENT",
    "POINTS",
    "TEXT",
    "TIME",
    "YES_NO",
    "Canonical",
    "ElementKind",
    "Evidence",
    "EvidenceKind",
    "Exact",
    "Field",
    "Kind",
    "Money",
    "Phase",
    "PhaseName",
    "Type",
    "Value",
    "Vocabulary",
    "choice",
    "extend",
    "money",
]

if TYPE_CHECKING:
    from policykit.vocabulary.builtin import extend
    from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field, Vocabulary
    from policykit.vocabulary.model import Canonical, Evidence
    from policykit.vocabulary.phase import Phase, PhaseName
    from policykit.vocabulary.types import (
        COUNT,
        DATE,
        DURATION,
        INSTANT,
        LIST_OF_TEXT,
        MONEY,
        NUMBER,
        PERCENT,
        POINTS,
        TEXT,
        TIME,
        YES_NO,
        Exact,
        Kind,
        Money,
        Type,
        Value,
        choice,
        money,
    )
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.vocabulary.builtin": "extend",
            "policykit.vocabulary.fields": "ElementKind EvidenceKind Field Vocabulary",
            "policykit.vocabulary.model": "Canonical Evidence",
            "policykit.vocabulary.phase": "Phase PhaseName",
            "policykit.vocabulary.types": (
                "COUNT DATE DURATION Exact INSTANT Kind LIST_OF_TEXT MONEY Money NUMBER PERCENT POINTS TEXT "
                "TIME Type Value YES_NO choice money"
            ),
        },
    )
