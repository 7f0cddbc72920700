"""Mailgun keys."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.mailgun",
    title="Mailgun key",
    patterns=(r"(?:^|[^A-Za-z])(key-[0-9a-f]{32})",),
    validate=is_key,
    beside=stands_alone,
)
