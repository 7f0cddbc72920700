"""A real excerpt of LiteLLM's list: every price as written, to the last digit."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from policykit.encoding.digest import digest_of_file
from policykit.guard import PriceTable
from policykit.pricing.entry import Unpriced

SHARED = Path(os.environ.get("POLICYKIT_SHARED", Path(__file__).parents[4] / "shared"))
SAMPLE = SHARED / "evidence-samples" / "litellm" / "model_prices_excerpt_1.109.1.json"


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not here")
def test_every_model_of_the_excerpt_has_its_price_or_is_known_to_have_none():
    prices = PriceTable.load(SAMPLE, digest=digest_of_file(SAMPLE))
    raw = json.loads(SAMPLE.read_text("utf-8"), parse_float=Decimal)
    without = {name for name in raw if isinstance(prices.look_up(name), Unpriced)}
    assert without == {"sample_spec", "whisper-1"}
    for name in raw.keys() - without:
        call = {"call.model": name, "call.input_tokens": 1000, "call.output_tokens": 10}
        output = raw[name]["output_cost_per_token"]
        expected = 1000 * raw[name]["input_cost_per_token"] + 10 * output
        assert prices.settled(call).amount == expected
    long = {"call.model": "gemini/gemini-2.5-pro", "call.input_tokens": 200_001, "call.output_tokens": 1}
    assert prices.settled(long).amount == 200_001 * Decimal("2.5e-06") + Decimal("1.5e-05")
