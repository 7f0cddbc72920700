"""Databricks tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.databricks",
    title="Databricks token",
    patterns=(r"\bdapi[0-9a-f]{32}(?:-\d)?\b",),
)
