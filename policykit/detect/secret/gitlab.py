"""GitLab tokens. Source: GitLab documentation, token prefixes."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.gitlab",
    title="GitLab token",
    patterns=(
        r"gl(?:pat|dt|rt|ptt|ft|soat|cbt|oas|agent|imt|ffct)-[0-9A-Za-z_-]{20,300}",
        r"GR1348941[0-9A-Za-z_-]{20}",
    ),
    validate=is_key,
    beside=stands_alone,
)
