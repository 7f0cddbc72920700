"""Costs against a slow, literal reference in fractions; and no call costs more than its estimate."""

import tempfile
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.digest import digest_of_file
from policykit.guard import ExchangeRate, PriceTable
from tests.unit.pricing.test_price_table import DAY

PRICES = st.builds(lambda digits, exponent: f"{digits}e-{exponent}", st.integers(0, 10**6), st.integers(0, 20))
KINDS = ("input_cost_per_token", "cache_read_input_token_cost", "cache_creation_input_token_cost",
         "output_cost_per_token", "output_cost_per_reasoning_token")  # fmt: skip
HOUR = "cache_creation_input_token_cost_above_1hr"
STEPS = (2, 50, 128_000)
ENTRIES = st.fixed_dictionaries(
    {KINDS[0]: PRICES, KINDS[3]: PRICES},
    optional={KINDS[1]: PRICES, KINDS[2]: PRICES, KINDS[4]: PRICES, HOUR: PRICES, "input_cost_per_request": PRICES}
    | {f"{kind}_above_{step}_tokens": PRICES for kind in (*KINDS, HOUR) for step in STEPS},
)
COUNTS = st.one_of(st.integers(0, 60), st.integers(0, 10**7))


@st.composite
def usages(draw):
    whole, output = draw(COUNTS), draw(COUNTS)
    cached = draw(st.integers(0, whole))
    written = draw(st.integers(0, whole - cached))
    return whole, output, cached, written, draw(st.integers(0, output))


def reference(entry, usage):
    """Say what a call costs, reading the list's own words: the highest step below the input, member by member."""
    whole, output, cached, written, reasoning = usage

    def price(kind, otherwise=None):
        for step in sorted(STEPS, reverse=True):
            name = f"{kind}_above_{step}_tokens"
            if whole > step and name in entry:
                return Fraction(entry[name])
        return Fraction(entry[kind]) if kind in entry else otherwise

    hours = [HOUR, *(f"{HOUR}_above_{step}_tokens" for step in STEPS if whole > step)]
    writes = [price(KINDS[2]), *(Fraction(entry[name]) for name in hours if name in entry)]
    write = max((each for each in writes if each is not None), default=None)
    if written and write is None:
        return None
    plain, said = price(KINDS[0]), price(KINDS[3])
    return (
        Fraction(entry.get("input_cost_per_request", 0))
        + (whole - cached - written) * plain
        + cached * price(KINDS[1], plain)
        + written * (write or 0)
        + (output - reasoning) * said
        + reasoning * price(KINDS[4], said)
    )


def table(entry, **settings):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.json"
        path.write_text('{"m": {' + ", ".join(f'"{name}": {price}' for name, price in entry.items()) + "}}")
        return PriceTable.load(path, digest=digest_of_file(path), **settings)


def facts(usage):
    names = ("input", "output", "cached", "cache_write", "reasoning")
    return {"call.model": "m", **{f"call.{name}_tokens": count for name, count in zip(names, usage, strict=True)}}


@given(ENTRIES, usages(), st.sampled_from([None, "0.91", "1.0837", "133"]))
def test_a_cost_is_exactly_what_the_list_says(entry, usage, rate):
    exchange = None if rate is None else ExchangeRate("EUR", rate, as_of=DAY, source="x")
    found = table(entry, rate=exchange).settled(facts(usage))
    expected = reference(entry, usage)
    if expected is None:
        assert found is None
    else:
        assert Fraction(found.amount) == expected * Fraction(rate or 1)


@given(ENTRIES, usages(), COUNTS, COUNTS)
def test_no_call_within_its_bounds_costs_more_than_its_estimate(entry, usage, more_input, more_output):
    prices = table(entry)
    bounds = {"call.input_tokens": usage[0] + more_input, "call.max_output_tokens": usage[1] + more_output}
    settled, estimate = prices.settled(facts(usage)), prices.estimate({"call.model": "m", **bounds})
    assert settled is None or settled.amount <= estimate.amount
