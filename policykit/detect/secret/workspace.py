"""Keys of work tools: Notion, Linear, Airtable, Asana, Atlassian, Figma."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.workspace",
    title="key of a work tool",
    patterns=(
        r"ntn_[0-9A-Za-z]{40,50}",
        r"lin_api_[0-9A-Za-z]{40}",
        r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}",
        r"ATATT3[0-9A-Za-z_=-]{100,250}",
        r"figd_[0-9A-Za-z_-]{40,50}",
    ),
    validate=is_key,
    beside=stands_alone,
)
