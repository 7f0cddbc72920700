"""Which parameters of a pack an `include` sets looser than the pack's own defaults.

The direction comes from the conditions themselves: the pack is checked once with its defaults and once for each
argument alone, and both are walked side by side. What more evidence can meet, or fewer calls can trigger, is looser.
Where the conditions do not say (a text, a window, `is`), nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import ListValue, Named, Scope
from policykit.vocabulary.exact import compare
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import Exact, Kind, Money, Value

_UPWARD = frozenset({"<", "<="})
_DOWNWARD = frozenset({">", ">="})
_COMPARED = frozenset({Kind.TEXT, Kind.CHOICE, Kind.YES_NO, Kind.LIST})


def is_looser(default: c.CheckedPolicy, other: c.CheckedPolicy) -> bool:
    """Return whether any clause of a pack is looser than the same clause with the pack's defaults.

    Args:
        default: the pack with its defaults.
        other: the same pack with other values for its parameters.
    """
    mine = {clause.id: clause for clause in other.clauses()}
    return any(step > 0 for clause in default.clauses() for step in _steps_of(clause, mine.get(clause.id)))


def loosened(pack: c.CheckedPolicy, alone: Mapping[str, c.CheckedPolicy]) -> tuple[str, ...]:
    """Return the parameters that loosen a pack, in the order given.

    Args:
        pack: the pack with its defaults.
        alone: the pack with one parameter set, by the parameter.
    """
    return tuple(name for name, other in alone.items() if is_looser(pack, other))


def _steps_of(before: c.Clause, after: c.Clause | None) -> Iterator[int]:
    """Yield 1 for each part that is looser and -1 for each that is stricter."""
    match before, after:
        case c.Requirement(), c.Requirement():
            yield from _lengths(before, after)
            yield from _steps(before.check, after.check, 1)
            yield from _steps(before.applies_when, after.applies_when, -1)
        case c.Rule() | c.Stop(), c.Rule() | c.Stop():
            yield from _steps(before.when, after.when, -1)
        case c.Scorecard(), c.Scorecard():
            sign = 1 if before.target_relation in _UPWARD else -1
            yield sign * _moved(before.target, after.target)
        case _:
            pass


def _lengths(before: c.Requirement, after: c.Requirement) -> Iterator[int]:
    """Yield how times moved: older evidence, a rarer check and a later remedy are looser."""
    for old, new in zip(_all_lengths(before), _all_lengths(after), strict=True):
        if old is not None and new is not None:
            yield compare(new, old)


def _all_lengths(requirement: c.Requirement) -> tuple[Exact | None, Exact | None, Exact | None]:
    trust, due, remedy = requirement.shown_by, requirement.due, requirement.remedy
    return (
        trust.max_age_seconds if trust is not None else None,
        due.every_seconds if due is not None else None,
        remedy.within_seconds if remedy is not None else None,
    )


def _steps(before: c.Check | None, after: c.Check | None, sign: int) -> Iterator[int]:
    match before, after:
        case c.Compare(), c.Compare():
            yield from _compared(before, after, sign)
        case (c.And(items=olds), c.And(items=news)) | (c.Or(items=olds), c.Or(items=news)):
            for old, new in zip(olds, news, strict=False):
                yield from _steps(old, new, sign)
        case c.Not(), c.Not():
            yield from _steps(before.item, after.item, -sign)
        case c.Quantified(), c.Quantified():
            yield from _steps(before.has, after.has, -sign if before.quantifier in {"no", "at most"} else sign)
            for step in _grown(before.groups, after.groups):
                yield -sign * step * (-1 if before.quantifier == "some" else 1)
        case c.Member(), c.Member():
            for step in _grown(before.options, after.options):
                yield (-sign if before.negated else sign) * step
        case c.ContainsItem(), c.ContainsItem():
            for step in _grown(before.items, after.items):
                yield (sign if before.mode == "any" else -sign) * step
        case _:
            pass


def _compared(before: c.Compare, after: c.Compare, sign: int) -> Iterator[int]:
    """Yield how a comparison moved: a limit on the right that rises lets more through `<` and less through `>`."""
    if before.relation in _UPWARD | _DOWNWARD:
        direction = sign if before.relation in _UPWARD else -sign
        yield direction * _moved(before.right, after.right)
        yield -direction * _moved(before.left, after.left)


def _moved(before: c.Operand, after: c.Operand) -> int:
    """Return 1 where an operand rose, -1 where it fell, 0 where it stayed or the direction is not known."""
    if isinstance(before, c.Constant) and isinstance(after, c.Constant):
        return _order(before, after)
    if isinstance(before, c.FromNow) and isinstance(after, c.FromNow) and before.direction == after.direction:
        later = _order(before.length, after.length)
        return later if before.direction == "from now" else -later
    if isinstance(before, c.Compute) and isinstance(after, c.Compute):
        left, right = _moved(before.left, after.left), _moved(before.right, after.right)
        if before.operator == "*":
            left, right = left * _sign(before.right), right * _sign(before.left)
        moves = {left, -right if before.operator == "-" else right} - {0}
        return moves.pop() if len(moves) == 1 else 0
    return 0


def _sign(factor: c.Operand) -> int:
    """Return the sign of a factor; what is measured is not below zero, or a share of it would mean nothing."""
    value = factor.value if isinstance(factor, c.Constant) else 1
    amount: Any = value.amount if isinstance(value, Money) else value
    return (amount > 0) - (amount < 0) if not isinstance(amount, str | tuple) else 0


def _order(before: c.Constant, after: c.Constant) -> int:
    if before.type.kind in _COMPARED or before.value == after.value:
        return 0
    old: Any = before.value.amount if isinstance(before.value, Money) else before.value
    new: Any = after.value.amount if isinstance(after.value, Money) else after.value
    return compare(new, old)


def _grown(before: tuple[Value, ...], after: tuple[Value, ...]) -> Iterator[int]:
    """Yield 1 where a list has items that it had not, and -1 where it has lost some; another list does both."""
    old, new = set(before), set(after)
    if new - old:
        yield 1
    if old - new:
        yield -1


def argument_text(value: Named) -> str:
    """Return what an argument or a default is, as a policy writes it."""
    if isinstance(value, c.Constant):
        return render(value.type, value.value)
    return ", ".join(map(argument_text, value.items)) if isinstance(value, ListValue) else ""


def warn_loosened(scope: Scope, node: s.Include, packs: Iterable[c.Pack]) -> None:
    """Warn of each parameter of a pack, or of a pack that it includes itself, that is looser than the default."""
    for pack in packs:
        for words in pack.loosened:
            scope.report.warn(
                "PK131",
                f"the pack `{pack.name}` is loosened: `{words}`",
                node.span,
                help="leave the parameter out, or have the parties agree on the value",
            )
