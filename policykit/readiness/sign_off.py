"""Whether the people who must sign have signed. Rules: docs/adr/0027."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policykit.language.checked import SignOff
from policykit.readiness.statements import SignedStatement, person_key
from policykit.readiness.verdict import Reason, Signature, SignOffVerdict
from policykit.readiness.wording import instant_text

_MAX_TOLD = 3
"""Clauses, or pieces of evidence, that a reason names."""


@dataclass(frozen=True, slots=True)
class Makers:
    """People who made what is judged, in the form in which names are compared."""

    why: Mapping[str, frozenset[str]]
    """By person: what makes them one, such as `owns EVAL-1`."""

    def include(self, person: str) -> bool:
        """Return whether a person is one of them."""
        return person_key(person) in self.why

    def told(self, person: str) -> str:
        """Return what makes a person one of them: `owns EVAL-1, EVAL-2; collected golden`."""
        said: dict[str, list[str]] = {}
        for each in sorted(self.why.get(person_key(person), ())):
            deed, _, what = each.partition(" ")
            said.setdefault(deed, []).append(what)
        return "; ".join(f"{deed} {', '.join(_shortened(what))}" for deed, what in said.items())


def _shortened(items: list[str]) -> list[str]:
    return items if len(items) <= _MAX_TOLD else [*items[:_MAX_TOLD], f"{len(items) - _MAX_TOLD} more"]


def assess_sign_off(sign_off: SignOff, statements: Sequence[SignedStatement], makers: Makers) -> SignOffVerdict:
    """Return whether a sign-off is complete.

    Args:
        sign_off: the roles and how many of them.
        statements: those that count for the gate.
        makers: people who may not be the only ones to sign.
    """
    latest = _latest(sign_off, statements)
    approvals = [s for s in latest if s.decision == "approve"]
    rejections = [s for s in latest if s.decision == "reject"]
    reasons = [*_rejected(rejections), *_missing(sign_off, approvals, makers)]
    return SignOffVerdict(
        gate=sign_off.gate,
        roles=sign_off.roles,
        at_least=sign_off.at_least,
        is_met=not reasons,
        signatures=tuple(_signature(s, makers) for s in latest),
        reasons=tuple(reasons),
    )


def _latest(sign_off: SignOff, statements: Sequence[SignedStatement]) -> tuple[SignedStatement, ...]:
    """Return the last statement of each person in each role; of two of the same instant the rejection."""
    found: dict[tuple[str, str], SignedStatement] = {}
    for s in sorted(statements, key=lambda s: (s.decided_at, s.decision == "reject", s.sha256)):
        if s.role in sign_off.roles:
            found[person_key(s.person), s.role] = s
    return tuple(found[key] for key in sorted(found))


def _rejected(rejections: Sequence[SignedStatement]) -> list[Reason]:
    return [
        Reason(
            code="PK641",
            message=f"{s.person} ({s.role}) rejected it",
            place=s.file,
            help="clear the objection; the same person signs again",
        )
        for s in rejections
    ]


def _missing(sign_off: SignOff, approvals: Sequence[SignedStatement], makers: Makers) -> list[Reason]:
    filled = _filled(approvals)
    if len(filled) < sign_off.at_least:
        return [_too_few(sign_off, filled)]
    if not any(not makers.include(s.person) for s in approvals):
        names = "; ".join(sorted({f"{s.person} ({s.role}) {makers.told(s.person)}" for s in approvals}))
        return [
            Reason(
                code="PK643",
                message="everybody who signed made or owns what is judged",
                expected="an approval of somebody who did not",
                got=names,
                help="have somebody sign too who neither made nor owns it: `policykit attest sign-off`",
            )
        ]
    return []


def _too_few(sign_off: SignOff, filled: Mapping[str, SignedStatement]) -> Reason:
    open_roles = [role for role in sign_off.roles if role not in filled]
    missing = sign_off.at_least - len(filled)
    return Reason(
        code="PK642",
        message=f"{missing} of {sign_off.at_least} approvals {'is' if missing == 1 else 'are'} missing",
        expected=f"{sign_off.at_least} of {', '.join(sign_off.roles)}, each by another person",
        got=", ".join(f"{role}: {s.person}" for role, s in sorted(filled.items())) or "none",
        help=f"open: {', '.join(open_roles)}; `policykit attest sign-off {shlex.quote(sign_off.gate)}` signs for one",
    )


def _filled(approvals: Sequence[SignedStatement]) -> dict[str, SignedStatement]:
    """Return the most roles that can be filled, each by another person: a maximum matching by augmenting paths.

    Source: H. W. Kuhn, The Hungarian Method for the Assignment Problem (1955), restricted to unweighted edges.
    """
    by_role: dict[str, dict[str, SignedStatement]] = {}
    for s in approvals:
        by_role.setdefault(s.role, {})[person_key(s.person)] = s
    role_of: dict[str, str] = {}
    for role in sorted(by_role):
        _assign(role, by_role, role_of, set())
    return {role: by_role[role][person] for person, role in role_of.items()}


def _assign(
    role: str, by_role: Mapping[str, Mapping[str, SignedStatement]], role_of: dict[str, str], tried: set[str]
) -> bool:
    for person in sorted(by_role[role]):
        if person in tried:
            continue
        tried.add(person)
        if person not in role_of or _assign(role_of[person], by_role, role_of, tried):
            role_of[person] = role
            return True
    return False


def _signature(s: SignedStatement, makers: Makers) -> Signature:
    ends = [end for end in (s.expires_at, s.key_ends_at) if end is not None]
    return Signature(
        person=s.person,
        role=s.role,
        decision="approve" if s.decision == "approve" else "reject",
        signed_at=instant_text(s.decided_at),
        counts_until=instant_text(min(ends)) if ends else "",
        file=s.file,
        sha256=s.sha256,
        is_maker=makers.include(s.person),
    )
