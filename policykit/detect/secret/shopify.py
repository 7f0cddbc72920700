"""Shopify tokens and shared secrets."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.shopify",
    title="Shopify token",
    patterns=(r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",),
    validate=is_key,
    beside=stands_alone,
)
