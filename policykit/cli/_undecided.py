"""Rules that a single call record cannot decide, because they count other calls."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.engine.decision import EffectKind
    from policykit.engine.policy import Policy
    from policykit.vocabulary.phase import PhaseName


def unmade(policy: Policy, facts: Mapping[str, object], phase: PhaseName) -> dict[str, tuple[str, ...]]:
    """Return the rules that are unknown only because windows have no value here, each with the windows.

    Args:
        policy: the policy.
        facts: the facts of one call, and its windows under their keys where the record gives them.
        phase: the phase of the call.
    """
    missing = {window.key for window in policy.windows(phase) if facts.get(window.key) is None}
    if not missing:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for rule in policy.explain(facts, phase).rules:
        if rule.outcome == "unknown" and rule.trace is not None:
            names = tuple(read.name for read in rule.trace.unknown)
            if names and missing.issuperset(names):
                found[rule.clause.id] = names
    return found


def effect_without(
    policy: Policy, facts: Mapping[str, object], phase: PhaseName, left_out: Container[str]
) -> EffectKind:
    """Return the strictest effect of the rules that could be decided."""
    from policykit.engine.decision import EffectKind

    rules = policy.explain(facts, phase).rules
    return EffectKind.strictest(
        [EffectKind(effect.kind) for rule in rules if rule.clause.id not in left_out for effect in rule.effects]
    )
