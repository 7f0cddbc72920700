"""Telegram bot tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.telegram",
    title="Telegram bot token",
    patterns=(r"(?:^|[^0-9])(\d{8,10}:AA[0-9A-Za-z_-]{33})",),
    validate=is_key,
    beside=stands_alone,
)
