"""DigitalOcean tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.digitalocean",
    title="DigitalOcean token",
    patterns=(r"\bdo[opr]_v1_[0-9a-f]{64}\b",),
)
