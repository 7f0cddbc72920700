"""HashiCorp Vault and Terraform tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.vault",
    title="HashiCorp token",
    patterns=(
        r"\bhv[bsr]\.[0-9A-Za-z_-]{24,300}",
        r"\b[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}",
    ),
)
