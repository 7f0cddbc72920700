"""Hugging Face tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.hugging_face",
    title="Hugging Face token",
    patterns=(r"(?:hf|api_org)_[0-9A-Za-z]{34}",),
    validate=is_key,
    beside=stands_alone,
)
