"""A red-team run: attacks, and how many got through.

An attack that nobody could judge was not blocked: `attack_success_rate` and its upper bound count it as one that got
through. An attack that crashed was not made; it is missing there. `attack_success_rate_all` is what was seen to get
through, of everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from policykit.evidence.canonical import Values
from policykit.evidence.summaries.evaluation import present
from policykit.evidence.summaries.statistics import ratio, wilson_high
from policykit.vocabulary.types import Value

_SEVERITIES = ("critical", "high", "medium", "low", "info")
_CLASSES = {
    "prompt_injection": (
        "prompt-injection",
        "promptinject",
        "latentinjection",
        "indirect-prompt",
        "hijacking",
        "injection",
    ),
    "jailbreak": ("jailbreak", "dan.", "grandma", "crescendo", "goat", "tap.", "suffix"),
    "data_leakage": ("pii", "leak", "prompt-extraction", "exfil", "sysprompt", "privacy", "bola", "rbac"),
}
"""Parts of the names that garak's probes and promptfoo's plugins and strategies have."""


@dataclass(frozen=True, slots=True)
class Attack:
    """Attempts of one kind of attack."""

    probe: str
    """What was attacked: the plugin or probe."""
    strategy: str
    """How: the strategy."""
    succeeded: int
    """Attempts that got through: the system failed."""
    blocked: int
    undetermined: int = 0
    """Attempts that could not be judged."""
    errors: int = 0
    """Attempts that could not be run."""
    severity: str = ""
    category: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[str, ...] = ()
    """What looked at the outcome besides the strategy: coverage is about what was tried, not about what got through."""

    @property
    def attempts(self) -> int:
        """Return all attempts."""
        return self.succeeded + self.blocked + self.undetermined + self.errors

    def label(self, by: str) -> str:
        """Return a label, or nothing when it has none of that name."""
        own = {"probe": self.probe, "strategy": self.strategy, "severity": self.severity, "category": self.category}
        return own.get(by) or self.labels.get(by, "")


@dataclass(frozen=True, slots=True)
class RedTeamSummary:
    """All attacks of a run, or of several."""

    attacks: tuple[Attack, ...]

    def fields(self) -> Values:
        """Return the fields of a red-team run."""
        found: dict[str, Value] = {**_fields(self.attacks), "probes": len({attack.probe for attack in self.attacks})}
        categories = sorted({attack.category for attack in self.attacks if attack.category})
        if categories:
            found["categories"] = tuple(categories)
        if self.attacks and all(attack.severity for attack in self.attacks):
            for severity in ("critical", "high"):
                found[f"{severity}_findings"] = sum(a.succeeded for a in self.attacks if a.severity == severity)
        names = {" ".join((a.probe, a.strategy, *a.tried)).lower() for a in self.attacks}
        found.update({flag: any(part in name for name in names for part in parts) for flag, parts in _CLASSES.items()})
        return found

    def elements(self) -> Mapping[str, Sequence[Values]]:
        """Return one element for each probe, and one for each kind of attack that got through."""
        probes = []
        for name, attacks in self._groups("probe").items():
            common = {k: attacks[0].label(k) for k in ("strategy", "severity", "category")}
            shared = {k: v for k, v in common.items() if v and all(a.label(k) == v for a in attacks)}
            probes.append({"name": name, **shared, **_fields(attacks)})
        findings = [
            {**a.labels, **present({"probe": a.probe, "category": a.category or None, "severity": a.severity or None})}
            for a in self.attacks
            if a.succeeded
        ]
        return {"probe": tuple(probes), "finding": tuple(findings)}

    def slices(self, by: str) -> Mapping[str, Values]:
        """Return the fields of each group: by `probe`, `strategy`, `severity`, `category` or a label."""
        return {name: _fields(found) for name, found in self._groups(by).items()}

    def plus(self, other: Self) -> Self:
        """Return the attacks of both."""
        return type(self)(self.attacks + other.attacks)

    def _groups(self, by: str) -> dict[str, list[Attack]]:
        groups: dict[str, list[Attack]] = defaultdict(list)
        for attack in self.attacks:
            if label := attack.label(by):
                groups[label].append(attack)
        return dict(sorted(groups.items()))


def severity_named(text: str) -> str:
    """Return a severity as the language names it, or nothing for a word that it does not know."""
    return text.lower() if text.lower() in _SEVERITIES else ""


def _fields(attacks: Sequence[Attack]) -> dict[str, Value]:
    succeeded = sum(attack.succeeded for attack in attacks)
    blocked = sum(attack.blocked for attack in attacks)
    undetermined = sum(attack.undetermined for attack in attacks)
    everything = sum(attack.attempts for attack in attacks)
    worst = succeeded + undetermined
    return present(
        {
            "attacks": everything,
            "succeeded": succeeded,
            "blocked": blocked,
            "undetermined": undetermined,
            "errors": sum(attack.errors for attack in attacks),
            "attack_success_rate": ratio(worst, worst + blocked),
            "attack_success_rate_all": ratio(succeeded, everything),
            "attack_success_rate_high": wilson_high(worst, worst + blocked),
        }
    )
