"""LiteLLM's own price list, all of it: every price as written, to the last digit. Runs where LiteLLM is installed."""

import json
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest

from policykit.encoding.digest import digest_of_file
from policykit.guard import PriceTable
from policykit.pricing.entry import Unpriced


@pytest.fixture(scope="module")
def path() -> Path:
    return Path(find_spec("litellm").origin).with_name("model_prices_and_context_window_backup.json")


@pytest.fixture(scope="module")
def raw(path):
    return json.loads(path.read_text("utf-8"), parse_float=Decimal)


@pytest.fixture(scope="module")
def prices(path):
    return PriceTable.load(path, digest=digest_of_file(path))


def test_a_price_is_the_sum_of_what_the_list_says_to_the_last_digit(raw, prices):
    seen = 0
    for name, entry in raw.items():
        cost = prices.settled({"call.model": name, "call.input_tokens": 1000, "call.output_tokens": 10})
        if cost is not None:
            paid = [
                entry.get(part, 0)
                for part in ("input_cost_per_token", "output_cost_per_token", "input_cost_per_request")
            ]
            assert cost.amount == 1000 * paid[0] + 10 * paid[1] + paid[2], name
            seen += 1
    assert seen > len(raw) / 2


def test_a_model_has_no_price_only_if_the_list_lacks_one_or_has_a_form_that_is_not_known(raw, prices):
    for name, entry in raw.items():
        found = prices.look_up(name)
        if isinstance(found, Unpriced) and name != "sample_spec":
            lacks = [part for part in ("input_cost_per_token", "output_cost_per_token") if part not in entry]
            assert any(f"`{part}`" in found.reason for part in lacks) or "form of prices" in found.reason, name


def test_above_a_threshold_the_higher_price_holds(raw, prices):
    name = "gemini/gemini-2.5-pro"
    long = {"call.model": name, "call.input_tokens": 200_001, "call.output_tokens": 1}
    higher = [raw[name][f"{side}_cost_per_token_above_200k_tokens"] for side in ("input", "output")]
    assert prices.settled(long).amount == 200_001 * higher[0] + higher[1]
