"""OpenAI keys."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.openai",
    title="OpenAI key",
    patterns=(
        r"sk-(?:[a-z]{3,10}-)?[0-9A-Za-z_-]{16,100}T3BlbkFJ[0-9A-Za-z_-]{16,100}",
        r"sk-(?:proj|svcacct|admin)-[0-9A-Za-z_-]{40,200}",
    ),
    validate=is_key,
    beside=stands_alone,
)
