"""Slack tokens and incoming webhooks."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.slack",
    title="Slack token or webhook",
    patterns=(
        r"\bxox[abeprs]-(?:\d-)?[0-9A-Za-z-]{20,250}",
        r"\bxapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{32,80}",
        r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z/_+-]{20,100}",
    ),
)
