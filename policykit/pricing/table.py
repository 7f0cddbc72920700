"""`PriceTable`: the cost of calls by a price list of LiteLLM's format that is pinned by its digest.

prices = PriceTable.load("prices.json", digest="sha256:...", rate=ExchangeRate("EUR", "0.91", as_of=..., source=...))
guard = Guard.load("governance.policy", cost=prices)

A model is looked for as `<call.provider>/<call.model>`, then as `<call.model>`; names are never guessed. What has no
price has no cost, and the rules' `unknown` acts. Tokens alone are counted: no tools of the provider, images or audio.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

from policykit.errors import PricesError
from policykit.pricing.beyond import Beyond, beyond_of
from policykit.pricing.entry import MAX_TOKENS, Unpriced, price_of
from policykit.pricing.exchange import ExchangeRate, check_currency
from policykit.pricing.members import TEMPLATE
from policykit.pricing.model_price import ModelPrice, Usage
from policykit.pricing.reading import PriceList, read_pinned
from policykit.pricing.text_bound import Tokens, most_tokens
from policykit.source import Diagnostic
from policykit.vocabulary.exact import ValueProblem
from policykit.vocabulary.types import Exact, Money

Facts = Mapping[str, object]


class PriceTable:
    """Estimates and settles `call.cost`; a `CostModel` of the guard. Shared by threads."""

    def __init__(
        self,
        found: PriceList,
        *,
        currency: str = "USD",
        rate: ExchangeRate | None = None,
        tokens: Tokens | None = None,
        other_tokens: int | None = None,
    ) -> None:
        """Take a list that was read; use `PriceTable.load`, which pins it. The other arguments are those of `load`."""
        check_currency(currency)
        if other_tokens is not None and _count(other_tokens) is None:
            expected = "a whole number from 0"
            raise PricesError([Diagnostic("PK371", "`other_tokens` is not a number of tokens", expected=expected)])
        self._list = found
        self._rate = rate
        self._own_currency = currency
        self.currency = currency if rate is None else rate.currency
        """Of every cost."""
        self._factor: Exact = 1 if rate is None else rate.factor
        self._tokens = tokens
        self._other_tokens = other_tokens
        self._known: dict[str, ModelPrice | Unpriced] = {}

    @classmethod
    def load(  # noqa: PLR0913 - what a cost rests on
        cls,
        path: str | os.PathLike[str],
        *,
        digest: str = "",
        currency: str = "USD",
        rate: ExchangeRate | None = None,
        tokens: Tokens | None = None,
        other_tokens: int | None = None,
    ) -> Self:
        """Return the table of a file.

        Args:
            path: a `model_prices_and_context_window.json`.
            digest: the digest that it must have; required. `policykit prices digest FILE` prints it.
            currency: ISO 4217 code of the prices in it. LiteLLM's are US dollars.
            rate: makes another currency of them.
            tokens: counts the tokens of a text for a model; without, bytes bound them.
            other_tokens: how many input tokens a call has at most besides its text: declarations of tools, schemas,
                images. Without, a call that declares tools is estimated at the model's whole context window.

        Raises:
            PricesError: the list is not the one that is pinned, or is none.
        """
        found = read_pinned(path, digest)
        return cls(found, currency=currency, rate=rate, tokens=tokens, other_tokens=other_tokens)

    @property
    def stated(self) -> dict[str, object]:
        """Return what costs rest on, as the coverage record states it."""
        found: dict[str, object] = {"digest": self._list.digest, "currency": self._own_currency}
        return found if self._rate is None else {**found, "rate": self._rate.stated}

    def look_up(self, model: str, provider: str = "") -> ModelPrice | Unpriced:
        """Return the price of a model in the table's currency, or why it is not known."""
        entries = self._list.entries
        for name in (f"{provider}/{model}", model) if provider else (model,):
            if name in entries and name != TEMPLATE and (name != model or _is_of(entries[name], provider)):
                return self._known.get(name) or self._learn(name)
        return Unpriced("the list does not have it")

    def estimate(self, facts: Facts) -> Money | None:
        """Return the most that a call can cost, before it is made; None where that is not known."""
        price = self._price(facts, "call.model")
        if price is None or beyond_of(facts) is Beyond.ANYTHING:
            return None
        before, after = self._most_input(facts, price), self._most_output(facts, price)
        return None if before is None or after is None else self._money(price.most(before, after))

    def settled(self, facts: Facts) -> Money | None:
        """Return what a call did cost, from the tokens that it used; None where they are not known.

        The price is that of the model that answered where the list has it, and otherwise of the one that was asked.
        """
        if beyond_of(facts) is Beyond.ANYTHING:
            return None
        price = self._price(facts, "call.response_model") or self._price(facts, "call.model")
        before, after = _count(facts.get("call.input_tokens")), _count(facts.get("call.output_tokens"))
        if price is not None and after is None and price.steps[0].dearest_output is None:
            after = 0
        if price is None or before is None or after is None:
            return None
        parts = [facts.get(f"call.{name}_tokens") for name in ("cached", "cache_write", "reasoning")]
        counts = [0 if part is None else _count(part) for part in parts]
        if None in counts:
            return None
        return self._money(price.cost(Usage(before, after, *(count or 0 for count in counts))))

    def _learn(self, name: str) -> ModelPrice | Unpriced:
        found = price_of(name, self._list.entries[name])
        if isinstance(found, ModelPrice):
            try:
                found = found.in_currency(self._factor)
            except ValueProblem:
                found = Unpriced("its price in the other currency is too long a number")
        self._known[name] = found
        return found

    def _price(self, facts: Facts, of: str) -> ModelPrice | None:
        model, provider = facts.get(of), facts.get("call.provider")
        if not isinstance(model, str):
            return None
        found = self.look_up(model, provider if isinstance(provider, str) else "")
        return found if isinstance(found, ModelPrice) else None

    def _most_input(self, facts: Facts, price: ModelPrice) -> int | None:
        given, beyond = facts.get("call.input_tokens"), beyond_of(facts)
        if given is not None:
            return _count(given)
        if beyond is Beyond.CONTEXT or (beyond is Beyond.DECLARED and self._other_tokens is None):
            return price.max_input_tokens
        said = [text for name in ("call.text", "call.prompt") if (text := facts.get(name)) is not None]
        texts = [text for text in said if isinstance(text, str)]
        if not texts or len(texts) < len(said) or (facts.get("call.tools") and self._other_tokens is None):
            return price.max_input_tokens
        text = max(texts, key=len)
        instructions = facts.get("call.instructions")
        if isinstance(instructions, str) and instructions not in text:
            text = f"{text}\n{instructions}"
        found = most_tokens(text, str(facts.get("call.model")), self._tokens)
        return None if found is None else found + (self._other_tokens or 0)

    def _most_output(self, facts: Facts, price: ModelPrice) -> int | None:
        if price.steps[0].dearest_output is None:
            return 0
        limit, choices = facts.get("call.max_output_tokens"), facts.get("call.choices")
        most = price.max_output_tokens if limit is None else _count(limit)
        answers = 1 if choices is None else _count(choices)
        return None if most is None or answers is None else most * answers

    def _money(self, amount: Exact | None) -> Money | None:
        return None if amount is None else Money(amount, self.currency)


def _is_of(entry: object, provider: str) -> bool:
    """Whether an entry under the name of a model alone can be a provider's: LiteLLM says whose it is."""
    said = entry.get("litellm_provider") if isinstance(entry, Mapping) else None
    if not provider or not isinstance(said, str):
        return True
    return said == provider or said.startswith((f"{provider}-", f"{provider}_")) or said.endswith(f"-{provider}")


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS
    return value if is_count else None  # type: ignore[return-value]
