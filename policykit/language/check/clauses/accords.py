"""Waivers and sign-offs: what people have accepted, and who must agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.amounts import whole
from policykit.language.check.clauses.requirements import day
from policykit.language.check.scope import Scope
from policykit.source import Label

Clauses = Mapping[str, c.Clause]


def find_clause(scope: Scope, name: s.Name, clauses: Clauses, broken: frozenset[str]) -> c.Clause | None:
    """Return a clause by its ID; an unknown one is reported, one that is itself wrong is not."""
    clause = clauses.get(name.text)
    if clause is None and name.text not in broken and name.text.rpartition("/")[0] not in scope.absent_packs:
        search = scope.report.may_search
        known = [*clauses, *broken] if search else ()
        in_pack = next((k for k in known if k.endswith(f"/{name.text}")), None)
        scope.report.error(
            "PK116",
            f"unknown clause `{name.text}`",
            name.span,
            expected="the ID of a clause of this file, or `pack/ID`",
            help=f"did you mean `{in_pack}`?" if in_pack else scope.report.suggest(name.text, _alike(name.text, known)),
        )
    return clause


def _alike(name: str, known: Iterable[str]) -> list[str]:
    """Return the clauses that a misspelt ID may mean: of several that differ by their number only, none is nearer."""
    stem = name.rstrip("0123456789")
    numbered = [key for key in known if key.rstrip("0123456789") == stem]
    return [key for key in known if len(numbered) < 2 or key not in numbered]


def waivers(scope: Scope, nodes: tuple[s.Waive, ...], clauses: Clauses, broken: frozenset[str]) -> tuple[c.Waiver, ...]:
    """Return the waivers of a file, at most one a clause."""
    seen: dict[str, s.Waive] = {}
    found = []
    for node in nodes:
        if scope.kind == "pack":
            scope.report.error(
                "PK326",
                "a pack cannot waive a clause: a waiver belongs to one contract",
                node.span,
                expected="`waive` in a policy",
            )
        first = seen.setdefault(node.clause.text, node)
        if first is not node:
            scope.report.error(
                "PK320",
                f"`{node.clause.text}` is waived twice",
                node.clause.span,
                labels=(Label(first.clause.span, "first waived here"),),
                help="keep the one that holds",
            )
        waiver = _waiver(scope, node, clauses, broken)
        if waiver is not None:
            found.append(waiver)
    return tuple(found)


def _waiver(scope: Scope, node: s.Waive, clauses: Clauses, broken: frozenset[str]) -> c.Waiver | None:
    clause = find_clause(scope, node.clause, clauses, broken)
    if clause is not None and not isinstance(clause, c.Requirement | c.Scorecard):
        scope.report.error(
            "PK319",
            f"`{clause.id}` is a {type(clause).__name__.lower()}, and only what evidence must meet can be waived",
            node.clause.span,
            expected="the ID of a requirement or scorecard",
            help="to let calls through, change the rule itself",
        )
    if not node.because.value.strip():
        scope.report.error(
            "PK111", "the reason of the waiver is blank", node.because.span, expected="why it is accepted"
        )
    through = day(scope, node.through, "the end of a waiver")
    approved = parts.roles(scope, node.approved_by)
    if through is None:
        return None
    return c.Waiver(node.clause.text, through, node.because.value, approved, node.span)


def sign_offs(scope: Scope, nodes: tuple[s.SignOff, ...]) -> tuple[c.SignOff, ...]:
    """Return who must sign before which gate."""
    return tuple(_sign_off(scope, node) for node in nodes)


def _sign_off(scope: Scope, node: s.SignOff) -> c.SignOff:
    gate, roles = scope.gate(node.gate), parts.roles(scope, node.roles)
    if node.at_least is None:
        return c.SignOff(gate, roles, len(roles), node.span)
    least = whole(scope.report, node.at_least, "the number of roles")
    if least is not None and least > len(set(roles)):
        scope.report.error(
            "PK322",
            f"{least} signatures are asked for, and {len(set(roles))} role{'s' if len(roles) > 1 else ''} may sign",
            node.at_least.span,
            expected=f"at most {len(set(roles))}",
            got=str(least),
        )
    return c.SignOff(gate, roles, least or len(roles), node.span)
