"""IPv6 addresses. Source: RFC 4291 section 2.2."""

from __future__ import annotations

from policykit.detect.model import Detector


def is_address(text: str) -> bool:
    """Say whether it is an address, and not a piece of code such as `a::b`."""
    from ipaddress import ip_address

    try:
        address = ip_address(text)
    except ValueError:
        return False
    return len(text.replace(":", "")) >= 7 and not address.is_loopback


DETECTOR = Detector(
    name="pii.ipv6",
    title="IPv6 address",
    patterns=(
        r"(?i)(?:^|[^0-9a-z:.])((?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})(?:$|[^0-9a-z:])",
        r"(?i)(?:^|[^0-9a-z:.])((?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?)(?:$|[^0-9a-z:])",
    ),
    validate=is_address,
)
