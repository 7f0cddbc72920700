"""Microsoft Azure storage keys and Entra client secrets."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.azure",
    title="Microsoft Azure key",
    patterns=(
        r"(?i)\b(?:AccountKey|SharedAccessKey)=[a-z0-9+/]{42,86}={1,2}",
        r"(?:^|[^0-9A-Za-z_~.-])([0-9A-Za-z_~.-]{3}\dQ~[0-9A-Za-z_~.-]{31,34})(?:$|[^0-9A-Za-z_~.-])",
    ),
)
