"""Amazon Web Services keys. Source: AWS IAM user guide, unique identifiers (prefixes AKIA, ASIA, ABIA, ACCA)."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.aws",
    title="Amazon Web Services key",
    patterns=(
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        r"(?i)\baws.{0,20}(?:secret|session).{0,20}[=:\s\"']{1,5}([a-z0-9/+]{40})(?:$|[^a-z0-9/+=])",
    ),
)
