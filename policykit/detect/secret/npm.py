"""npm access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.npm",
    title="npm token",
    patterns=(r"npm_[0-9A-Za-z]{36}",),
    validate=is_key,
    beside=stands_alone,
)
