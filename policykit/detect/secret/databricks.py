"""Databricks tokens."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.databricks",
    title="Databricks token",
    patterns=(r"dapi[0-9a-f]{32}(?:-\d)?",),
    validate=is_key,
    beside=stands_alone,
)
