"""Google API keys, OAuth client secrets and access tokens."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.gcp",
    title="Google API key or token",
    patterns=(
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bGOCSPX-[0-9A-Za-z_-]{28}",
        r"\bya29\.[0-9A-Za-z_-]{30,300}",
    ),
)
