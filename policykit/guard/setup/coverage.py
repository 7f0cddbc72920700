"""What a guard covers: the functions that are bound, the clauses that can act there, and those that cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policykit.guard.core import Core
    from policykit.guard.setup.plan import CallPlan
    from policykit.trail.format.record import Record


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which clauses can act where."""

    functions: Mapping[str, tuple[str, ...]]
    """Each bound function, and the phases in which it is guarded."""
    acting: tuple[str, ...]
    """Rules that can act in one of them."""
    idle: tuple[str, ...]
    """Rules in whose phases nothing is bound."""
    missing: tuple[str, ...]
    """Tools that clauses name and nothing is bound to, and bindings that were required."""
    hosted: tuple[str, ...] = ()
    """Tools that requests hand out and the provider runs, past the rules on tools; at most the first thousand."""


def covered(core: Core, plans: Sequence[CallPlan], required: Sequence[str]) -> Coverage:
    """Return what some functions cover."""
    functions = {plan.name: tuple(phase.value for phase in plan.phases) for plan in plans}
    phases = {phase.value for plan in plans for phase in plan.phases}
    rules = core.clauses.rules.values()
    tools = {plan.tool for plan in plans if plan.tool}
    missing = [f"tool {name}" for name in sorted(named_tools(core) - tools)]
    missing += [name for name in required if name not in functions and name not in tools]
    return Coverage(
        functions,
        tuple(rule.id for rule in rules if rule.phases & phases),
        tuple(rule.id for rule in rules if not rule.phases & phases),
        tuple(missing),
        core.hosted.names,
    )


def coverage_record(core: Core, found: Coverage, names: Mapping[str, str]) -> Record:
    """Return the record of what is covered; `names` are those of functions as records hold them."""
    from policykit.encoding.digest import Digest
    from policykit.guard.cost import stated_by
    from policykit.trail.entries import PolicyRef, coverage
    from policykit.trail.entries.names import recorded_name

    return coverage(
        policy=PolicyRef(core.policy.name, core.policy.version, Digest(core.policy.digest)),
        functions={names.get(name, name): phases for name, phases in found.functions.items()},
        acting=found.acting,
        idle=found.idle,
        missing=found.missing,
        hosted=[recorded_name(name) for name in found.hosted],
        prices=stated_by(core.cost),
    )


def named_tools(core: Core) -> set[str]:
    """Return the tools that windows, pauses and stops name."""
    outline = core.policy.outline
    found = {tool for rule in outline.rules for tool in rule.tools} | {stop.tool for stop in outline.stops if stop.tool}
    if core.board is not None:
        found |= {spec.tool for spec in core.board.specs.values() if spec.tool}
    return found
