"""IPv4 addresses of hosts that may belong to a person. Source: RFC 791; special ranges from RFC 6890."""

from __future__ import annotations

from policykit.detect.model import Detector


def is_host(text: str) -> bool:
    """Say whether four numbers are an address, and not loopback, a network mask, multicast or reserved."""
    parts = text.split(".")
    if any(int(part) > 255 or (len(part) > 1 and part.startswith("0")) for part in parts):
        return False
    return 0 < int(parts[0]) < 224 and parts[0] != "127" and parts[1:] != ["0", "0", "0"]


DETECTOR = Detector(
    name="pii.ipv4",
    title="IPv4 address",
    patterns=(r"(?:^|[^0-9A-Za-z.])((?:\d{1,3}\.){3}\d{1,3})(?:$|[^0-9A-Za-z.]|\.(?:$|[^0-9A-Za-z]))",),
    validate=is_host,
)
