"""SendGrid keys."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.sendgrid",
    title="SendGrid key",
    patterns=(r"\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}",),
)
