"""Stripe secret and restricted keys and webhook secrets; publishable keys are no secrets."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.stripe",
    title="Stripe key",
    patterns=(
        r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,247}",
        r"\bwhsec_[0-9A-Za-z+/]{32,64}",
    ),
)
