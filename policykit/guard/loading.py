"""What is checked when a guard is made: every name that the deployment gives, against the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.fallbacks import Fallback, as_call
from policykit.guard.problems import unknown_name
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.options import GuardOptions
    from policykit.language.checked import CheckedPolicy, Effect


MIN_SECRET_BYTES = 32


def bound_fallbacks(given: Mapping[str, Fallback | Callable[..., Any]]) -> dict[str, Fallback]:
    """Return fallbacks, each giving its answer as a whole."""
    found = {name: each if isinstance(each, Fallback) else Fallback(each) for name, each in given.items()}
    return {name: Fallback(as_call(each.function), each.facts) for name, each in found.items()}


def require_fitting(  # noqa: PLR0913, PLR0917 - what a deployment gives
    policy: Policy,
    fallbacks: Mapping[str, Fallback],
    roles: Iterable[str],
    options: GuardOptions,
    context_facts: Iterable[str],
    secret: bytes | None,
) -> None:
    """Refuse settings that do not fit the policy.

    Raises:
        GuardError: they do not; carries everything that is wrong.
    """
    problems = problems_of(policy, fallbacks, roles, options, context_facts)
    if secret is not None and len(secret) < MIN_SECRET_BYTES:
        expected = f"{MIN_SECRET_BYTES} bytes or more"
        problems.append(Diagnostic("PK353", "the guard's secret is too short", expected=expected))
    if problems:
        raise GuardError(problems)


def problems_of(
    policy: Policy,
    fallbacks: Mapping[str, Fallback],
    roles: Iterable[str],
    options: GuardOptions,
    context_facts: Iterable[str],
) -> list[Diagnostic]:
    """Return what is wrong with the names that a deployment gives."""
    checked = policy.checked
    found = [
        unknown_name("PK343", "fallback", name, checked.fallbacks)
        for name in fallbacks
        if name not in checked.fallbacks
    ]
    used = used_fallbacks(checked)
    found += [
        Diagnostic("PK343", f"{', '.join(clauses)} uses the fallback `{name}`, which is not bound",
                   help=f'give `fallbacks={{"{name}": function}}` when the guard is loaded')
        for name, clauses in used.items() if name not in fallbacks
    ]  # fmt: skip
    found += [unknown_name("PK344", "role", name, checked.roles) for name in roles if name not in checked.roles]
    found += [
        unknown_name("PK349", "clause", n, policy.clauses) for n in options.clause_modes if n not in policy.clauses
    ]
    found += [
        unknown_name("PK342", "fact", n, checked.facts, "context_facts")
        for n in context_facts
        if n not in checked.facts
    ]
    for name, each in fallbacks.items():
        found += [unknown_name("PK342", "fact", n, checked.facts, name) for n in each.facts if n not in checked.facts]
    return found


def used_fallbacks(checked: CheckedPolicy) -> dict[str, list[str]]:
    """Return the fallbacks that clauses use, each with the clauses."""
    used: dict[str, list[str]] = {}
    for rule in checked.rules:
        for effect in (*rule.then, *rule.unknown):
            for name in _of_effect(effect):
                used.setdefault(name, [])
                used[name] += [] if rule.id in used[name] else [rule.id]
    for rollout in checked.rollouts:
        for name in rollout.others:
            used.setdefault(name, []).append(rollout.id)
    return used


def _of_effect(effect: Effect) -> tuple[str, ...]:
    more = () if effect.otherwise is None else _of_effect(effect.otherwise)
    return (*effect.fallbacks, *more)
