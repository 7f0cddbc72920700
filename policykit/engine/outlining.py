"""From the checked policy to its outline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policykit.engine.outline import Outline, RolloutOutline, RuleOutline, StopOutline
from policykit.engine.patterns import Sought, sought
from policykit.engine.reads import reads
from policykit.language import checked as c
from policykit.language.walk import atoms


def outline_of(checked: c.CheckedPolicy) -> Outline:
    """Return the outline of a checked policy."""
    return Outline(
        facts=tuple(checked.facts),
        roles=tuple(checked.roles),
        gates=tuple(checked.gates),
        tools=tuple(checked.tools),
        fallbacks=tuple(checked.fallbacks),
        rules=tuple(_rule(rule, checked.facts) for rule in checked.rules),
        rollouts=tuple(RolloutOutline(each.id, each.by.name, each.others) for each in checked.rollouts),
        stops=tuple(
            StopOutline(each.id, each.pause.tool or "", each.resume_by, each.is_of_record) for each in checked.stops
        ),
    )


def quoted(message: str, facts: Mapping[str, object]) -> set[str]:
    """Return the facts that a message quotes."""
    starts = (part.partition("}")[0] for part in message.split("{")[1:])
    return {name for name in starts if name in facts}


def _rule(rule: c.Rule, facts: Mapping[str, object]) -> RuleOutline:
    effects = (*rule.then, *rule.unknown)
    read = () if rule.when is None else reads(rule.when)
    return RuleOutline(
        id=rule.id,
        phases=frozenset(phase.value for phase in rule.phases),
        effects=frozenset(effect.kind for effect in effects),
        reads=frozenset(each.name for each in read if isinstance(each, c.FactRead)),
        quoted=frozenset(name for effect in effects for name in quoted(effect.message, facts)),
        fallbacks=tuple(dict.fromkeys(name for effect in effects for name in _fallbacks(effect))),
        tools=frozenset(effect.tool for effect in effects if effect.tool),
        patterns=() if rule.when is None else _patterns(rule.when),
    )


def _fallbacks(effect: c.Effect) -> Iterator[str]:
    yield from effect.fallbacks
    if effect.otherwise is not None:
        yield from _fallbacks(effect.otherwise)


def _patterns(check: c.Check) -> tuple[tuple[str, tuple[Sought, ...]], ...]:
    found: dict[str, dict[Sought, None]] = {}
    for atom in atoms(check):
        if isinstance(atom, c.ContainsPattern) and isinstance(atom.value, c.FactRead):
            found.setdefault(atom.value.name, {}).update(dict.fromkeys(map(sought, atom.patterns)))
    return tuple((fact, tuple(patterns)) for fact, patterns in found.items())
