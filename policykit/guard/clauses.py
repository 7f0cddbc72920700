"""The clauses of a policy as the guard needs them: where patterns are looked for, and what is enforced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policykit.guard.options import GuardOptions, Mode
from policykit.language import checked as c

if TYPE_CHECKING:
    from policykit.engine.policy import Policy

TextPatterns = dict[str, tuple[c.Pattern, ...]]
"""Fact, and the patterns that a clause looks for in it."""


class Clauses:
    """What is worked out of a policy's rules once."""

    def __init__(self, policy: Policy, options: GuardOptions) -> None:
        self._policy = policy
        self.rules = {rule.id: rule for rule in policy.checked.rules}
        self.shadowed = frozenset(
            clause.id
            for clause in policy.checked.clauses()
            if options.clause_modes.get(clause.id, options.mode) is Mode.SHADOW
        )
        self._patterns: dict[str, TextPatterns] = {}

    def patterns(self, clause: str) -> TextPatterns:
        """Return what a rule looks for, by the fact in which it does."""
        found = self._patterns.get(clause)
        if found is None:
            when = self.rules[clause].when
            found = self._patterns[clause] = {} if when is None else _patterns(when)
        return found

    def in_phase(self, phase: str) -> list[c.Rule]:
        """Return the rules that act in a phase."""
        return [rule for rule in self.rules.values() if phase in {each.value for each in rule.phases}]

    def owner(self, clause: str) -> tuple[str, ...]:
        """Return the role that owns a clause, as a tuple; empty without one."""
        info = self._policy.clauses.get(clause)
        return (info.owner,) if info is not None and info.owner else ()


def walk(check: c.Check) -> Iterator[c.Check]:
    """Yield all conditions inside of one, itself included; those of quantifiers are not."""
    yield check
    match check:
        case c.And() | c.Or():
            for item in check.items:
                yield from walk(item)
        case c.Not():
            yield from walk(check.item)
        case _:
            return


def _patterns(check: c.Check) -> TextPatterns:
    found: dict[str, dict[c.Pattern, None]] = {}
    for each in walk(check):
        if isinstance(each, c.ContainsPattern) and isinstance(each.value, c.FactRead):
            found.setdefault(each.value.name, {}).update(dict.fromkeys(each.patterns))
    return {fact: tuple(patterns) for fact, patterns in found.items()}
