"""Telegram bot tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.telegram",
    title="Telegram bot token",
    patterns=(r"\b\d{8,10}:AA[0-9A-Za-z_-]{33}(?:$|[^0-9A-Za-z_-])",),
)
