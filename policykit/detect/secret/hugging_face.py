"""Hugging Face tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.hugging_face",
    title="Hugging Face token",
    patterns=(r"\b(?:hf|api_org)_[0-9A-Za-z]{34}\b",),
)
