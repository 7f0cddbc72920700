"""Google API keys, OAuth client secrets and access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.gcp",
    title="Google API key or token",
    patterns=(
        r"AIza[0-9A-Za-z_-]{35}",
        r"GOCSPX-[0-9A-Za-z_-]{28}",
        r"ya29\.[0-9A-Za-z_-]{30,300}",
    ),
    validate=is_key,
    beside=stands_alone,
)
