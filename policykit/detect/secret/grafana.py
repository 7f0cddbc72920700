"""Grafana service account and cloud tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.grafana",
    title="Grafana token",
    patterns=(
        r"glsa_[0-9A-Za-z]{32}_[0-9a-fA-F]{8}",
        r"glc_[0-9A-Za-z+/]{32,400}={0,2}",
    ),
    validate=is_key,
    beside=stands_alone,
)
