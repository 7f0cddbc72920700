"""Budgets in money, with prices from a pinned list: reserved at the most, settled to the usage, never exceeded."""
# ruff: noqa: SIM117 - a server, a client in it, a stream in that

import asyncio
import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import anthropic
import openai
import pytest

from policykit.errors import PolicyViolation
from policykit.guard import ExchangeRate
from policykit.guard.windows.spec import Made
from policykit.vocabulary.types import Money, Phase
from tests.unit.guard.guards import ListTrail, guard_of
from tests.unit.guard.provider_server import (
    chunks,
    completion,
    failure,
    message,
    message_events,
    response,
    serving,
    text_block,
)
from tests.unit.pricing.lists import table
from tests.unit.pricing.test_price_table import DAY

PRICES = """{
  "m": {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01, "max_output_tokens": 50, "mode": "chat"},
  "claude-5": {"input_cost_per_token": 0.001, "cache_read_input_token_cost": 0.0001, "output_cost_per_token": 0.01,
    "cache_creation_input_token_cost": 0.002, "max_output_tokens": 50, "mode": "chat"}
}"""
BUDGET = 'rule SPEND-1 "x"\n on request\n when sum of call.cost today > {limit}\n then deny "the budget is spent"\n'
SPENT = 11 * Decimal("0.001") + 7 * Decimal("0.01")
"""What the server's usage of 11 and 7 tokens costs."""


def asked(text="hello"):
    return [{"role": "user", "content": text}]


def spent(guard):
    """Return what the only window of a guard says."""
    (spec,) = guard.core.board.specs.values()
    now = guard.core.clock.now_ns()
    cell = spec.share({"call.cost": Money(0, "USD")}, Phase.REQUEST, Made("", "", "", now), now).cell
    return spec.value(guard.core.stores.windows.totals([cell])[spec.key])


def client_of(provider, guard, kind=openai.OpenAI):
    return guard.wrap(kind(base_url=provider.url, api_key="k", max_retries=0))


def ask(client, model="m", **more):
    return client.chat.completions.create(model=model, messages=asked(), max_tokens=20, **more)


def test_a_call_is_reserved_at_the_most_and_settled_to_its_usage(tmp_path):
    prices = table(tmp_path, PRICES)
    guard = guard_of(BUDGET.format(limit="0.50 USD"), cost=prices)
    with serving(completion()) as provider, client_of(provider, guard) as client:
        most = prices.estimate({"call.model": "m", "call.text": "hello", "call.max_output_tokens": 20}).amount
        assert most == Decimal("0.277")
        for made in (1, 2, 3):
            ask(client)
            assert spent(guard) == Money(SPENT * made, "USD")
        with pytest.raises(PolicyViolation, match="the budget is spent"):
            ask(client)  # could reach 0.243 + 0.277 > 0.50
    assert len(provider.requests) == 3
    assert spent(guard) == Money(SPENT * 3, "USD"), "a refused call spends nothing"


@pytest.mark.parametrize(("usage", "cost"), [(True, SPENT), (False, Decimal("0.277"))])
def test_a_stream_is_settled_to_its_usage_and_without_one_stays_at_its_estimate(tmp_path, usage, cost):
    guard = guard_of(BUDGET.format(limit="9 USD"), cost=table(tmp_path, PRICES))
    with serving(chunks("hel", "lo", usage=usage)) as provider, client_of(provider, guard) as client:
        with ask(client, stream=True) as stream:
            assert len(list(stream)) > 2
    assert spent(guard) == Money(cost, "USD")


def test_a_stream_that_is_left_early_stays_at_its_estimate(tmp_path):
    guard = guard_of(BUDGET.format(limit="9 USD"), cost=table(tmp_path, PRICES))
    with serving(chunks("hel", "lo")) as provider, client_of(provider, guard) as client:
        with ask(client, stream=True) as stream:
            next(stream)
    assert spent(guard) == Money(Decimal("0.277"), "USD")


def test_what_the_provider_refuses_costs_nothing(tmp_path):
    guard = guard_of(BUDGET.format(limit="9 USD"), cost=table(tmp_path, PRICES))
    with serving(failure(500), completion()) as provider, client_of(provider, guard) as client:
        with pytest.raises(openai.InternalServerError):
            ask(client)
        ask(client)
    assert spent(guard) == Money(SPENT, "USD")


