"""What is there to see the system with: logs, traces, dashboards and alerts."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Alert(OpenElement):
    """One alerting rule."""

    singular = "alert"
    name: Annotated[Text, k.text("name of the alert")] = None
    signal: Annotated[Text, k.text("signal that the alert watches, such as accuracy")] = None
    severity: Annotated[Text, k.text("severity of the alert")] = None
    pages: Annotated[Flag, k.flag("alert pages a person")] = None
    healthy: Annotated[Flag, k.flag("alert was evaluated without an error")] = None
    has_runbook: Annotated[Flag, k.flag("alert links to a runbook")] = None
    delay: Annotated[Number, k.duration("time from the breach to the alert")] = None
    last_tested_at: Annotated[Number, k.instant("instant at which the alert was last tried out")] = None


class Observability(Run):
    """Logs, traces, dashboards and alerts."""

    kind = "observability"
    words = "the observability set-up"

    structured_logs: Annotated[Flag, k.flag("logs are structured")] = None
    traces: Annotated[Flag, k.flag("system leaves a trace of every call")] = None
    retention: Annotated[Number, k.duration("time for which logs are kept")] = None
    dashboards: Annotated[Whole, k.count("number of dashboards")] = None
    signals: Annotated[Texts, k.texts("signals that are recorded, such as latency")] = None
    alerts: Annotated[Whole, k.count("number of alerts")] = None
    paging_alerts: Annotated[Whole, k.count("number of alerts that page a person")] = None
    unhealthy_alerts: Annotated[Whole, k.count("number of alerts that cannot be evaluated")] = None
    alerts_with_runbook_rate: Annotated[Number, k.percent("share of alerts that link to a runbook")] = None
    regression_alert: Annotated[Flag, k.flag("alert for a loss of quality is set up")] = None
    drift_alert: Annotated[Flag, k.flag("alert for drift is set up")] = None
    cost_alert: Annotated[Flag, k.flag("alert for spend is set up")] = None
    detection_time: Annotated[Number, k.duration("time within which a loss of quality is noticed")] = None
    user_feedback: Annotated[Flag, k.flag("feedback from users is recorded as data")] = None

    alert_rules: tuple[Alert, ...] = ()
