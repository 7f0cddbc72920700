"""Grafana service account and cloud tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.grafana",
    title="Grafana token",
    patterns=(
        r"\bglsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8}\b",
        r"\bglc_[0-9A-Za-z+/]{32,400}={0,2}",
    ),
)
