"""DigitalOcean tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.digitalocean",
    title="DigitalOcean token",
    patterns=(r"do[opr]_v1_[0-9a-f]{64}",),
    validate=is_key,
    beside=stands_alone,
)
