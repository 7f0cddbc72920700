"""Mailgun keys."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.mailgun",
    title="Mailgun key",
    patterns=(r"\bkey-[0-9a-f]{32}\b",),
)
