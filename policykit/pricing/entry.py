"""One entry of a price list: a price, or why it is none. What is not understood makes a model unknown, never free."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from policykit.pricing import members as m
from policykit.pricing.model_price import ModelPrice, Rates
from policykit.vocabulary.exact import ValueProblem, exact
from policykit.vocabulary.types import Exact

MAX_TOKENS = 10**12
"""No call has more tokens."""
_STEPPED = (m.INPUT, m.CACHED_INPUT, m.CACHE_WRITE, m.CACHE_WRITE_1H, m.OUTPUT, m.REASONING)


class Unpriced(NamedTuple):
    """Why the cost of a model's calls is not known."""

    reason: str


class _UnreadableError(Exception):
    """A member that is no price."""


def price_of(model: str, entry: object) -> ModelPrice | Unpriced:
    """Return the price that an entry states; its amounts are exactly those that are written."""
    if not isinstance(entry, Mapping):
        return Unpriced("its entry is not an object")
    if entry.get(m.BY_RANGE) is not None:
        return Unpriced(f"`{m.BY_RANGE}` is a form of prices that is not known here")
    try:
        return _price(model, entry)
    except _UnreadableError as problem:
        return Unpriced(str(problem))


def _price(model: str, entry: Mapping[str, Any]) -> ModelPrice | Unpriced:
    if _amount(entry, m.INPUT) is None:
        return Unpriced(f"it has no `{m.INPUT}`")
    if _amount(entry, m.OUTPUT) is None and entry.get("mode") not in m.NO_OUTPUT_PRICE:
        return Unpriced(f"it has no `{m.OUTPUT}`")
    found = {step for name in entry for base in _STEPPED if (step := m.step_of(name, base)) is not None}
    if len(found) != len({name.rpartition("_above_")[2] for name in entry if _is_step(name)}):
        return Unpriced("two of its steps are the same")
    steps = [_rates(entry, {}, -1)]
    for above in sorted(found):
        steps.append(_rates(entry, _above(entry, above), above, steps[-1]))
    request = _amount(entry, m.REQUEST)
    limits = _tokens(entry.get(m.MAX_INPUT)), _tokens(entry.get(m.MAX_OUTPUT))
    return ModelPrice(model, tuple(steps), 0 if request is None else request, *limits)


def _is_step(name: str) -> bool:
    return any(m.step_of(name, base) is not None for base in _STEPPED)


def _above(entry: Mapping[str, Any], above: int) -> dict[str, str]:
    """Return the members of a step by those that they stand in for."""
    return {base: name for name in entry for base in _STEPPED if m.step_of(name, base) == above}


def _rates(entry: Mapping[str, Any], names: Mapping[str, str], above: int, below: Rates | None = None) -> Rates:
    def said(base: str, otherwise: Exact | None) -> Exact | None:
        found = _amount(entry, names.get(base, base)) if below is None or base in names else None
        return otherwise if found is None else found

    first = said(m.INPUT, below.input if below else None)
    assert first is not None
    writes = [said(m.CACHE_WRITE, below.cache_write if below else None), *_hour_long(entry, above)]
    return Rates(
        above,
        first,
        said(m.CACHED_INPUT, below.cached_input if below else None),
        max((price for price in writes if price is not None), default=None),
        said(m.OUTPUT, below.output if below else None),
        said(m.REASONING, below.reasoning if below else None),
    )


def _hour_long(entry: Mapping[str, Any], above: int) -> list[Exact | None]:
    """Return the prices of writing for an hour: a call does not say for how long, so that the dearest counts."""
    steps = {name: m.step_of(name, m.CACHE_WRITE_1H) for name in entry}
    reached = [name for name, step in steps.items() if step is not None and step <= above]
    return [_amount(entry, name) for name in (m.CACHE_WRITE_1H, *reached)]


def _amount(entry: Mapping[str, Any], name: str) -> Exact | None:
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _UnreadableError(f"`{name}` is not a number")
    try:
        amount = exact(value)
    except ValueProblem:
        raise _UnreadableError(f"`{name}` is too long or too small a number") from None
    if amount < 0:
        raise _UnreadableError(f"`{name}` is negative")
    return amount


def _tokens(value: object) -> int | None:
    """Return a limit; one that is not a whole number is not known."""
    is_whole = isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value)
    return int(value) if is_whole and 0 < value <= MAX_TOKENS else None  # type: ignore[call-overload, operator]
