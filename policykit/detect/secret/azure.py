"""Microsoft Azure storage keys and Entra client secrets."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.azure",
    title="Microsoft Azure key",
    patterns=(
        r"(?i)(?:AccountKey|SharedAccessKey)=[a-z0-9+/]{42,86}={1,2}",
        r"[0-9A-Za-z_~.-]{3}\dQ~[0-9A-Za-z_~.-]{31,34}",
    ),
    validate=is_key,
    beside=stands_alone,
)
