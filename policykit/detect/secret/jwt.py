"""Signed JSON web tokens. Source: RFC 7519, RFC 7515 section 7.1; `eyJ` is `{` and a quote in base64url."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.jwt",
    title="JSON web token",
    patterns=(r"eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{16,}",),
)
