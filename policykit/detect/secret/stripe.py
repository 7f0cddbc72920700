"""Stripe secret and restricted keys and webhook secrets; publishable keys are no secrets."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.stripe",
    title="Stripe key",
    patterns=(
        r"[rs]k_(?:live|test|prod)_[0-9A-Za-z]{16,247}",
        r"whsec_[0-9A-Za-z+/]{32,64}",
    ),
    validate=is_key,
    beside=stands_alone,
)
