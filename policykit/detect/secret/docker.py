"""Docker Hub access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.docker",
    title="Docker Hub token",
    patterns=(r"dckr_(?:pat|oat)_[0-9A-Za-z_-]{27,32}",),
    validate=is_key,
    beside=stands_alone,
)
