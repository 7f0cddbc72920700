"""Keys of work tools: Notion, Linear, Airtable, Asana, Atlassian, Figma."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.workspace",
    title="key of a work tool",
    patterns=(
        r"\bntn_[0-9A-Za-z]{40,50}\b",
        r"\blin_api_[0-9A-Za-z]{40}\b",
        r"\bpat[0-9A-Za-z]{14}\.[0-9a-f]{64}\b",
        r"\bATATT3[0-9A-Za-z_=-]{100,250}",
        r"\bfigd_[0-9A-Za-z_-]{40,50}",
    ),
)