def test_what_breaks_off_may_have_been_charged_and_stays_at_its_estimate(tmp_path):
    guard = guard_of(BUDGET.format(limit="9 USD"), cost=table(tmp_path, PRICES))
    with serving(chunks("hel", "lo", usage=False, breaks_off=True)) as provider, client_of(provider, guard) as client:
        with ask(client, stream=True) as stream, contextlib.suppress(Exception):
            list(stream)
    assert spent(guard) == Money(Decimal("0.277"), "USD")

    @guard.call({"call.text": "prompt", "call.model": "model", "call.max_output_tokens": "limit"})
    def answer(prompt, model="m", limit=20):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        answer("hello")
    assert spent(guard) == Money(Decimal("0.554"), "USD")


def test_several_answers_are_reserved_for(tmp_path):
    guard = guard_of(BUDGET.format(limit="0.40 USD"), cost=table(tmp_path, PRICES))
    with serving(completion()) as provider, client_of(provider, guard) as client:
        with pytest.raises(PolicyViolation):
            ask(client, n=2)
        ask(client, n=1)


@pytest.mark.parametrize(
    ("unknown", "is_made"), [("", False), ("\n unknown deny", False), ('\n unknown warn "no price"', True)]
)
def test_without_a_price_the_rules_unknown_acts(tmp_path, unknown, is_made):
    rules = BUDGET.format(limit="9 USD").rstrip("\n") + unknown + "\n"
    guard = guard_of(rules, cost=table(tmp_path, PRICES))
    with serving(completion()) as provider, client_of(provider, guard) as client:
        if is_made:
            ask(client, "m-2026-08-07")
        else:
            with pytest.raises(PolicyViolation):
                ask(client, "m-2026-08-07")
    assert len(provider.requests) == is_made


def test_dollars_are_never_compared_with_euros(tmp_path):
    guard = guard_of(BUDGET.format(limit="1000 EUR"), cost=table(tmp_path, PRICES))
    with serving(completion()) as provider, client_of(provider, guard) as client, pytest.raises(PolicyViolation):
        ask(client)
    trail = ListTrail()
    rule = 'rule COST-1 "x"\n on request\n when call.cost > 1000 EUR\n then deny\n unknown warn "not known"\n'
    guard = guard_of(rule, cost=table(tmp_path, PRICES), trail=trail)
    with serving(completion()) as provider, client_of(provider, guard) as client:
        ask(client)
    guard.flush()
    assert '"COST-1":"unknown"' in trail.of_type("decision")[0]


def test_a_budget_in_euros_holds_with_a_rate_which_is_on_record(tmp_path):
    rate = ExchangeRate("EUR", "0.91", as_of=DAY, source="the treasurer")
    trail = ListTrail()
    prices = table(tmp_path, PRICES, rate=rate)
    guard = guard_of(BUDGET.format(limit="0.25 EUR"), cost=prices, trail=trail)
    with serving(completion()) as provider, client_of(provider, guard) as client:
        with pytest.raises(PolicyViolation):
            ask(client)  # 0.277 USD are 0.25207 EUR
        client.chat.completions.create(model="m", messages=asked(), max_tokens=19)
    assert spent(guard) == Money(SPENT * Decimal("0.91"), "EUR")
    guard.start()
    guard.flush()
    (coverage,) = trail.of_type("coverage")
    assert json.loads(f"{{{coverage}}}")["prices"] == prices.stated
    assert not any('"cost_usd"' in members for members in trail.of_type("decision")), "euros are no dollars"


def test_the_cost_in_dollars_is_on_record_with_the_digest_of_the_list(tmp_path):
    trail = ListTrail()
    prices = table(tmp_path, PRICES)
    rules = BUDGET.format(limit="9 USD") + 'rule R-1 "x"\n on response\n when call.cost > 9 USD\n then deny\n'
    guard = guard_of(rules, cost=prices, trail=trail)
    with serving(completion()) as provider, client_of(provider, guard) as client:
        guard.start()
        ask(client)
    guard.flush()
    before, after = (json.loads(f"{{{members}}}") for members in trail.of_type("decision"))
    assert (before["cost_usd"], after["cost_usd"]) == ("0.277", "0.081")
    (coverage,) = trail.of_type("coverage")
    assert json.loads(f"{{{coverage}}}")["prices"] == {"digest": prices.stated["digest"], "currency": "USD"}


