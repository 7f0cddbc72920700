"""What calls cost by a price list: exactly what it says, and unknown where it does not say."""

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pytest

from policykit.encoding.digest import digest_of_file
from policykit.errors import PricesError
from policykit.guard import ExchangeRate, PriceTable
from policykit.pricing import reading
from policykit.pricing.entry import Unpriced
from policykit.vocabulary.types import Money
from tests.unit.pricing.lists import TEXT, table, write


def facts(model="m-1", **tokens):
    return {"call.model": model, **{f"call.{name}": value for name, value in tokens.items()}}


def used(model, input_tokens, output_tokens, **parts):
    return facts(model, input_tokens=input_tokens, output_tokens=output_tokens, **parts)


def code_of(load):
    with pytest.raises(PricesError) as caught:
        load()
    (found,) = caught.value.diagnostics
    return found


# --- the pin ----------------------------------------------------------------------------------------------------------


def test_a_list_without_a_digest_is_refused_and_the_error_says_the_digest(tmp_path):
    path = write(tmp_path)
    found = code_of(lambda: PriceTable.load(path))
    assert found.code == "PK365"
    assert digest_of_file(path) in found.help


def test_another_list_than_the_pinned_one_is_refused_before_it_is_read(tmp_path):
    path = write(tmp_path)
    pinned = digest_of_file(path)
    path.write_text("not JSON")
    found = code_of(lambda: PriceTable.load(path, digest=pinned))
    assert (found.code, found.expected, found.got) == ("PK366", f"`{pinned}`", f"`{digest_of_file(path)}`")
    assert "policykit prices show" in found.help


@pytest.mark.parametrize("digest", ["sha256:abc", "SHA256:" + "0" * 64, "0" * 64, "sha256:" + "0" * 64 + "\n"])
def test_what_is_no_digest_pins_nothing(tmp_path, digest):
    assert code_of(lambda: PriceTable.load(write(tmp_path), digest=digest)).code == "PK366"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "PK010"),
        ("{", "PK010"),
        ("[1]", "PK367"),
        ("{}", "PK367"),
        ('{"sample_spec": {}}', "PK367"),
        ('{"m": {"input_cost_per_token": NaN}}', "PK014"),
        ('{"m": {"input_cost_per_token": 1, "input_cost_per_token": 2}}', "PK011"),
        ('{"m": 1, "m": 2}', "PK011"),
        ('{"m": {"input_cost_per_token": ' + "1" * 300 + "}}", "PK013"),
        ('{"m": {"input_cost_per_token": 1e-9999999}}', "PK013"),
        ('{"m": ' + "[" * 100 + "]" * 100 + "}", "PK012"),
        (b'{"m\xff": {}}', "PK005"),
        (b"\xff\xfe{\x00}\x00", "PK005"),
    ],
)
def test_a_file_that_means_two_things_or_none_is_refused(tmp_path, text, code):
    found = code_of(lambda: table(tmp_path, text))
    assert found.code == code
    assert "prices.json" in found.where()


def test_what_is_no_file_or_too_large_is_refused_without_being_read(tmp_path, monkeypatch):
    assert code_of(lambda: PriceTable.load(tmp_path / "none.json", digest="")).code == "PK001"
    assert code_of(lambda: PriceTable.load(tmp_path, digest="")).code == "PK002"
    os.mkfifo(tmp_path / "pipe")
    assert code_of(lambda: PriceTable.load(tmp_path / "pipe", digest="")).code == "PK002"
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert code_of(lambda: table(tmp_path)).code == "PK004"


# --- entries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        '"m"', "null", "[]", "3",
        '{"output_cost_per_token": 1e-06, "mode": "chat"}',
        '{"input_cost_per_token": 1e-06, "mode": "chat"}',
        '{"input_cost_per_token": null, "output_cost_per_token": 1e-06}',
        '{"input_cost_per_token": "1e-06", "output_cost_per_token": 1e-06}',
        '{"input_cost_per_token": true, "output_cost_per_token": 1e-06}',
        '{"input_cost_per_token": -1e-06, "output_cost_per_token": 1e-06}',
        '{"input_cost_per_token": 1e-90, "output_cost_per_token": 1e-06}',
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": [1]}',
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "cache_read_input_token_cost": "x"}',
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "output_cost_per_token_above_1k_tokens": -1}',
        '{"input_cost_per_token": 1, "output_cost_per_token": 1, "input_cost_per_token_above_1k_tokens": 2, "output_cost_per_token_above_1000_tokens": 2}',
        '{"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "tiered_pricing": [{"range": [0, 10]}]}',
    ],
)  # fmt: skip
def test_an_entry_that_is_not_understood_makes_its_model_unknown_and_no_other(tmp_path, entry):
    prices = table(tmp_path, f'{{"odd": {entry}, "m-1": {{"input_cost_per_token": 1, "output_cost_per_token": 1}}}}')
    assert isinstance(prices.look_up("odd"), Unpriced)
    assert prices.settled(used("odd", 1, 1)) is None
    assert prices.estimate(used("odd", 1, 1) | facts("odd", max_output_tokens=1)) is None
    assert prices.settled(used("m-1", 1, 1)) == Money(2, "USD")


