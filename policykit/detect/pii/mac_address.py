"""Hardware addresses of network interfaces. Source: IEEE 802, EUI-48 in its three usual spellings."""

from __future__ import annotations

from policykit.detect.checksums import only_alphanumerics
from policykit.detect.model import Detector


def is_mac(text: str) -> bool:
    """Say whether it is the address of one interface: neither nobody's nor everybody's, and no plain number."""
    compact = only_alphanumerics(text)
    return len(set(compact)) > 1 and not ("." in text and compact.isdecimal())


DETECTOR = Detector(
    name="pii.mac_address",
    title="hardware address of a network interface",
    patterns=(
        r"(?i)(?:^|[^0-9a-f:-])([0-9a-f]{2}(?::[0-9a-f]{2}){5})(?:$|[^0-9a-f:])",
        r"(?i)(?:^|[^0-9a-f:-])([0-9a-f]{2}(?:-[0-9a-f]{2}){5})(?:$|[^0-9a-f-])",
        r"(?i)(?:^|[^0-9a-f.])([0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?:$|[^0-9a-f.]|\.(?:$|\s))",
    ),
    validate=is_mac,
)
