"""Twilio API keys, and auth tokens after their name; account identifiers are no secrets."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.twilio",
    title="Twilio key",
    patterns=(
        r"\bSK[0-9a-f]{32}\b",
        r"(?i)\btwilio.{0,20}token[\"']?\s{0,3}[:=]\s{0,3}[\"']?([0-9a-f]{32})\b",
    ),
)
