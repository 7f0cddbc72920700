"""PyPI API tokens, which are macaroons that begin with their host in base64."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.pypi",
    title="PyPI token",
    patterns=(r"pypi-AgE[0-9A-Za-z_-]{60,300}",),
    validate=is_key,
    beside=stands_alone,
)
