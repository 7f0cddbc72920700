"""GitHub tokens. Source: GitHub documentation, token prefixes."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.github",
    title="GitHub token",
    patterns=(
        r"gh[pousr]_[0-9A-Za-z]{36,255}",
        r"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
    ),
    validate=is_key,
    beside=stands_alone,
)
