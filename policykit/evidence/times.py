"""Times in evidence files. A time without a zone is never guessed at: the project must declare the zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from policykit.evidence.problems import refusal
from policykit.source.visible import quoted

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of ours another machine's clock may be; the usual allowance for network-synchronised clocks."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|z|[+-]\d\d:?\d\d)?\Z")
_EPOCH_MS = range(946_684_800_000, 253_402_300_800_000)  # the years 2000 to 9999


class DeclaredZone(str):
    """The name of a time zone that the project file declares; notes whether a time needed it."""

    __slots__ = ("was_needed",)

    def __init__(self, name: str) -> None:  # noqa: ARG002 - `str` takes the name
        self.was_needed = False


def zone_named(zone: str, place: str = "") -> ZoneInfo:
    """Return the zone with an IANA name.

    Raises:
        EvidenceError: there is none of that name.
    """
    try:
        return ZoneInfo(str(zone))
    except (KeyError, ValueError, OSError):
        raise refusal(
            "PK519",
            f"{quoted(zone)} is not a time zone",
            place=place,
            help="write an IANA name such as `Europe/Berlin` or `UTC`",
        ) from None


def parse_time(text: str, zone: str | None, place: str) -> datetime:
    """Return the instant, in UTC, that a file states.

    Args:
        text: ISO 8601, or the form of e-mail and HTTP dates.
        zone: IANA name for times that bring no offset; None when the project declares none. In the hour that a
            zone repeats, the earlier instant is taken: evidence never looks younger than it may be.
        place: the file and field.

    Raises:
        EvidenceError: not a time, or a time without offset and no zone declared.
    """
    moment = _parse(text.strip(), place)
    if moment.tzinfo is None:
        if zone is None:
            raise refusal(
                "PK516",
                "the time has no zone",
                place=place,
                expected="an offset or `Z`",
                got=quoted(text),
                help="the tool writes local times: declare `zone` for this evidence in the project file",
            )
        if isinstance(zone, DeclaredZone):
            zone.was_needed = True
        moment = _earliest(moment.replace(tzinfo=zone_named(zone, place)))
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _not_a_time(text, place) from None


def _earliest(local: datetime) -> datetime:
    return min(local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC))


def _parse(text: str, place: str) -> datetime:
    try:
        if _ISO.match(text):
            # fromisoformat takes no blank before the offset
            return datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "") if " " in text else text)
        if "," in text and len(text) < 64:
            return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    raise _not_a_time(text, place)


def parse_epoch_ms(value: object, place: str) -> datetime:
    """Return the instant that a count of milliseconds since 1970 states.

    Raises:
        EvidenceError: not such a count, or before the year 2000 (a count of seconds, most likely).
    """
    if isinstance(value, bool) or not isinstance(value, int) or value not in _EPOCH_MS:
        raise refusal("PK517", "not a time", place=place, expected="milliseconds since 1970", got=quoted(value))
    return datetime.fromtimestamp(value // 1000, UTC) + timedelta(milliseconds=value % 1000)


def _not_a_time(text: str, place: str) -> Exception:
    return refusal(
        "PK517", "not a time", place=place, expected="a time such as `2026-11-20T09:30:00Z`", got=quoted(text)
    )
