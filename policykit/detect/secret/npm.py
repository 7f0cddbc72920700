"""npm access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.npm",
    title="npm token",
    patterns=(r"\bnpm_[0-9A-Za-z]{36}\b",),
)
