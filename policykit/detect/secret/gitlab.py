"""GitLab tokens. Source: GitLab documentation, token prefixes."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.gitlab",
    title="GitLab token",
    patterns=(
        r"\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|oas|agent|imt|ffct)-[0-9A-Za-z_-]{20,300}",
        r"\bGR1348941[0-9A-Za-z_-]{20}",
    ),
)
