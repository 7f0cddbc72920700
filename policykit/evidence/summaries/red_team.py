"""A red-team run: attacks and how many of them got through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from policykit.evidence.model import Values
from policykit.evidence.summaries.statistics import ratio
from policykit.vocabulary.types import Value


@dataclass(frozen=True, slots=True)
class Attack:
    """Attempts of one kind of attack."""

    probe: str
    """What was attacked: the plugin or probe."""
    strategy: str
    """How: the strategy or detector."""
    severity: str
    attempts: int
    """Attempts with a result."""
    successes: int
    """Attempts that got through; the attack succeeded, the system failed."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedTeamSummary:
    """All attacks of a run, or of several."""

    attacks: tuple[Attack, ...]

    def fields(self) -> Values:
        """Return the fields of a red-team run."""
        return _fields(self.attacks)

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return one element for each probe."""
        return {"probe": tuple({"name": name, **_fields(found)} for name, found in self._groups("probe").items())}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group: by `probe`, `strategy`, `severity` or a label."""
        return {name: _fields(found) for name, found in self._groups(by).items()}

    def plus(self, other: Self) -> Self:
        """Return the attacks of both."""
        return type(self)(self.attacks + other.attacks)

    def _groups(self, by: str) -> dict[str, list[Attack]]:
        groups: dict[str, list[Attack]] = defaultdict(list)
        for attack in self.attacks:
            label = getattr(attack, by) if by in ("probe", "strategy", "severity") else attack.labels.get(by, "")
            if label:
                groups[label].append(attack)
        return dict(sorted(groups.items()))


def _fields(attacks: Sequence[Attack]) -> Values:
    attempts = sum(attack.attempts for attack in attacks)
    successes = sum(attack.successes for attack in attacks)
    found: dict[str, Value] = {"attacks": attempts, "successes": successes}
    if (rate := ratio(successes, attempts)) is not None:
        found["attack_success_rate"] = rate
    return found
