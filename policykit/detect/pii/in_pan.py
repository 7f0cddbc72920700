"""Indian permanent account numbers of persons (fourth letter P). They have no published check.

Source: Income Tax Department, structure of PAN.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.model import Detector

DETECTOR = Detector(
    name="pii.in_pan",
    title="Indian permanent account number",
    patterns=(apart(r"[A-Z]{3}P[A-Z]\d{4}[A-Z]"),),
)
