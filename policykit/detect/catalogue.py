"""The detectors by name: those that ship, unions of them, and those that installed packages add.

A built-in detector is one file, `detect/<family>/<kind>.py`, that defines `DETECTOR`; it is found by its place, so a
policy that uses three detectors imports three files. Other packages add theirs by the entry point group
`policykit.detectors`, whose names are the detectors' names and whose objects are `Detector` values.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from policykit.detect.model import Detector, PatternSource
from policykit.errors import DetectorError
from policykit.source import Diagnostic, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    NAMES: dict[str, str]
    """Dotted name of each detector -> what it finds, in the singular."""

ENTRY_POINT_GROUP = "policykit.detectors"
FAMILIES: dict[str, str] = {
    "pii": "personal data of any kind that policykit detects",
    "secret": "secret or key of any kind that policykit detects",
    "injection": "prompt-injection phrase of any kind that policykit detects",
}


def __getattr__(name: str) -> dict[str, str]:
    """Compute `NAMES` when it is first asked for, because it imports every detector."""
    if name != "NAMES":
        raise AttributeError(f"policykit.detect.catalogue has no `{name}`")
    return _names()


def detector(name: str) -> Detector:
    """Return a detector by its name; unions such as `pii.any` are no detectors but sources.

    Raises:
        DetectorError: There is none of that name, or the one that a package adds cannot be used.
    """
    family, _, kind = name.partition(".")
    if family in FAMILIES and kind in kinds(family):
        found: Detector = importlib.import_module(f"{__package__}.{family}.{kind}").DETECTOR
        return found
    added = _entry_points().get(name)
    if added is None:
        raise DetectorError([Diagnostic("PK850", f"there is no detector `{name}`", help=did_you_mean(name, _names()))])
    return _load(added)


def source(name: str) -> PatternSource:
    """Return what a `PatternSet` takes for a detector or a union.

    Raises:
        DetectorError: As `detector`.
    """
    family, _, kind = name.partition(".")
    if kind == "any" and family in FAMILIES:
        return PatternSource(name, parts=tuple(detector(f"{family}.{each}").source() for each in kinds(family)))
    return detector(name).source()


@cache
def kinds(family: str) -> tuple[str, ...]:
    """Return the second parts of the names of a family's built-in detectors, sorted."""
    package = importlib.import_module(f"{__package__}.{family}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


@cache
def _names() -> dict[str, str]:
    names = {f"{family}.any": title for family, title in FAMILIES.items()}
    built_in = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family)]
    return names | {name: detector(name).title for name in [*built_in, *_entry_points()]}


@cache
def _entry_points() -> dict[str, EntryPoint]:
    """Return what packages add; a name of a built-in family is refused, so that nothing can stand in for a built-in."""
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name.partition(".")[0] in FAMILIES:
            raise _unusable(point, "the names of this family are policykit's own")
        if point.name in found:
            raise _unusable(point, "another package adds the same name")
        found[point.name] = point
    return found


def _load(point: EntryPoint) -> Detector:
    try:
        loaded = point.load()
    except Exception as error:
        raise _unusable(point, f"it cannot be imported: {error}") from error
    if not isinstance(loaded, Detector):
        raise _unusable(point, "it is not a detector")
    if loaded.name != point.name:
        raise _unusable(point, f"it calls itself `{loaded.name}`")
    return loaded


def _unusable(point: EntryPoint, reason: str) -> DetectorError:
    return DetectorError([Diagnostic("PK854", f"detector `{point.name}` of `{point.value}` cannot be used: {reason}")])
