"""The incidents of a period, as incident trackers export them."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole
from policykit.vocabulary.model import OpenElement


class Case(OpenElement):
    """One incident."""

    singular = "incident"
    id: Annotated[Text, k.text("identifier of the incident")] = None
    severity: Annotated[Text, k.text("severity of the incident")] = None
    opened_at: Annotated[Number, k.instant("instant at which the incident began")] = None
    resolved: Annotated[Flag, k.flag("incident is resolved")] = None
    reviewed: Annotated[Flag, k.flag("incident was reviewed afterwards")] = None
    noticed_by: Annotated[Text, k.one_of("way in which the incident was noticed", "alert", "user", "review")] = None
    time_to_notice: Annotated[Number, k.duration("time until the incident was noticed")] = None
    time_to_resolve: Annotated[Number, k.duration("time until the incident was resolved")] = None


class Incident(Run):
    """The incidents of a period."""

    kind = "incident"
    words = "the incidents of the period"

    period: Annotated[Number, k.duration("length of the period")] = None
    incidents: Annotated[Whole, k.count("number of incidents")] = None
    open_incidents: Annotated[Whole, k.count("number of incidents that are not resolved")] = None
    severe_incidents: Annotated[Whole, k.count("number of severe incidents")] = None
    noticed_by_users: Annotated[Whole, k.count("number of incidents that users noticed first")] = None
    mean_time_to_notice: Annotated[Number, k.duration("mean time until an incident was noticed")] = None
    mean_time_to_resolve: Annotated[Number, k.duration("mean time until an incident was resolved")] = None
    reviewed_rate: Annotated[Number, k.percent("share of incidents that were reviewed afterwards")] = None

    incident_results: tuple[Case, ...] = ()