def test_without_prices_the_coverage_says_nothing_of_them():
    trail = ListTrail()
    guard = guard_of('rule R-1 "x"\n on request\n when call.text is "x"\n then deny\n', trail=trail)
    guard.start()
    guard.flush()
    assert "prices" not in trail.of_type("coverage")[0]


CACHE = {"input_tokens": 11, "output_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}


@pytest.mark.parametrize("stream", [False, True])
def test_what_anthropic_counts_beside_the_input_is_counted_as_input_once(tmp_path, stream):
    reply = message_events(text_block(0, "hello")) if stream else message()
    usage = reply.events[0][1]["message"]["usage"] if stream else reply.body["usage"]
    usage.update(CACHE)
    rules = BUDGET.format(limit="9 USD")
    rules += 'rule T-1 "x"\n on response\n when call.input_tokens is 121 and call.cached_tokens is 100 and call.cache_write_tokens is 10\n then warn "counted"\n'
    trail = ListTrail()
    guard = guard_of(rules, cost=table(tmp_path, PRICES), trail=trail)
    with serving(reply) as provider, client_of(provider, guard, anthropic.Anthropic) as client:
        answer = client.messages.create(model="claude-5", max_tokens=20, messages=asked(), stream=stream)
        if stream:
            assert list(answer)
    guard.flush()
    assert spent(guard) == Money(Decimal("0.011") + Decimal("0.01") + Decimal("0.02") + Decimal("0.07"), "USD")
    assert '"effects":["warn"]' in trail.of_type("decision")[-1]


def test_200_threads_on_one_budget_never_exceed_it(tmp_path):
    guard = guard_of(BUDGET.format(limit="2.77 USD"), cost=table(tmp_path, PRICES))

    @guard.call({"call.text": "prompt", "call.model": "model", "call.max_output_tokens": "limit"})
    def answer(prompt, model="m", limit=20):
        return "fine"

    def made(_):
        try:
            answer("hello")
        except PolicyViolation:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        count = sum(pool.map(made, range(200)))
    assert count == 10, "ten at 0.277 are 2.77"
    assert spent(guard) == Money(Decimal("2.77"), "USD")


def test_200_tasks_on_one_budget_never_exceed_it_and_what_is_settled_makes_room(tmp_path):
    guard = guard_of(BUDGET.format(limit="2.77 USD"), cost=table(tmp_path, PRICES))
    totals = []

    async def all_of_them(client):
        async def one():
            try:
                await client.chat.completions.create(model="m", messages=asked(), max_tokens=20)
            except PolicyViolation:
                return False
            finally:
                totals.append(spent(guard).amount)
            return True

        return sum(await asyncio.gather(*(one() for _ in range(200))))

    async def run(provider):
        async with client_of(provider, guard, openai.AsyncOpenAI) as client:
            return await all_of_them(client), await all_of_them(client)

    with serving(completion()) as provider:
        first, second = asyncio.run(run(provider))
    assert first == 10
    assert second >= 1, "0.81 is spent, not 2.77"
    assert len(provider.requests) == first + second
    assert max(totals) <= Decimal("2.77"), "reserved and spent together"
    total = spent(guard).amount
    assert total == SPENT * (first + second)


@pytest.mark.parametrize("part", ["chat", "responses"])
def test_what_openai_reports_of_its_cache_is_priced(tmp_path, part):
    prices = PRICES.replace(
        '"m": {', '"m": {"cache_read_input_token_cost": 0.0001, "cache_creation_input_token_cost": 0.002, '
    )
    guard = guard_of(BUDGET.format(limit="9 USD"), cost=table(tmp_path, prices))
    reply = completion() if part == "chat" else response()
    details = {"cached_tokens": 4, "cache_write_tokens": 2}
    reply.body["usage"]["prompt_tokens_details" if part == "chat" else "input_tokens_details"] = details
    with serving(reply) as provider, client_of(provider, guard) as client:
        if part == "chat":
            ask(client)
        else:
            client.responses.create(model="m", input="hello", max_output_tokens=20)
    assert spent(guard) == Money(5 * Decimal("0.001") + Decimal("0.0004") + Decimal("0.004") + Decimal("0.07"), "USD")