def test_a_model_is_free_only_where_the_list_says_so(tmp_path):
    prices = table(tmp_path)
    assert prices.settled(used("free", 10, 10)) == Money(0, "USD")
    assert prices.settled(used("whisper", 10, 10)) is None
    assert prices.settled(used("sample_spec", 10, 10)) is None


def test_names_are_looked_up_with_the_provider_then_alone_and_never_guessed(tmp_path):
    prices = table(tmp_path)
    assert prices.settled(used("m-1", 1, 0, provider="azure")) == Money(Decimal("0.000007"), "USD")
    assert prices.settled(used("m-1", 1, 0, provider="openai")) == Money(Decimal("0.000001"), "USD")
    assert prices.settled(used("azure/m-1", 1, 0)) == Money(Decimal("0.000007"), "USD")
    for name in ("m-1-2026-08-07", "m", "M-1", "m-1 ", "", None, 7):
        assert prices.settled(used(name, 1, 0)) is None


def test_the_model_that_answered_is_priced_where_the_list_has_it(tmp_path):
    prices = table(tmp_path)
    assert prices.settled(used("m-1", 1, 0, response_model="free")) == Money(0, "USD")
    assert prices.settled(used("m-1", 1, 0, response_model="m-1-2026")) == Money(Decimal("0.000001"), "USD")


# --- kinds of tokens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "cost"),
    [
        (used("m-1", 1_000, 500), "0.003"),
        (used("m-1", 1_000, 500, cached_tokens=1_000, reasoning_tokens=500), "0.003"),
        (used("cached", 1_000, 0, cached_tokens=900), "0.00057"),
        (used("cached", 1_000, 0, cached_tokens=0, cache_write_tokens=1_000), "0.006"),
        (used("thinker", 0, 100, reasoning_tokens=60), "0.00038"),
        (used("stepped", 128_000, 10), "0.1281"),
        (used("stepped", 128_001, 10), "0.256202"),
        (used("stepped", 128_001, 10, cached_tokens=128_001), "0.0130001"),
        (used("stepped", 1_000_001, 10), "3.000203"),
        (used("embedder", 100, None), "0.000002"),
        (used("fee", 0, 1), "0.005001"),
    ],
)
def test_each_kind_of_token_has_its_price(tmp_path, found, cost):
    assert table(tmp_path).settled(found) == Money(Decimal(cost), "USD")


@pytest.mark.parametrize(
    "found",
    [
        used("m-1", None, 5), used("m-1", 5, None), used("m-1", -1, 5), used("m-1", 5, "5"), used("m-1", True, 5),
        used("m-1", 10**13, 1), used("m-1", 5, 5, cached_tokens=6), used("m-1", 5, 5, reasoning_tokens=6),
        used("m-1", 5, 5, cached_tokens="x"), used("m-1", 5, 5, cache_write_tokens=1), used("embedder", 5, 5),
    ],
)  # fmt: skip
def test_tokens_that_are_not_known_or_cannot_be_leave_the_cost_unknown(tmp_path, found):
    assert table(tmp_path).settled(found) is None


# --- estimates --------------------------------------------------------------------------------------------------------


def test_an_estimate_needs_a_bound_of_the_input_and_of_the_output(tmp_path):
    prices = table(tmp_path)
    assert prices.estimate(facts(input_tokens=10, max_output_tokens=5)) == Money(Decimal("0.00003"), "USD")
    assert prices.estimate(facts(input_tokens=10)) == Money(Decimal("0.00041"), "USD"), "the list's own limit"
    assert prices.estimate(facts(input_tokens=10, max_output_tokens=5, choices=3)) == Money(Decimal("0.00007"), "USD")
    assert prices.estimate(facts("cached", input_tokens=10)) is None, "no limit of the output"
    assert prices.estimate(facts(max_output_tokens=5)) is None, "no text, and no limit of the input"
    assert prices.estimate(facts(max_output_tokens=5, text=object())) is None
    assert prices.estimate(facts(input_tokens="ten", max_output_tokens=5)) is None
    assert prices.estimate({"call.text": "x", "call.max_output_tokens": 1}) is None, "no model"


