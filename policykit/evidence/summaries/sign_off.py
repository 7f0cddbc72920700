"""Sign-offs: the signed statements of people about one gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from policykit.evidence.canonical import Values


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature, verified."""

    person: str
    role: str
    decision: str
    gate: str
    subject: str
    """Digest of what was signed."""
    signed_at: datetime
    expires: date | None


@dataclass(frozen=True, slots=True)
class SignOffSummary:
    """All signatures; of one person in one role only the last counts."""

    signatures: tuple[Signature, ...]

    def fields(self) -> Mapping[str, object]:
        """Return the fields of sign-offs."""
        counted = self._last_of_each()
        approvals = [s for s in counted if s.decision == "approve"]
        gates, subjects = {s.gate for s in counted}, {s.subject for s in counted}
        found: dict[str, object] = {
            "gate": gates.pop() if len(gates) == 1 else None,
            "subject": subjects.pop() if len(subjects) == 1 else None,
            "signatures": len(counted),
            "approvals": len(approvals),
            "rejections": sum(s.decision == "reject" for s in counted),
            "people": len({s.person for s in approvals}),
            "roles": tuple(sorted({s.role for s in approvals})),
            "last_signed_at": max((s.signed_at for s in counted), default=None),
            "expires": min((s.expires for s in approvals if s.expires is not None), default=None),
        }
        return {name: value for name, value in found.items() if value is not None and value != ""}

    def elements(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the signatures."""
        members = ("person", "role", "decision", "signed_at", "expires")
        return {
            "signature": tuple(
                {name: getattr(s, name) for name in members if getattr(s, name) is not None} | {"verified": True}
                for s in self._last_of_each()
            )
        }

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return nothing: sign-offs are not sliced."""
        del by
        return {}

    def plus(self, other: Self) -> Self:
        """Return the signatures of both."""
        return type(self)(self.signatures + other.signatures)

    def _last_of_each(self) -> list[Signature]:
        last: dict[tuple[str, str, str, str], Signature] = {}
        for signature in sorted(self.signatures, key=lambda s: (s.signed_at, s.decision == "reject")):
            last[signature.person, signature.role, signature.gate, signature.subject] = signature
        return sorted(last.values(), key=lambda s: (s.person, s.role, s.gate, s.subject))
