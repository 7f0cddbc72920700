"""GitHub tokens. Source: GitHub documentation, token prefixes."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.github",
    title="GitHub token",
    patterns=(
        r"\bgh[pousr]_[0-9A-Za-z]{36,255}",
        r"\bgithub_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
    ),
)
