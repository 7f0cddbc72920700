"""HashiCorp Vault and Terraform tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.vault",
    title="HashiCorp token",
    patterns=(
        r"hv[bsr]\.[0-9A-Za-z_-]{24,300}",
        r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}",
    ),
    validate=is_key,
    beside=stands_alone,
)
