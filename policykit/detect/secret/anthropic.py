"""Anthropic keys."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.anthropic",
    title="Anthropic key",
    patterns=(r"\bsk-ant-(?:[a-z]{3,8}\d{2}-)?[0-9A-Za-z_-]{32,120}",),
)
