"""Private keys in PEM armour and OpenPGP private key blocks, whole or cut. Source: RFC 7468, RFC 9580, age (C2SP)."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.private_key",
    title="private key",
    patterns=(
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----[^-]*-----END [A-Z0-9 ]{1,60}-----",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\[nr])*[0-9A-Za-z+/=]{16,})*",
        r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}",
    ),
)
