"""Slack tokens and incoming webhooks."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.slack",
    title="Slack token or webhook",
    patterns=(
        r"xox[abeprs]-(?:\d-)?[0-9A-Za-z-]{20,250}",
        r"xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{32,80}",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z/_+-]{20,100}",
    ),
    validate=is_key,
    beside=stands_alone,
)