def test_a_text_has_no_more_tokens_than_bytes_and_what_frames_it(tmp_path):
    prices = table(tmp_path)
    for text, tokens in (("four", 4 + 64 + 8), ("é\n🙂", 7 + 64 + 16), ("", 64 + 8), ("\ud800", 3 + 64 + 8)):
        assert prices.estimate(facts(text=text, max_output_tokens=0)) == Money(Decimal(tokens).scaleb(-6), "USD")
    both = prices.estimate(facts(text="four", instructions="more", max_output_tokens=0))
    assert both == Money(Decimal(4 + 1 + 4 + 64 + 16).scaleb(-6), "USD")
    assert prices.estimate(facts(text="four", prompt="", max_output_tokens=0)) == Money(Decimal("0.000076"), "USD")
    assert prices.estimate(facts(text="four", prompt=object(), max_output_tokens=0)) is None
    assert prices.estimate(facts(text="four\nmore", instructions="more", max_output_tokens=0)) == both


def test_a_deployments_own_count_takes_the_place_of_bytes(tmp_path):
    prices = table(tmp_path, tokens=lambda text, model: len(text.split()) if model == "m-1" else -1)
    assert prices.estimate(facts(text="two words", max_output_tokens=0)) == Money(Decimal("0.000074"), "USD")
    assert prices.estimate(facts("free", text="two words", max_output_tokens=0)) is None


def test_tools_of_unknown_size_may_fill_the_context_window(tmp_path):
    call = facts("stepped", text="x", max_output_tokens=0, tools=("ledger",))
    assert table(tmp_path).estimate(call) == Money(Decimal("0.4"), "USD")
    assert table(tmp_path, other_tokens=27).estimate(call) == Money(Decimal("0.0001"), "USD")
    assert table(tmp_path).estimate(call | {"call.model": "m-1"}) is None


# --- currencies -------------------------------------------------------------------------------------------------------

DAY = date(2026, 11, 20)


def test_another_currency_needs_a_rate_which_is_exact_and_stated(tmp_path):
    rate = ExchangeRate("EUR", "0.91", as_of=DAY, source="the treasurer")
    prices = table(tmp_path, rate=rate)
    assert prices.settled(used("m-1", 1, 1)) == Money(Decimal("0.00000455"), "EUR")
    assert prices.settled(used("fee", 0, 0)) == Money(Decimal("0.00455"), "EUR")
    stated = {"currency": "EUR", "rate": "0.91", "as_of": "2026-11-20", "source": "the treasurer"}
    assert prices.stated == {"digest": digest_of_file(tmp_path / "prices.json"), "currency": "USD", "rate": stated}


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "inf", "1,5", "", "0.9100" + "1" * 80, 0.91, None])
def test_a_rate_that_is_not_exact_or_not_positive_is_refused(rate):
    assert code_of(lambda: ExchangeRate("EUR", rate, as_of=DAY, source="x")).code == "PK370"


def test_a_rate_without_day_source_or_currency_is_refused(tmp_path):
    assert code_of(lambda: ExchangeRate("EUR", "1", as_of=None, source="x")).code == "PK370"
    assert code_of(lambda: ExchangeRate("EUR", "1", as_of=DAY, source=" ")).code == "PK370"
    assert code_of(lambda: ExchangeRate("EURO", "1", as_of=DAY, source="x")).code == "PK371"
    assert code_of(lambda: table(tmp_path, currency="usd")).code == "PK371"
    assert code_of(lambda: table(tmp_path, other_tokens=-1)).code == "PK371"


# --- the house --------------------------------------------------------------------------------------------------------


def test_prices_wait_for_neither_pydantic_nor_evidence(tmp_path):
    path = write(tmp_path)
    program = (
        "import sys; from policykit.guard import PriceTable;"
        f"PriceTable.load({str(path)!r}, digest={digest_of_file(path)!r}).look_up('m-1');"
        "print([m for m in sys.modules if m.startswith(('pydantic', 'lark', 'yaml', 'policykit.evidence'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_test_list_is_the_one_that_litellm_would_write():
    assert json.loads(TEXT).keys() >= {"sample_spec", "m-1"}
