"""Service level objectives and how they stand, as OpenSLO and Prometheus state them.

Source: OpenSLO v1; error budget as in "Site Reliability Engineering", chapter 3.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole
from policykit.vocabulary.model import OpenElement


class Objective(OpenElement):
    """One objective."""

    singular = "objective"
    name: Annotated[Text, k.text("name of the objective")] = None
    service: Annotated[Text, k.text("service of the objective")] = None
    indicator: Annotated[Text, k.text("indicator that is measured")] = None
    target: Annotated[Number, k.percent("target of the objective")] = None
    actual: Annotated[Number, k.percent("level that was reached")] = None
    window: Annotated[Number, k.duration("window of the objective")] = None
    met: Annotated[Flag, k.flag("objective is met")] = None
    error_budget_left: Annotated[Number, k.percent("share of the error budget that is left")] = None


class Slo(Run):
    """Service level objectives."""

    kind = "slo"
    words = "the service level objectives"

    objectives: Annotated[Whole, k.count("number of objectives")] = None
    measured: Annotated[Whole, k.count("number of objectives with data")] = None
    met: Annotated[Whole, k.count("number of objectives that are met")] = None
    missed: Annotated[Whole, k.count("number of objectives that are missed")] = None
    met_rate: Annotated[Number, k.percent("share of measured objectives that are met")] = None
    lowest_error_budget_left: Annotated[Number, k.percent("lowest share of an error budget that is left")] = None
    services: Annotated[Whole, k.count("number of services with an objective")] = None

    objective_results: tuple[Objective, ...] = ()
