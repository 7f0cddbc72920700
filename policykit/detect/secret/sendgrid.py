"""SendGrid keys."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.sendgrid",
    title="SendGrid key",
    patterns=(r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}",),
    validate=is_key,
    beside=stands_alone,
)
