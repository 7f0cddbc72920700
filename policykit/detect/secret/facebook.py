"""Facebook access tokens. Source: the forms that gitleaks 8.30 holds."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.facebook",
    title="Facebook token",
    patterns=(
        r"EAA[MC][0-9A-Za-z]{100,400}",
        r"(?:^|[^0-9])(\d{15,16}[|][0-9A-Za-z_-]{27,40})",
    ),
    validate=is_key,
    beside=stands_alone,
)
