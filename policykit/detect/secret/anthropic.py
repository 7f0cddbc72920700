"""Anthropic keys."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.anthropic",
    title="Anthropic key",
    patterns=(r"sk-ant-(?:[a-z]{3,8}\d{2}-)?[0-9A-Za-z_-]{32,120}",),
    validate=is_key,
    beside=stands_alone,
)
