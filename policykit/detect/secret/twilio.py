"""Twilio API keys, and auth tokens after their name; account identifiers are no secrets."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.twilio",
    title="Twilio key",
    patterns=(
        r"SK[0-9a-f]{32}",
        r"(?i)twilio.{0,20}token[\"']?\s{0,3}[:=]\s{0,3}[\"']?([0-9a-f]{32})(?:$|[^0-9a-z])",
    ),
    validate=is_key,
    beside=stands_alone,
)
