"""Rules: clauses that act on calls."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.amounts import whole
from policykit.language.check.clauses.effects import Effects, then_effects, unknown_effects
from policykit.language.check.clauses.messages import warn_of_quotes
from policykit.language.check.clauses.requirements import owners_of
from policykit.language.check.logic.conditions import condition
from policykit.language.check.parts import Defaults
from policykit.language.check.scope import Place, Reads, Scope
from policykit.language.walk import has_window, searched_facts
from policykit.vocabulary.types import Phase


def rule(scope: Scope, node: s.Rule, defaults: Defaults) -> c.Rule | None:
    """Return a rule; None when its condition is wrong, which is reported."""
    what = f"rule `{node.id.text}`"
    phases = _phases(scope, node, what, defaults)
    place = Place(scope, what, Reads.CALL, phases)
    when = condition(place, node.when) if node.when is not None else None
    broken = node.when is not None and when is None
    effects = Effects(place, when, broken)
    then = then_effects(effects, node.then)
    unknown = unknown_effects(effects, node.unknown, then) if node.unknown is not None else then
    remedy = parts.remedy(scope, node.remedy) if node.remedy is not None else defaults.remedy
    owners = owners_of(scope, node.owners, defaults)
    if node.unknown is not None and node.when is None:
        scope.report.warn(
            "PK325",
            f"{what} has no condition, so nothing in it is ever unknown",
            node.unknown.span,
            help="delete `unknown`",
        )
    effect_nodes = (*node.then, *((node.unknown,) if node.unknown is not None else ()))
    warn_of_quotes(scope.report, searched_facts(when) if when is not None else frozenset(), effect_nodes)
    calls = least_calls(scope, node.at_least_calls, when, broken=broken)
    if broken:
        return None
    return c.Rule(
        node.id.text,
        node.title.value,
        node.because.value if node.because is not None else "",
        defaults.section,
        owners,
        node.span,
        scope.report.source,
        phases=phases,
        when=when,
        then=then,
        unknown=unknown,
        at_least_calls=calls,
        remedy=remedy,
    )


def _phases(scope: Scope, node: s.Rule, what: str, defaults: Defaults) -> frozenset[Phase]:
    if node.on:
        return parts.phases_of(scope.report, node.on)
    if not defaults.names_phases:
        scope.report.error(
            "PK309",
            f"{what} does not say when it acts",
            node.id.span,
            expected="`on` with one or more of `request`, `tool input`, `tool output`, `response`, `failure`",
        )
    return defaults.on


def least_calls(scope: Scope, node: s.Number | None, when: c.Check | None, *, broken: bool) -> int | None:
    """Return how many calls a window must hold; it is reported when there is no window."""
    if node is None:
        return None
    if not broken and (when is None or not has_window(when)):
        scope.report.error(
            "PK315",
            "`with at least ... calls` needs a statistic over calls, and the condition has none",
            node.span,
            expected="a condition such as `share of calls where (...) over the last 7 days > 15%`",
        )
    return whole(scope.report, node, "the number of calls")
