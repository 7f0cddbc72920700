"""Keys of tools for developers: Sentry, Sourcegraph, 1Password. Source: the forms that gitleaks 8.30 holds."""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.developer_tool",
    title="key of a developer tool",
    patterns=(
        r"sntrys_eyJ[0-9A-Za-z+/=]{30,500}_[0-9A-Za-z+/]{43}",
        r"sntryu_[0-9a-f]{64}",
        r"sgp_(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}",
        r"ops_eyJ[0-9A-Za-z+/]{100,580}={0,3}",
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    ),
    validate=is_key,
    beside=stands_alone,
)
