"""The outline of a policy: which names it declares, and what each clause is about, without what it decides by.

A guard needs no more than that to bind functions, to say what it covers and to record decisions. The outline is kept
in the cache as plain values, so that a guard is ready without the classes of the checked policy, whose import costs
more than all else. Conditions, effects and rollouts themselves stand in `Policy.checked`, and there only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from policykit.engine.patterns import Sought


class RuleOutline(NamedTuple):
    """A rule."""

    id: str
    phases: frozenset[str]
    effects: frozenset[str]
    """Kinds of its effects, those for unknown included."""
    reads: frozenset[str]
    """Facts that its condition reads, without windows."""
    quoted: frozenset[str]
    """Facts that its messages quote."""
    fallbacks: tuple[str, ...]
    """Those that its effects use, in the order in which they stand."""
    tools: frozenset[str]
    """Tools whose calls it pauses; without one it pauses all or none."""
    patterns: tuple[tuple[str, tuple[Sought, ...]], ...]
    """Each fact in which its condition looks for patterns, with these."""


class RolloutOutline(NamedTuple):
    """A rollout."""

    id: str
    by: str
    """The fact whose value chooses."""
    others: tuple[str, ...]
    """Fallbacks of the calls that are not sent."""


class StopOutline(NamedTuple):
    """A stop."""

    id: str
    tool: str
    """The tool whose calls it pauses; empty for all calls."""
    resume_by: tuple[str, ...]
    is_of_record: bool = False
    """Whether `policykit check` decides it, and not the guard."""


class Outline(NamedTuple):
    """The names that a policy declares, in their order, and its clauses that act on calls."""

    facts: tuple[str, ...]
    """Built in and declared."""
    roles: tuple[str, ...]
    gates: tuple[str, ...]
    tools: tuple[str, ...]
    fallbacks: tuple[str, ...]
    rules: tuple[RuleOutline, ...]
    rollouts: tuple[RolloutOutline, ...]
    stops: tuple[StopOutline, ...]


def flattened(value: Any) -> Any:
    """Return an outline, or a part of one, with plain tuples for named ones: what a cache can keep."""
    return tuple(map(flattened, value)) if isinstance(value, tuple) else value


def opened(data: tuple[Any, ...]) -> Outline:
    """Return the outline that was flattened."""
    *names, rules, rollouts, stops = data
    return Outline._make(
        (
            *names,
            tuple(map(_rule, rules)),
            tuple(map(RolloutOutline._make, rollouts)),
            tuple(map(StopOutline._make, stops)),
        )
    )


def _rule(row: tuple[Any, ...]) -> RuleOutline:
    *plain, patterns = row
    return RuleOutline._make((*plain, tuple((fact, tuple(map(Sought._make, found))) for fact, found in patterns)))
