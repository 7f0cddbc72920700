"""OpenAI keys."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.openai",
    title="OpenAI key",
    patterns=(
        r"\bsk-(?:[a-z]{3,10}-)?[0-9A-Za-z_-]{16,100}T3BlbkFJ[0-9A-Za-z_-]{16,100}",
        r"\bsk-(?:proj|svcacct|admin)-[0-9A-Za-z_-]{40,200}",
    ),
)
