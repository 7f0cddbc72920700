"""An assessment of controls, as OSCAL assessment results state it.

Source: NIST OSCAL 1.1 assessment-results; `satisfied` and `not-satisfied` are its two states of an objective.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Finding(OpenElement):
    """One control that was assessed."""

    singular = "finding"
    control: Annotated[Text, k.text("control that was assessed", standard="finding.target.target-id")] = None
    state: Annotated[
        Text, k.one_of("state of the control", "satisfied", "not-satisfied", standard="finding.target.status.state")
    ] = None
    collected_at: Annotated[
        Number, k.instant("instant at which the observation was made", standard="observation.collected")
    ] = None
    expires_at: Annotated[
        Number, k.instant("instant at which the observation runs out", standard="observation.expires")
    ] = None


class Risk(OpenElement):
    """One risk that the assessment found."""

    singular = "risk"
    id: Annotated[Text, k.text("identifier of the risk")] = None
    status: Annotated[Text, k.text("status of the risk", standard="risk.status")] = None
    deadline: Annotated[Number, k.instant("instant by which the risk must be treated", standard="risk.deadline")] = None


class Control(Run):
    """An assessment of controls."""

    kind = "control"
    words = "the assessment of controls"

    framework: Annotated[Text, k.text("framework of the controls")] = None
    controls: Annotated[Whole, k.count("number of controls that were assessed")] = None
    satisfied: Annotated[Whole, k.count("number of controls that are satisfied")] = None
    not_satisfied: Annotated[Whole, k.count("number of controls that are not satisfied")] = None
    satisfied_rate: Annotated[Number, k.percent("share of assessed controls that are satisfied")] = None
    expired: Annotated[Whole, k.count("number of observations that have run out")] = None
    open_risks: Annotated[Whole, k.count("number of risks that are open")] = None
    assessors: Annotated[Texts, k.texts("parties that made the assessment")] = None
    earliest_expiry: Annotated[Number, k.instant("instant at which the first observation runs out")] = None

    findings: tuple[Finding, ...] = ()
    risks: tuple[Risk, ...] = ()
