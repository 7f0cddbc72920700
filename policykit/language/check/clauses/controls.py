"""Rollouts: how much of the traffic the system gets."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.clauses.requirements import owners_of
from policykit.language.check.literals import constant, fit
from policykit.language.check.logic.names import resolve
from policykit.language.check.parts import Defaults
from policykit.language.check.scope import Place, Reads, Scope
from policykit.language.check.wording import a_value, spelled
from policykit.vocabulary.types import PERCENT, TEXTUAL, Exact, Money, Phase


def rollout(scope: Scope, node: s.Rollout, defaults: Defaults) -> c.Rollout | None:
    """Return a rollout; None when its share or key is wrong, which is reported."""
    what = f"rollout `{node.id.text}`"
    share = _share(scope, node.share)
    by = _key(Place(scope, what, Reads.CALL, frozenset({Phase.REQUEST})), node.by)
    others = _others(scope, node, what)
    from_gate = scope.gate(node.from_gate) if node.from_gate is not None else ""
    until_gate = scope.gate(node.until_gate) if node.until_gate is not None else ""
    _check_order(scope, node, what)
    owners = owners_of(scope, node.owners, defaults)
    if share is None or by is None:
        return None
    return c.Rollout(
        node.id.text,
        node.title.value,
        node.because.value if node.because is not None else "",
        defaults.section,
        owners,
        node.span,
        scope.report.source,
        mode=node.mode,
        share=share,
        by=by,
        others=others,
        from_gate=from_gate,
        until_gate=until_gate,
    )


def _share(scope: Scope, node: s.Number) -> Exact | None:
    value = constant(scope.report, node)
    fitted = None if value is None else fit(scope.report, value, PERCENT, "the share of a rollout")
    if fitted is None or isinstance(fitted.value, str | bool | tuple | Money):
        return None
    if 0 < fitted.value <= 1:
        return fitted.value
    scope.report.error(
        "PK317",
        "the share of a rollout lies above 0% and goes up to 100%",
        node.span,
        expected="a percent such as `5%`",
        got=f"`{spelled(node)}`",
    )
    return None


def _key(place: Place, ref: s.Ref) -> c.FactRead | None:
    found = resolve(place, ref)
    if isinstance(found, c.FactRead) and found.type.kind in TEXTUAL:
        return found
    if found is not None:
        got = "a list" if not hasattr(found, "type") else a_value(found.type)
        place.report.error(
            "PK224",
            f"calls cannot be divided by `{ref.name}`",
            ref.span,
            expected="a text that stays the same for one customer or user, such as `end_customer.id`",
            got=got,
        )
    return None


def _others(scope: Scope, node: s.Rollout, what: str) -> tuple[str, ...]:
    if node.others is not None:
        parts.each_once(scope.report, node.others.fallbacks, "fallback")
        return tuple(scope.fallback(name) for name in node.others.fallbacks)
    if node.mode == "send":
        scope.report.error(
            "PK318",
            f"{what} does not say where the other calls go",
            node.id.span,
            expected="`send ... of calls by ..., others use FALLBACK`",
        )
    return ()


def _check_order(scope: Scope, node: s.Rollout, what: str) -> None:
    """Report a rollout that ends before it begins."""
    gates = scope.gate_order()
    if node.from_gate is None or node.until_gate is None:
        return
    first, last = node.from_gate.text, node.until_gate.text
    if first in gates and last in gates and gates[first] >= gates[last]:
        scope.report.error(
            "PK318",
            f"{what} would end before it begins",
            node.until_gate.span,
            expected=f"a gate that is declared behind `{first}`",
            got=f"`{last}`",
            help="gates follow each other in time as they follow each other in the file",
        )
