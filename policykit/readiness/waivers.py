"""Waivers: a failure that is accepted through the end of a day. The true outcome stays visible behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from policykit.language.checked import Waiver
from policykit.readiness.verdict import WaiverView
from policykit.readiness.wording import day_text, instant_text


def end_of_day(ordinal: int, zone: tzinfo) -> datetime:
    """Return the first instant after a day in a time zone; a day may have 23 or 25 hours there."""
    following = date.fromordinal(ordinal) + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def waiver_views(
    waivers: Iterable[Waiver], clause: str, owner: str, at: datetime, zone: tzinfo
) -> tuple[WaiverView, ...]:
    """Return the waivers of a clause and whether they have effect, the one that lasts longest first.

    Args:
        waivers: all of the policy.
        clause: the clause's ID.
        owner: the clause's owner, who cannot waive it alone.
        at: the instant of the check, aware.
        zone: the policy's time zone.
    """
    views = [_view(waiver, owner, at, zone) for waiver in waivers if waiver.clause == clause]
    return tuple(sorted(views, key=lambda v: (v.in_force, v.through, v.because, v.approved_by), reverse=True))


def _view(waiver: Waiver, owner: str, at: datetime, zone: tzinfo) -> WaiverView:
    ends = end_of_day(waiver.through, zone)
    reason = _objection(waiver, owner, at, ends)
    return WaiverView(
        through=day_text(waiver.through),
        ends_at=instant_text(ends),
        because=waiver.because,
        approved_by=tuple(sorted(waiver.approved_by)),
        in_force=not reason,
        reason=reason,
    )


def _objection(waiver: Waiver, owner: str, at: datetime, ends: datetime) -> str:
    if at >= ends:
        return f"it ended with {day_text(waiver.through)}"
    if not _others(waiver.approved_by, owner):
        return f"nobody but the clause's owner `{owner}` approved it"
    return ""


def _others(approved_by: Sequence[str], owner: str) -> frozenset[str]:
    return frozenset(role for role in approved_by if role != owner)
