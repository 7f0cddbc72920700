"""Puts the clauses and the words of an included pack among those of the file that includes it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Scope
from policykit.language.check.words.facts import add_field
from policykit.language.relations import COMPUTE
from policykit.source import SourceFile
from policykit.vocabulary.exact import ValueProblem
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field
from policykit.vocabulary.types import Money, Type

N = TypeVar("N")
_LEAVES = (str, int, SourceFile, Type, ElementKind, EvidenceKind, Field)


def qualified(policy: c.CheckedPolicy, zone: str) -> c.CheckedPolicy:
    """Return a pack as it stands in a policy: its clauses, sections and detectors under its own name.

    Args:
        policy: the pack.
        zone: the time zone of what includes it, in which its days begin.
    """
    pack = policy.name
    prefix = {id(node): f"{pack}/{node.id}" for node in policy.clauses()}

    def rename(node: Any) -> Any:
        if (
            isinstance(node, c.Pattern)
            and node.detector is None
            and node.text is None
            and not node.name.startswith("/")
        ):
            return replace(node, name=f"{pack}/{node.name}")
        if isinstance(node, c.FromNow):
            return replace(node, zone=zone)
        if isinstance(node, c.ClauseSays):
            return replace(node, clause=f"{pack}/{node.clause}")
        return _folded(node)

    def clause(node: Any) -> Any:
        section = f"{pack}/{node.section}" if node.section else ""
        return replace(rebuilt(node, rename), id=prefix[id(node)], section=section)

    def clauses(nodes: tuple[N, ...]) -> tuple[N, ...]:
        return tuple(clause(node) for node in nodes)

    return replace(
        policy,
        requirements=clauses(policy.requirements),
        scorecards=clauses(policy.scorecards),
        rules=clauses(policy.rules),
        rollouts=clauses(policy.rollouts),
        stops=clauses(policy.stops),
        detectors={f"{pack}/{name}": rename(pattern) for name, pattern in policy.detectors.items()},
        sections={f"{pack}/{name}": replace(info, name=f"{pack}/{name}") for name, info in policy.sections.items()},
    )


def rebuilt(node: Any, change: Any) -> Any:
    """Return a checked node with `change` applied to every node in it, the inner ones first."""
    if isinstance(node, _LEAVES) or node is None:
        return node
    if type(node) is tuple:
        return tuple(rebuilt(item, change) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    new = {}
    for field in fields(node):
        old = getattr(node, field.name)
        value = rebuilt(old, change)
        if value is not old:
            new[field.name] = value
    return change(replace(node, **new) if new else node)


def _folded(node: Any) -> Any:
    """Return arithmetic on values that are now known as one value."""
    if (
        not isinstance(node, c.Compute)
        or not isinstance(node.left, c.Constant)
        or not isinstance(node.right, c.Constant)
    ):
        return node
    left, right = node.left.value, node.right.value
    if isinstance(left, str | tuple | Money) or isinstance(right, str | tuple | Money):
        return node
    try:
        return c.Constant(COMPUTE[node.operator](left, right), node.type, span=node.span)
    except ValueProblem:  # too long to be exact: unknown wherever it is read
        return node


def adopt(scope: Scope, policy: c.CheckedPolicy, include: s.Include) -> None:
    """Add the words of a pack to those of the including file, whose own words win."""
    for party in policy.parties.values():
        scope.parties.adopt(party.name, party, party.span, policy.source)
    for role in policy.roles.values():
        if role.name not in scope.roles and not role.party and scope.kind == "policy":
            scope.report.warn(
                "PK415",
                f"no party fills the role `{role.name}` of the pack `{policy.name}`",
                include.span,
                help=f"declare `role {role.name} of PARTY`",
            )
        scope.roles.adopt(role.name, role, role.span, policy.source)
    _gates(scope, policy, include)
    for tool in policy.tools.values():
        scope.tools.adopt(tool.name, tool, tool.span, policy.source)
    for fallback in policy.fallbacks.values():
        scope.fallbacks.adopt(fallback.name, fallback, fallback.span, policy.source)
    for evidence in policy.evidence.values():
        _evidence(scope, policy, evidence, include)


def adopt_facts(scope: Scope, policy: c.CheckedPolicy, include: s.Include) -> None:
    """Add the facts that a pack declares, and the fields that it adds to evidence."""
    for name, fact in policy.facts.items():
        if scope.vocabulary.facts.get(name) == fact:
            continue
        own = scope.facts.entries.get(name)
        if own is not None and (own.type != fact.type or not fact.phases <= own.phases):
            _report_clash(scope, include, f"fact `{name}`", f"{fact.type}", f"{own.type}")
        scope.facts.adopt(name, fact, include.span, policy.source)
    for evidence in policy.evidence.values():
        own_evidence = scope.evidence.entries.get(evidence.name)
        built_in = scope.vocabulary.evidence.get(evidence.kind.name)
        if own_evidence is None or built_in is None:
            continue
        for field in evidence.kind.fields.values():
            mine = own_evidence.kind.fields.get(field.name)
            if mine is None:
                add_field(scope, scope.evidence.entries[evidence.name] or own_evidence, field)
            elif mine.type != field.type:
                what = f"fact `{evidence.name}.{field.name}`"
                _report_clash(scope, include, what, f"{field.type}", f"{mine.type}")


def _evidence(scope: Scope, policy: c.CheckedPolicy, evidence: c.Evidence, include: s.Include) -> None:
    own = scope.evidence.entries.get(evidence.name)
    if own is not None and own.kind.name != evidence.kind.name:
        _report_clash(scope, include, f"evidence `{evidence.name}`", evidence.kind.name, own.kind.name)
    scope.evidence.adopt(evidence.name, evidence, evidence.span, policy.source)


def _report_clash(scope: Scope, include: s.Include, what: str, theirs: str, ours: str) -> None:
    scope.report.error(
        "PK407",
        f"{what} means something else in the pack `{include.pack.text}`",
        include.pack.span,
        expected=f"{what} as the pack has it: {theirs}",
        got=ours,
        help="rename it in the policy",
    )


def _gates(scope: Scope, policy: c.CheckedPolicy, include: s.Include) -> None:
    """Put a pack's further gates in their place in time, each before the next one that both have."""
    own = list(scope.gates.entries)
    theirs = list(policy.gates)
    shared = [own.index(name) for name in theirs if name in own]
    if shared != sorted(shared):
        names = [name for name in theirs if name in own]
        scope.report.error(
            "PK414",
            f"the gates follow each other in another order in the pack `{policy.name}`",
            include.pack.span,
            expected=f"the order {', '.join(f'`{name}`' for name in names)}",
            got=", ".join(f"`{name}`" for name in own if name in names),
            help="gates follow each other in time as they follow each other in the file",
        )
    before = len(own)
    for name in reversed(theirs):
        gate = policy.gates[name]
        scope.gates.adopt(name, gate, gate.span, policy.source)
        if name in own:
            before = own.index(name)
        else:
            own.insert(before, name)
    ordered = {name: scope.gates.entries[name] for name in own}
    scope.gates.entries.clear()
    scope.gates.entries.update(ordered)


def frozen(entries: dict[str, N | None]) -> MappingProxyType[str, N]:
    """Return a table of declarations that nobody can change, without those that are wrong."""
    return MappingProxyType({name: entry for name, entry in entries.items() if entry is not None})
