"""The clauses of a policy as the guard needs them: where patterns are looked for, and what is enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit.guard.options import GuardOptions, Mode

if TYPE_CHECKING:
    from policykit.engine.outline import RuleOutline
    from policykit.engine.patterns import Sought
    from policykit.engine.policy import Policy
    from policykit.language.checked import Rule

    TextPatterns = dict[str, tuple[Sought, ...]]
    """Fact, and the patterns that a clause looks for in it."""


class Clauses:
    """What is worked out of a policy's rules once."""

    def __init__(self, policy: Policy, options: GuardOptions) -> None:
        self._policy = policy
        self.rules: dict[str, RuleOutline] = {rule.id: rule for rule in policy.outline.rules}
        self.shadowed = frozenset(
            clause for clause in policy.clauses if options.clause_modes.get(clause, options.mode) is Mode.SHADOW
        )
        self._patterns: dict[str, TextPatterns] = {}
        self._detectors: tuple[Sought, ...] | None = None

    def patterns(self, clause: str) -> TextPatterns:
        """Return what a rule looks for, by the fact in which it does."""
        found = self._patterns.get(clause)
        if found is None:
            found = self._patterns[clause] = dict(self.rules[clause].patterns)
        return found

    @property
    def detectors(self) -> tuple[Sought, ...]:
        """Return every detector and expression that a rule looks for, in whatever fact."""
        if self._detectors is None:
            found = (each for clause in self.rules for sought in self.patterns(clause).values() for each in sought)
            self._detectors = tuple(dict.fromkeys(each for each in found if each.text is None))
        return self._detectors

    def in_phase(self, phase: str) -> list[RuleOutline]:
        """Return the rules that act in a phase."""
        return [rule for rule in self.rules.values() if phase in rule.phases]

    def definitions(self, phase: str) -> list[Rule]:
        """Return the rules that act in a phase, with their conditions; imports the checked policy."""
        return [rule for rule in self._policy.checked.rules if phase in rule.phases]

    def owners(self, clause: str) -> tuple[str, ...]:
        """Return the roles that own a clause."""
        info = self._policy.clauses.get(clause)
        return info.owners if info is not None else ()
