"""Gates as sentences: who signs for each, which of them made what they sign for, and what must be met before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.language import checked as c
from policykit.language.english.words import capitalised, gate, human, listed, role, roles


def gates_of(policy: c.CheckedPolicy) -> Iterator[str]:
    """Yield a paragraph for each gate, in their order."""
    names = list(policy.gates)
    for place, name in enumerate(names):
        signed = [each for each in policy.sign_offs if each.gate == name]
        owners = _owners(policy, names[: place + 1])
        sentences = [text for each in signed for text in (_signed(each, policy), _makers(each, owners, policy)) if text]
        before = f"It can be met only when {human(names[place - 1])} is met." if place else ""
        parts = (f"{capitalised(gate(name, policy))}.", *(sentences or ["Nobody has to sign for it."]), before)
        yield " ".join(filter(None, parts))


def _owners(policy: c.CheckedPolicy, due: Sequence[str]) -> frozenset[str]:
    """Return the roles that own a clause which some gate, or one before it, needs."""
    judged = (each for each in policy.clauses() if isinstance(each, c.Requirement | c.Scorecard))
    return frozenset(owner for each in judged if each.due is None or each.due.gate in due for owner in each.owners)


def _signed(sign_off: c.SignOff, policy: c.CheckedPolicy) -> str:
    if len(sign_off.roles) == 1:
        return f"{capitalised(role(sign_off.roles[0], policy))} must sign for it."
    who = roles(sign_off.roles, "and", policy)
    if sign_off.at_least == len(sign_off.roles):
        return f"All of these must sign for it: {who}."
    return f"At least {sign_off.at_least} of these must sign for it: {who}."


def _makers(sign_off: c.SignOff, owners: frozenset[str], policy: c.CheckedPolicy) -> str:
    """Return which of those who sign made what they sign for, and what their signatures are worth."""
    if not owners:
        return ""
    made = [_title(name, policy) for name in sign_off.roles if name in owners]
    if not made:
        return (
            "Whoever owns one of its clauses, or collected or signed its evidence, may sign, but at least one signature"
            " must come from a person who did neither."
        )
    own = "owns clauses" if len(made) == 1 else "own clauses"
    if len(made) == len(sign_off.roles):
        return f"{capitalised(listed(made, 'and'))} {own} of it, so nobody can complete this sign-off."
    return (
        f"{capitalised(listed(made, 'and'))} {own} of it. An owner, and whoever collected or signed its evidence, may "
        "sign, but at least one signature must come from a person who is neither."
    )


def _title(name: str, policy: c.CheckedPolicy) -> str:
    """Return a role without its party, which the sentence before has named."""
    return role(name, policy).partition(" (")[0].partition(" of the ")[0]
