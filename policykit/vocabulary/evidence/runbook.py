"""The runbooks: what to do when something fails, and whether it was tried."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Scenario(OpenElement):
    """One failure that a runbook is for."""

    singular = "scenario"
    name: Annotated[Text, k.text("name of the failure")] = None
    runbook: Annotated[Text, k.text("runbook for the failure")] = None
    owner: Annotated[Text, k.text("owner of the runbook")] = None
    escalation: Annotated[Text, k.text("person or team to escalate to")] = None
    fallback: Annotated[Text, k.text("fallback for the failure")] = None
    reviewed_on: Annotated[Whole, k.day("day on which the runbook was last reviewed")] = None
    rehearsed_on: Annotated[Whole, k.day("day on which the runbook was last rehearsed")] = None
    rehearsed_by_builder: Annotated[Flag, k.flag("rehearsal was done by the builder")] = None
    recovery_time: Annotated[Number, k.duration("time that the rehearsal took to recover")] = None


class Runbook(Run):
    """The runbooks."""

    kind = "runbook"
    words = "the runbooks"

    runbooks: Annotated[Whole, k.count("number of runbooks")] = None
    scenarios: Annotated[Texts, k.texts("failures that have a runbook")] = None
    rehearsed_rate: Annotated[Number, k.percent("share of runbooks that were rehearsed")] = None
    last_rehearsed_on: Annotated[Whole, k.day("day of the last rehearsal")] = None
    escalation_paths: Annotated[Whole, k.count("number of escalation paths")] = None
    incident_response: Annotated[Flag, k.flag("response to an incident at any hour is defined")] = None
    model_failure: Annotated[Flag, k.flag("response to a failure of the model is defined")] = None
    rollback: Annotated[Flag, k.flag("way back to the previous version is defined")] = None
    handed_over: Annotated[Flag, k.flag("people who run the system have taken the runbooks over")] = None

    scenario_results: tuple[Scenario, ...] = ()
