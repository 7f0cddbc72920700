"""Maker and checker: signatures and approvals that can never count, because only makers may give them.

The rules are those of docs/adr/0027 (sign-offs) and 0026 (waivers, replacements), as far as the policy alone shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policykit.language import checked as c
from policykit.language.check.scope import Scope
from policykit.language.check.wording import listed, owner_words
from policykit.source import Span

Judged = c.Requirement | c.Scorecard


def warn_dependent(
    scope: Scope, clauses: Mapping[str, c.Clause], sign_offs: Sequence[c.SignOff], waivers: Sequence[c.Waiver]
) -> None:
    """Warn of each sign-off and waiver of a policy that has no effect whoever gives it; for a replacement, see PK647.

    Args:
        scope: of the policy; a pack belongs to no contract yet, so nothing is said about its own.
        clauses: all, those of packs included.
        sign_offs: those of the file.
        waivers: those of the file.
    """
    if scope.kind == "pack":
        return
    judged = [clause for clause in clauses.values() if isinstance(clause, Judged)]
    order = list(scope.gates.entries)
    for sign_off in sign_offs:
        _sign_off(scope, sign_off, [each for each in judged if _is_due(each, sign_off.gate, order)])
    for waiver in waivers:
        clause = clauses.get(waiver.clause)
        if clause is not None:
            _approval(scope, f"the waiver of `{clause.id}`", clause.owners, waiver.approved_by, waiver.span)


def _is_due(clause: Judged, gate: str, order: Sequence[str]) -> bool:
    if clause.due is None or clause.due.gate not in order or gate not in order:
        return True
    return order.index(clause.due.gate) <= order.index(gate)


def _sign_off(scope: Scope, sign_off: c.SignOff, judged: Iterable[Judged]) -> None:
    owned: dict[str, list[str]] = {}
    for clause in judged:
        for owner in clause.owners:
            owned.setdefault(owner, []).append(clause.id)
    if not all(role in owned for role in sign_off.roles):
        return
    first = sign_off.roles[0]
    scope.report.warn(
        "PK330",
        f"nobody can complete the sign-off for `{sign_off.gate}`: every role that signs owns a clause of the gate",
        sign_off.span,
        help=f"add a role that owns none of them (`{first}` owns {listed(owned[first][:3])}), "
        "or give those clauses to another owner",
    )


def _approval(scope: Scope, what: str, owners: Sequence[str], approved_by: Sequence[str], span: Span) -> None:
    if owners and approved_by and all(role in owners for role in approved_by):
        scope.report.warn(
            "PK331",
            f"{what} has no effect: nobody but the clause's {owner_words(owners)} approved it",
            span,
            help="have it approved by another role, alone or too",
        )
