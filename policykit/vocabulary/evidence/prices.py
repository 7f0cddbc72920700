"""The prices of models, as LiteLLM's price file lists them. An unknown price is not a price of zero."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Amount, Flag, Number, Text, Whole
from policykit.vocabulary.model import OpenElement

# fmt: off
_MODES = (
    "chat", "completion", "responses", "embedding", "image_generation", "audio_transcription", "audio_speech",
    "moderation", "rerank",
)
# fmt: on
"""Source: LiteLLM, `model_prices_and_context_window.json`, member `mode` of `sample_spec`."""


class Model(OpenElement):
    """The price of one model."""

    singular = "model"
    name: Annotated[Text, k.text("name of the model")] = None
    provider: Annotated[Text, k.text("provider of the model", standard="litellm_provider")] = None
    mode: Annotated[Text, k.text("use of the model, such as chat", standard="mode", usual=_MODES)] = None
    input_price: Annotated[Amount, k.amount("price of a million input tokens")] = None
    cached_input_price: Annotated[Amount, k.amount("price of a million input tokens read from a cache")] = None
    output_price: Annotated[Amount, k.amount("price of a million output tokens")] = None
    reasoning_price: Annotated[Amount, k.amount("price of a million reasoning tokens")] = None
    max_input_tokens: Annotated[Whole, k.count("number of input tokens that the model takes")] = None
    priced: Annotated[Flag, k.flag("price of the model is known")] = None
    retires_on: Annotated[
        Whole, k.day("day on which the provider withdraws the model", standard="deprecation_date")
    ] = None


class Prices(Run):
    """The prices of models."""

    kind = "prices"
    words = "the price list"

    models: Annotated[Whole, k.count("number of models in the list")] = None
    priced_models: Annotated[Whole, k.count("number of models with a price")] = None
    unpriced_models: Annotated[Whole, k.count("number of models without a price")] = None
    priced_rate: Annotated[Number, k.percent("share of models with a price")] = None
    earliest_retirement: Annotated[Whole, k.day("day on which the first model is withdrawn")] = None
    version: Annotated[Text, k.text("version or digest of the price list")] = None

    model_results: tuple[Model, ...] = ()
