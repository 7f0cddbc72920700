"""PyPI API tokens, which are macaroons that begin with their host in base64."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.pypi",
    title="PyPI token",
    patterns=(r"\bpypi-AgE[0-9A-Za-z_-]{60,300}",),
)
