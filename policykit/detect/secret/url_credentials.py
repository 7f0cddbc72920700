"""Web addresses that hold a name and a password. Source: RFC 3986 section 3.2.1."""

from __future__ import annotations

from policykit.detect._placeholder import is_placeholder
from policykit.detect.model import Detector


def holds_password(text: str) -> bool:
    """Say whether the password is a value, not a variable of a template."""
    return not is_placeholder(text.rpartition("@")[0].rpartition(":")[2])


DETECTOR = Detector(
    name="secret.url_credentials",
    title="web address with a password",
    patterns=(r"(?i)https?://[^\s:/@\"'<>?#]{0,64}:[^\s@/\"'?#]{3,128}@[0-9a-z.-]{1,128}",),
    validate=holds_password,
)
