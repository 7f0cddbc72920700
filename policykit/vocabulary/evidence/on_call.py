"""Who is on call, as PagerDuty and Opsgenie show it."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Shift(OpenElement):
    """One person's turn."""

    singular = "shift"
    person: Annotated[Text, k.text("person on call")] = None
    level: Annotated[Whole, k.count("escalation level of the shift, 1 for the first")] = None
    schedule: Annotated[Text, k.text("schedule of the shift")] = None
    starts_at: Annotated[Number, k.instant("instant at which the shift begins")] = None
    ends_at: Annotated[Number, k.instant("instant at which the shift ends")] = None


class OnCall(Run):
    """Who is on call."""

    kind = "on_call"
    words = "the on-call rotation"

    people: Annotated[Whole, k.count("number of different people on call")] = None
    names: Annotated[Texts, k.texts("people on call")] = None
    levels: Annotated[Whole, k.count("number of escalation levels")] = None
    schedules: Annotated[Whole, k.count("number of schedules")] = None
    covered_now: Annotated[Flag, k.flag("rotation is staffed now")] = None
    covered_until: Annotated[Number, k.instant("instant until which somebody is on call without a gap")] = None
    covered_ahead: Annotated[Number, k.duration("time ahead for which somebody is on call without a gap")] = None
    coverage: Annotated[Number, k.percent("share of the week in which somebody is on call")] = None
    gaps: Annotated[Whole, k.count("number of gaps in the schedule")] = None
    response_time: Annotated[Number, k.duration("time within which the person on call answers")] = None
    includes_builders: Annotated[Flag, k.flag("people who built the system take turns")] = None

    shifts: tuple[Shift, ...] = ()
