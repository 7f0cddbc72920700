"""Instants as texts: RFC 3339 in UTC with six digits of a second, so that texts sort as their instants do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from policykit.errors import PolicykitError

TIMESTAMP_LENGTH = 27
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimestampError(PolicykitError, ValueError):
    """A text that is not such an instant."""


def format_timestamp(moment: datetime) -> str:
    """Return the text of an instant. Requires an aware datetime."""
    if moment.tzinfo is None:
        raise TimestampError("an instant needs a time zone")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z".rjust(TIMESTAMP_LENGTH, "0")


def format_epoch_ns(epoch_ns: int) -> str:
    """Return the text of nanoseconds since 1970-01-01T00:00:00Z, cut to microseconds."""
    return format_timestamp(_EPOCH + timedelta(microseconds=epoch_ns // 1000))


def parse_timestamp(text: str) -> datetime:
    """Return the instant that a text stands for.

    Raises:
        TimestampError: unless it has exactly the form `2026-01-31T23:59:59.000000Z`.
    """
    if not _FORM.match(text):
        raise TimestampError(f"expected the form `2026-01-31T23:59:59.000000Z`, got `{text[:40]}`")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise TimestampError(f"no such instant: `{text}`") from None
