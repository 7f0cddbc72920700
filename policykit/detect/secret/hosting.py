"""Keys of hosting services: Fly.io, Heroku. Source: the forms that gitleaks 8.30 holds."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.hosting",
    title="key of a hosting service",
    patterns=(
        r"fo1_[0-9A-Za-z_-]{43}",
        r"fm(?:1[ar]|2)_[0-9A-Za-z+/]{100,580}={0,3}",
        r"HRKU-AA[0-9A-Za-z_-]{58}",
    ),
    validate=is_key,
    beside=stands_alone,
)
