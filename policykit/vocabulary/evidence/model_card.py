"""What is on record about a model: origin, training data, limits, licence.

Source: Mitchell et al., "Model Cards for Model Reporting" (2019); EU AI Act, annex XI, for the training data.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Text, Texts, Whole


class ModelCard(Run):
    """What is on record about a model."""

    kind = "model_card"
    words = "the model card"

    model: Annotated[Text, k.text("name of the model")] = None
    version: Annotated[Text, k.text("version of the model")] = None
    provider: Annotated[Text, k.text("provider of the model")] = None
    base_model: Annotated[Text, k.text("model that it was made from")] = None
    licence: Annotated[Text, k.text("licence of the model")] = None
    training_data: Annotated[Texts, k.texts("data sets that the model was trained on")] = None
    training_data_described: Annotated[Flag, k.flag("training data is described")] = None
    training_cutoff: Annotated[Whole, k.day("day up to which the training data reaches")] = None
    intended_use: Annotated[Text, k.text("use that the model is meant for")] = None
    limitations: Annotated[Texts, k.texts("known limits of the model")] = None
    languages: Annotated[Texts, k.texts("languages of the model")] = None
    trains_on_inputs: Annotated[Flag, k.flag("provider trains on what is sent to the model")] = None
    retires_on: Annotated[Whole, k.day("day on which the provider withdraws the model")] = None
