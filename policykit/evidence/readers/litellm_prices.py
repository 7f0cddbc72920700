"""LiteLLM's price list (`model_prices_and_context_window.json`).

- `sample_spec` is a template, not a model.
- A price of 0 is unknown, not free: local models are listed with 0. An embedding's output price of 0 is real.
- Tiered prices (`..._above_200k_tokens`) count at their dearest step.
- The file carries no date: state in a manifest when it was fetched.

The option `models` names the models that matter; without it all are taken. Source: LiteLLM 1.109, prices in US dollars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from policykit.evidence.model import Reading, Tool
from policykit.evidence.problems import doubt, error, note, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.prices import Price, PriceSummary
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View, exact_or_none
from policykit.pricing import members
from policykit.pricing.members import NO_OUTPUT_PRICE, TEMPLATE
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.types import Exact

_NUMBERS = re.compile("[0-9]+")
_SOON = timedelta(days=90)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_CLASSES = {
    "input": members.INPUT,
    "cached_input": members.CACHED_INPUT,
    "output": members.OUTPUT,
    "reasoning": members.REASONING,
}


def detect(head: bytes, name: str) -> float:
    """Return how sure this is the price list."""
    if b'"litellm_provider"' in head and b'"input_cost_per_token"' in head:
        return 1.0
    return 0.6 if "model_prices_and_context_window" in name else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return the prices of the models that the project names."""
    whole = View(parse_json(file.whole(), file.name), file.name)
    if not isinstance(whole.value, dict):
        raise whole.unexpected("an object with a member for each model")
    wanted = _models(request, file.name)
    names = wanted or [name for name in whole.value if name != TEMPLATE]
    problems: list[Diagnostic] = []
    prices = []
    for name in names:
        if name == TEMPLATE or not whole.has(name):
            numbers = _NUMBERS.findall(name)  # with other numbers it is another model
            known = [key for key in whole.value if key != TEMPLATE and _NUMBERS.findall(key) == numbers]
            problems.append(
                error("PK542", f"the list has no model {quoted(name)}", place=file.name, help=did_you_mean(name, known))
            )
            continue
        prices.append(_price(whole.object(name), name))
    if not prices and not problems:
        problems.append(doubt("PK530", "the list names no model", place=file.name))
    problems.extend(_warnings(prices, request, file.name, named=bool(wanted)))
    return Reading(
        PriceSummary(tuple(prices)),
        Tool("LiteLLM"),
        problems=tuple(problems),
        free_options=_free_options(request, wanted),
    )


def _free_options(request: Request, wanted: list[str]) -> frozenset[str]:
    """Return `models` where it names the judged model alone, or leaves nothing out."""
    return frozenset({"models"} if wanted in ([], [request.terms.judged.model]) else ())


def _models(request: Request, name: str) -> list[str]:
    stated: Any = request.options.get("models", [])
    if not isinstance(stated, list | tuple) or not all(isinstance(model, str) for model in stated):
        raise refusal("PK521", "`models` must be a list of models", place=name, got=quoted(stated))
    return list(dict.fromkeys(stated))


def _price(entry: View, name: str) -> Price:
    mode = entry.text_or_empty("mode")
    tokens = {kind: price for kind, member in _CLASSES.items() if (price := _dearest(entry, member))}
    return Price(
        name,
        entry.text_or_empty("litellm_provider"),
        mode,
        tokens,
        frozenset({"input"}) if mode in NO_OUTPUT_PRICE else frozenset({"input", "output"}),
        _max_tokens(entry),
        _date(entry),
    )


def _max_tokens(entry: View) -> int | None:
    value = exact_or_none(entry.at("max_input_tokens").value)
    return int(value) if value is not None and value >= 0 else None


def _dearest(entry: View, name: str) -> Exact | None:
    tiers = [key for key in entry.value if members.step_of(key, name) is not None]
    prices = [entry.number(key) for key in (name, *tiers) if entry.has(key)]
    if any(price < 0 for price in prices):
        raise entry.at(name).unexpected("an amount from 0")
    return max(prices, default=None)


def _date(entry: View) -> date | None:
    text = entry.text_or_empty("deprecation_date")
    if not text:
        return None
    try:
        if _DATE.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise entry.at("deprecation_date").unexpected("a date such as `2026-11-30`")


def _warnings(prices: list[Price], request: Request, place: str, *, named: bool) -> Iterator[Diagnostic]:
    today = request.now.date()
    unknown = [p.model for p in prices if not p.priced]
    if unknown and named:
        yield doubt(
            "PK542",
            f"the price of {quoted(unknown[0])} is not known",
            place=place,
            got="0 or no price for a token",
            help="an unknown price is not free: state what hosting the model costs as hand-written evidence",
        )
    elif unknown:
        yield note("PK542", f"{len(unknown)} of {len(prices)} models have no known price for a token", place=place)
    for price in prices:
        if price.retires_on is not None and (named or len(prices) < 100) and price.retires_on <= today + _SOON:
            when = "was" if price.retires_on < today else "is to be"
            yield note(
                "PK542",
                f"{quoted(price.model)} {when} withdrawn by its provider on {price.retires_on}",
                place=place,
                help="plan the change of the model, and the evaluation of the next one",
            )


READER = Reader(
    "litellm_prices",
    "LiteLLM price list",
    frozenset({"prices"}),
    detect,
    read,
    frozenset({"models"}),
    gaps=frozenset({"models"}),
)
