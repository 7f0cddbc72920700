"""Addresses of chat webhooks, which whoever knows them can write to: Discord, Microsoft Teams.

Source: Discord developer documentation, webhook resource; Microsoft Learn, incoming webhooks.
"""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.webhook",
    title="address of a chat webhook",
    patterns=(
        r"discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{17,20}/[0-9A-Za-z_-]{60,80}",
        r"[0-9A-Za-z-]{1,63}\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36}(?:/[0-9A-Za-z_-]{1,64})?",
    ),
    validate=is_key,
    beside=stands_alone,
)
