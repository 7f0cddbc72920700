"""Brazilian taxpayer numbers (CPF), with their punctuation or after the word.

Source: Receita Federal, two check digits modulo 11.
"""

from __future__ import annotations

from policykit.detect._context import after, apart
from policykit.detect.checksums import only_digits, weighted_sum
from policykit.detect.model import Detector


def is_cpf(text: str) -> bool:
    """Say whether both check digits are right."""
    digits = only_digits(text)
    first = weighted_sum(digits[:9], range(10, 1, -1)) * 10 % 11 % 10
    second = weighted_sum(digits[:10], range(11, 1, -1)) * 10 % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


DETECTOR = Detector(
    name="pii.br_cpf",
    title="Brazilian taxpayer number",
    patterns=(
        apart(r"\d{3}\.\d{3}\.\d{3}-\d{2}"),
        after("cpf", r"\d{11}"),
    ),
    validate=is_cpf,
)
