"""Shopify tokens and shared secrets."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.shopify",
    title="Shopify token",
    patterns=(r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",),
)
