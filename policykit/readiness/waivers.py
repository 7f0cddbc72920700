"""Waivers: a failure that is accepted through the end of a day. The true outcome stays visible behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from types import MappingProxyType

from policykit.language.checked import Waiver
from policykit.readiness.verdict import WaiverView
from policykit.readiness.wording import day_text, instant_text, owner_words


def end_of_day(ordinal: int, zone: tzinfo) -> datetime:
    """Return the first instant after a day in a time zone; a day may have 23 or 25 hours there."""
    following = date.fromordinal(ordinal) + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Filled:
    """Who fills which role, as the project file and the key ring say."""

    people: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """By role, in the form in which names are compared."""

    def others(self, roles: Iterable[str], owners: tuple[str, ...]) -> frozenset[str]:
        """Return the roles, of some, in which somebody other than the owners' own people can act.

        A role is one of them unless it is an owner or everybody who is named for it fills an owner role too.
        """
        own = frozenset[str]().union(*(self.people.get(owner, frozenset()) for owner in owners))
        return frozenset(role for role in roles if role not in owners and not self._only_own(role, own))

    def _only_own(self, role: str, own: frozenset[str]) -> bool:
        named = self.people.get(role, frozenset())
        return bool(named) and named <= own


NOBODY = Filled()


def waiver_views(  # noqa: PLR0913, PLR0917 - what a waiver is held against
    waivers: Iterable[Waiver], clause: str, owners: tuple[str, ...], at: datetime, zone: tzinfo, filled: Filled = NOBODY
) -> tuple[WaiverView, ...]:
    """Return the waivers of a clause and whether they have effect, the one that lasts longest first.

    Args:
        waivers: all of the policy.
        clause: the clause's ID.
        owners: the clause's owners, who cannot waive it alone.
        at: the instant of the check, aware.
        zone: the policy's time zone.
        filled: who fills which role; the owners' own people cannot waive it in another role either.
    """
    views = [_view(waiver, owners, at, zone, filled) for waiver in waivers if waiver.clause == clause]
    return tuple(sorted(views, key=lambda v: (v.in_force, v.through, v.because, v.approved_by), reverse=True))


def _view(waiver: Waiver, owners: tuple[str, ...], at: datetime, zone: tzinfo, filled: Filled) -> WaiverView:
    ends = end_of_day(waiver.through, zone)
    reason = _objection(waiver, owners, at, ends, filled)
    return WaiverView(
        through=day_text(waiver.through),
        ends_at=instant_text(ends),
        because=waiver.because,
        approved_by=tuple(sorted(waiver.approved_by)),
        in_force=not reason,
        reason=reason,
    )


def _objection(waiver: Waiver, owners: tuple[str, ...], at: datetime, ends: datetime, filled: Filled) -> str:
    if at >= ends:
        return f"it ended with {day_text(waiver.through)}"
    if not filled.others(waiver.approved_by, owners):
        return f"nobody but the clause's {owner_words(owners)} approved it"
    return ""
