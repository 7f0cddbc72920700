"""Canadian social insurance numbers, with hyphens or after the word.

Source: Service Canada; Luhn; none begins with 0 or 8.
"""

from __future__ import annotations

from policykit.detect._context import after
from policykit.detect.checksums import luhn, only_digits
from policykit.detect.model import Detector


def is_sin(text: str) -> bool:
    """Say whether the last digit is right."""
    return luhn(only_digits(text))


DETECTOR = Detector(
    name="pii.ca_sin",
    title="Canadian social insurance number",
    patterns=(
        r"(?:^|[^0-9-])([1-79]\d{2}-\d{3}-\d{3})(?:$|[^0-9-])",
        after("sin|nas|social insurance", r"[1-79]\d{2}[ -]?\d{3}[ -]?\d{3}"),
    ),
    validate=is_sin,
)
