"""Docker Hub access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.docker",
    title="Docker Hub token",
    patterns=(r"\bdckr_(?:pat|oat)_[0-9A-Za-z_-]{27,32}",),
)
