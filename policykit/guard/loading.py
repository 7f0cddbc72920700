"""What is checked when a guard is made: every name that the deployment gives, against the policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.core import Core
from policykit.guard.options import Arguments, GuardOptions
from policykit.guard.problems import problem, unknown_name
from policykit.guard.setup.fallbacks import Fallback, as_call
from policykit.trail.write.clock import SystemClock

MIN_SECRET = 32
"""Bytes."""
_MOST_WRITTEN = 60
"""Characters of a value that a help line repeats."""

if TYPE_CHECKING:
    from policykit.engine.outline import Outline
    from policykit.engine.policy import Policy
    from policykit.guard.settings import Settings
    from policykit.source import Diagnostic


def core_of(policy: Policy, settings: Settings) -> Core:
    """Return what the calls of a guard share.

    Raises:
        GuardError: a setting names something that the policy does not have, or lacks something that it needs.
    """
    _check_names(settings)
    given = settings.get("options")
    options = GuardOptions() if given is None else given
    if not isinstance(options, GuardOptions):
        raise GuardError(
            [problem("PK351", "`options` cannot be that", expected="`GuardOptions(...)`", got=f"`{options!s:.80}`")]
        )
    fallbacks = bound_fallbacks(settings.get("fallbacks") or {})
    approvers, tell = settings.get("approvers") or {}, settings.get("tell") or {}
    context_facts = tuple(settings.get("context_facts", ()))
    secret = settings.get("secret")
    problems = problems_of(policy, fallbacks, [*approvers, *tell], options, context_facts)
    if secret is not None and len(secret) < MIN_SECRET:
        problems.append(problem("PK353", "the guard's secret is too short", expected=f"{MIN_SECRET} bytes or more"))
    if secret is None and options.arguments is Arguments.KEYED:
        what = 'arguments="keyed" needs the guard\'s secret'
        problems.append(problem("PK353", what, expected=f"{MIN_SECRET} bytes or more", help="give `secret=...`"))
    if problems:
        raise GuardError(problems)
    core = Core(
        policy,
        options=options,
        clock=settings.get("clock") or SystemClock(),
        stores=settings.get("stores"),
        fallbacks=fallbacks,
        approvers=approvers,
        tell=tell,
        trail=settings.get("trail"),
        commitments=settings.get("commitments"),
        observers=settings.get("observers", ()),
        cost=settings.get("cost"),
        secret=secret,
        context_facts=context_facts,
    )
    _ = core.rollouts  # finds out now whether the stage is lacking
    return core


def _check_names(settings: Settings) -> None:
    from policykit.guard.settings import Settings as Known

    given: Mapping[str, Any] = {**settings}
    unknown = [name for name in given if name not in Known.__annotations__]
    if not unknown:
        return
    options = [each.name for each in fields(GuardOptions)]
    written = ", ".join(f"{name}={_as_written(given[name])}" for name in unknown if name in options)
    known = [*Known.__annotations__, *options]
    raise GuardError(
        [
            problem(
                "PK351",
                f"`{name}` is an option of `GuardOptions`, not a setting of the guard",
                help=f"write `options=GuardOptions({written})`"
                + (", with your other options" if "options" in given else ""),
            )
            if name in options
            else unknown_name("PK351", "setting", name, known)
            for name in unknown
        ]
    )


def _as_written(value: object) -> str:
    """Return a value as source text, or dots for one that is long or has no such text."""
    from ast import literal_eval

    text = repr(_plain(value))
    if len(text) > _MOST_WRITTEN or not text.isprintable():
        return "..."
    try:
        literal_eval(text)
    except (ValueError, SyntaxError):  # `inf`, or what an object that is not a literal says of itself
        return "..."
    return text


def _plain(value: object) -> object:
    """Return a value with lists for tuples, and the words of enumerations, which the options take as well."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    return value


def bound_fallbacks(given: Mapping[str, Fallback | Callable[..., Any]]) -> dict[str, Fallback]:
    """Return fallbacks, each giving its answer as a whole."""
    found = {name: each if isinstance(each, Fallback) else Fallback(each) for name, each in given.items()}
    return {name: Fallback(as_call(each.function), each.facts) for name, each in found.items()}


def problems_of(
    policy: Policy,
    fallbacks: Mapping[str, Fallback],
    roles: Iterable[str],
    options: GuardOptions,
    context_facts: Iterable[str],
) -> list[Diagnostic]:
    """Return what is wrong with the names that a deployment gives."""
    outline = policy.outline
    found = [
        unknown_name("PK343", "fallback", name, outline.fallbacks)
        for name in fallbacks
        if name not in outline.fallbacks
    ]
    used = used_fallbacks(outline)
    found += [
        problem("PK343", f"{', '.join(clauses)} uses the fallback `{name}`, which is not bound",
                   help=f'give `fallbacks={{"{name}": function}}` when the guard is loaded')
        for name, clauses in used.items() if name not in fallbacks
    ]  # fmt: skip
    found += [unknown_name("PK344", "role", name, outline.roles) for name in roles if name not in outline.roles]
    found += [
        unknown_name("PK349", "clause", n, policy.clauses) for n in options.clause_modes if n not in policy.clauses
    ]
    found += [
        unknown_name("PK342", "fact", n, outline.facts, "context_facts")
        for n in context_facts
        if n not in outline.facts
    ]
    if options.recorded_facts:
        from policykit.guard.recording.facts import problems_of_recorded

        found += problems_of_recorded(policy, options.recorded_facts)
    for name, each in fallbacks.items():
        found += [unknown_name("PK342", "fact", n, outline.facts, name) for n in each.facts if n not in outline.facts]
    return found


def used_fallbacks(outline: Outline) -> dict[str, list[str]]:
    """Return the fallbacks that clauses use, each with the clauses."""
    used: dict[str, list[str]] = {}
    for rule in outline.rules:
        for name in rule.fallbacks:
            used.setdefault(name, []).append(rule.id)
    for rollout in outline.rollouts:
        for name in rollout.others:
            used.setdefault(name, []).append(rollout.id)
    return used
