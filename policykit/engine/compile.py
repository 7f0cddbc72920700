"""From the checked policy to a policy that decides."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.engine.codegen.functions import CompiledPhase
from policykit.engine.outline import flattened
from policykit.engine.outlining import outline_of, quoted
from policykit.engine.patterns import sought
from policykit.engine.policy import Policy
from policykit.engine.program import PhaseData, ProgramData, freeze
from policykit.engine.reads import reads, windows, with_enough_calls
from policykit.language import checked as c
from policykit.vocabulary.types import Phase, Type

_KINDS: dict[type[c.Clause], str] = {
    c.Requirement: "requirement",
    c.Scorecard: "scorecard",
    c.Rule: "rule",
    c.Rollout: "rollout",
    c.Stop: "stop",
}


def compile_policy(checked: c.CheckedPolicy) -> Policy:
    """Return the policy of a checked definition. Takes time linear in its size."""
    return Policy(compiled(checked))


def compiled(checked: c.CheckedPolicy) -> ProgramData:
    """Return the compiled form of a checked policy: plain data that a cache can keep."""
    acting = {phase: tuple(rule for rule in checked.rules if phase in rule.phases) for phase in Phase}
    facts = {name: field.type for name, field in checked.facts.items()}
    stops = tuple(stop for stop in checked.stops if not stop.is_of_record)
    phases = {phase.value: _phase(rules, facts) for phase, rules in acting.items() if rules}
    return ProgramData(
        name=checked.name,
        version=checked.version,
        title=checked.title,
        timezone=checked.timezone,
        digest=checked.digest,
        clauses=tuple(_clause_row(clause) for clause in checked.clauses()),
        phases=phases,
        stops=_phase(stops, facts),
        windows=_frozen_windows({phase.value: rules for phase, rules in acting.items()} | {"stops": stops}),
        outline=flattened(outline_of(checked)),
        checked=freeze(checked),
    )


def condition(clause: c.Rule | c.Stop) -> c.Check | None:
    """Return the whole condition of a clause, with the number of calls that it asks for; None means always."""
    return None if clause.when is None else with_enough_calls(clause.when, clause.at_least_calls)


def _clause_row(clause: c.Clause) -> tuple[str, str, tuple[str, ...], str, str, str]:
    return (clause.id, clause.title, clause.owners, clause.section, _KINDS[type(clause)], clause.because)


def _phase(clauses: tuple[c.Rule | c.Stop, ...], facts: Mapping[str, Type]) -> PhaseData:
    conditions = {number: condition(clause) for number, clause in enumerate(clauses)}
    found = {read.name: read for check in conditions.values() if check is not None for read in reads(check)}
    types = {**facts, **{name: read.type for name, read in found.items()}}
    frozen = tuple(_frozen_rule(clause, conditions[number], types) for number, clause in enumerate(clauses))
    shown = {name for clause in clauses for effect in _effects(clause) for name in quoted(effect.message, facts)}
    phase = CompiledPhase(conditions, types)
    code = phase.code()
    return PhaseData(
        code=code,
        rules=tuple(clause.id for clause in clauses),
        frozen_rules=frozen,
        eager=phase.eager,
        reads=tuple(sorted({*found, *shown})),
        condition_reads=tuple(sorted(name for name, read in found.items() if isinstance(read, c.FactRead))),
        atoms=tuple(phase.atoms),
        scans=tuple(tuple(tuple(sought(pattern)) for pattern in patterns) for patterns in phase.patterns),
        groups=tuple(
            (group.names, freeze(tuple(types[name] for name in group.names)), table)
            for group, table in zip(phase.groups, phase.tables, strict=True)
        ),
        residuals=phase.residuals,
    )


def _effects(clause: c.Rule | c.Stop) -> tuple[c.Effect, ...]:
    return (*clause.then, *clause.unknown) if isinstance(clause, c.Rule) else (clause.pause,)


def _frozen_rule(clause: c.Rule | c.Stop, check: c.Check | None, types: Mapping[str, Type]) -> bytes:
    then, unknown = (clause.then, clause.unknown) if isinstance(clause, c.Rule) else ((clause.pause,), _unknown(clause))
    names = () if check is None else tuple(read.name for read in reads(check))
    shown = {name for effect in (*then, *unknown) for name in quoted(effect.message, types)}
    needed = {name: types[name] for name in sorted({*names, *shown})}
    return freeze((then, unknown, names, needed, check))


def _unknown(stop: c.Stop) -> tuple[c.Effect, ...]:
    return (c.Effect("warn", roles=stop.unknown_tell),) if stop.unknown_tell else (stop.pause,)


def _frozen_windows(clauses: Mapping[str, tuple[c.Rule | c.Stop, ...]]) -> bytes:
    """Return the frozen windows by place; nothing where there are none, so that nobody has to thaw that."""
    found = {place: windows for place, acting in clauses.items() if (windows := _windows(acting))}
    return freeze(found) if found else b""


def _windows(clauses: tuple[c.Rule | c.Stop, ...]) -> tuple[c.WindowRead, ...]:
    checks = (condition(clause) for clause in clauses)
    found = {window.key: window for check in checks if check is not None for window in windows(check)}
    return tuple(found.values())
