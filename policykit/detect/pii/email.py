"""E-mail addresses as people write them, without quoted local parts. Source: lengths from RFC 5321 section 4.5.3.1."""

from __future__ import annotations

from policykit.detect.model import Detector

_LOCAL = r"[a-z0-9][a-z0-9._%+'-]{0,63}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"

DETECTOR = Detector(
    name="pii.email",
    title="e-mail address",
    patterns=(rf"(?i)(?:^|[^a-z0-9._%+'-])({_LOCAL}@(?:{_LABEL}\.){{1,8}}[a-z]{{2,24}})\b",),
)
