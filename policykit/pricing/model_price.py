"""What one model costs: the prices of its tokens, in steps by the size of the input, and the cost of calls.

Above a step all tokens of a call have the step's price; what the step does not say keeps the price below it.
Source: LiteLLM 1.109, `_get_token_base_cost`: the step is chosen by all input tokens of the call, cached ones included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.vocabulary.exact import ValueProblem, add, multiply
from policykit.vocabulary.types import Exact


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of one token in one step; None where the list says none."""

    above: int
    """They hold for calls with more input tokens than this; -1 for the first step."""
    input: Exact
    cached_input: Exact | None = None
    cache_write: Exact | None = None
    output: Exact | None = None
    """None only for models that are paid for by their input alone."""
    reasoning: Exact | None = None

    @property
    def dearest_input(self) -> Exact:
        """Return what an input token can cost at most."""
        return max(price for price in (self.input, self.cached_input, self.cache_write) if price is not None)

    @property
    def dearest_output(self) -> Exact | None:
        """Return what an output token can cost at most."""
        return max((price for price in (self.output, self.reasoning) if price is not None), default=None)


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call. `cached` and `cache_write` are among `input`, `reasoning` is among `output`."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @property
    def is_consistent(self) -> bool:
        """Whether no part is larger than its whole."""
        parts = (self.cached, self.cache_write, self.reasoning, self.output)
        return min(parts) >= 0 and self.cached + self.cache_write <= self.input and self.reasoning <= self.output


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """The price of a model; amounts in the currency of the table."""

    model: str
    steps: tuple[Rates, ...]
    """By `above`, the first being for every call."""
    request: Exact = 0
    """For each call, whatever its tokens."""
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None

    def cost(self, used: Usage) -> Exact | None:
        """Return what a call cost; None where the list has no price for a kind of token that it used."""
        if not used.is_consistent:
            return None
        rates = next(rates for rates in reversed(self.steps) if used.input > rates.above)
        cached = rates.input if rates.cached_input is None else rates.cached_input
        reasoning = rates.output if rates.reasoning is None else rates.reasoning
        return _total(
            self.request,
            (
                (used.input - used.cached - used.cache_write, rates.input),
                (used.cached, cached),
                (used.cache_write, rates.cache_write),
                (used.output - used.reasoning, rates.output),
                (used.reasoning, reasoning),
            ),
        )

    def most(self, input_tokens: int, output_tokens: int) -> Exact | None:
        """Return the most that a call can cost: every token of the dearest kind, in the dearest step in reach."""
        if input_tokens < 0 or output_tokens < 0:
            return None
        reached = [rates for rates in self.steps if input_tokens > rates.above]
        found = [
            _total(self.request, ((input_tokens, rates.dearest_input), (output_tokens, rates.dearest_output)))
            for rates in reached
        ]
        known = [each for each in found if each is not None]
        return max(known) if len(known) == len(found) else None

    def in_currency(self, rate: Exact) -> ModelPrice:
        """Return the price with every amount multiplied.

        Raises:
            ValueProblem: a product is too long to be exact.
        """
        steps = tuple(
            Rates(step.above, multiply(step.input, rate), *(_times(price, rate) for price in _optional(step)))
            for step in self.steps
        )
        request = multiply(self.request, rate)
        return ModelPrice(self.model, steps, request, self.max_input_tokens, self.max_output_tokens)


def _optional(step: Rates) -> tuple[Exact | None, ...]:
    return step.cached_input, step.cache_write, step.output, step.reasoning


def _times(price: Exact | None, rate: Exact) -> Exact | None:
    return None if price is None else multiply(price, rate)


def _total(start: Exact, parts: Sequence[tuple[int, Exact | None]]) -> Exact | None:
    total = start
    try:
        for tokens, price in parts:
            if tokens:
                if price is None:
                    return None
                total = add(total, multiply(tokens, price))
    except ValueProblem:
        return None
    return total
