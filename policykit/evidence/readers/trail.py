"""The project's audit trail, bound by its newest checkpoint: `files: trail/checkpoint`.

The whole trail is verified with the key that the project file names, and the records are those that the checkpoint
covers; so the digest of that one file stands for all of them. Where a power cut left no checkpoint, the checkpoint log
stands in its place: its last line has the newest.

`build_started_at` is the time of the first record that shows building: an explicit one (`build_started`), a policy that
was activated, a decision, an approval, or a verdict that rested on evidence other than the trail's own. A project that
has none can state the option `build_started_at`; the evidence is then only `claimed`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from policykit.encoding.timestamps import parse_timestamp
from policykit.evidence.agreement import Agreement, agreements_of, consents_in, recorded_at
from policykit.evidence.model import Reading, Subject, Tool, Trust
from policykit.evidence.problems import note, refusal
from policykit.evidence.project_trail import (
    AGREED,
    BUILDS,
    CHECKPOINT,
    CHECKPOINT_LOG,
    Definition,
    ProjectTrail,
    history_of,
)
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile, resolve
from policykit.evidence.summaries.plain import PlainSummary
from policykit.evidence.times import CLOCK_TOLERANCE, parse_time
from policykit.source import Diagnostic
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.trail.history import History, Kept

_MAX_BYTES = 1024 * 1024
_STARTED = "build_started_at"
_LOG_LINE = b'{"kind":"checkpoint","note":"'


def detect(head: bytes, name: str) -> float:
    """Return how sure this is the checkpoint of a trail, a signed note whose second line is a size, or the log."""
    if head.startswith(_LOG_LINE):
        return 0.9 if os.path.basename(name) == CHECKPOINT_LOG else 0.6
    lines = head[:4096].split(b"\n")
    if len(lines) < 5 or not lines[1].isdigit() or not any(line.startswith("\u2014 ".encode()) for line in lines):
        return 0.0
    return 0.9 if os.path.basename(name) == CHECKPOINT else 0.6


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what the trail tells, once all of it was verified."""
    if os.path.basename(file.name) == CHECKPOINT:
        file.whole(_MAX_BYTES)
    file.digest()  # stands for the trail
    trail = _project_trail(file.name, request)
    history = history_of(trail, request.project_root, file.name)
    consents, notes = consents_in(
        [item for item in history.kept if item.record.type == AGREED], trail.definition, request, trail.folder
    )
    agreed = agreements_of(consents, trail.definition).get(trail.definition.digest)
    started, is_claimed = build_started(history, request, file.name)
    return Reading(
        PlainSummary({}),
        Tool("policykit"),
        Subject(name=trail.definition.system) if agreed is not None else Subject(),
        produced_at=parse_timestamp(history.last_at),
        facts={**_counted(history), **_agreed_facts(agreed, trail.definition), **_when(_STARTED, started)},
        absent=_absent(history, agreed, bool(consents), started),
        problems=(*notes, *_notes(history, agreed, trail.folder)),
        trust=Trust.CLAIMED if is_claimed else Trust.ATTESTED,
    )


_AGREED_FIELDS = (
    "definition_digest", "definition_agreed_at", "definition_first_agreed_at", "definition_amended_at",
)  # fmt: skip


def _project_trail(name: str, request: Request) -> ProjectTrail:
    """Return the project's trail, whose checkpoint this must be."""
    trail = request.trail
    if trail is None:
        raise refusal(
            "PK730",
            "the project names no trail, so there is no key to verify this one with",
            place=name,
            help="write `trail:` with `folder` and `key` in the project file",
        )
    own = {resolve(os.path.join(trail.folder, file), request.project_root) for file in (CHECKPOINT, CHECKPOINT_LOG)}
    if resolve(name, request.project_root) not in own:
        raise refusal(
            "PK730",
            "this is not the checkpoint of the project's trail",
            place=name,
            expected=quoted(f"{trail.folder}/checkpoint"),
        )
    return trail


def _counted(history: History) -> dict[str, object]:
    found: dict[str, object] = {
        "verified": True,
        "entries": sum(history.counts.values()),
        "last_at": parse_timestamp(history.last_at),
    }
    if not history.first_seq:
        found |= {"first_at": parse_timestamp(history.first_at), "decisions": history.counts.get("decision", 0)}
    if history.witnesses is not None:
        found["witnesses"] = len(history.witnesses)
    days = next((i.record.members.get("retention_days") for i in history.kept if i.record.type == "genesis"), None)
    if isinstance(days, int):
        found["retention"] = f"{days} days"
    return found


def _agreed_facts(agreed: Agreement | None, definition: Definition) -> dict[str, object]:
    if agreed is None:
        return {}
    amended: dict[str, object] = {"definition_amended_at": agreed.at} if agreed.amends else {}
    return {
        "definition_digest": definition.digest,
        "definition_agreed_at": agreed.at,
        "definition_first_agreed_at": agreed.since,
        **amended,
    }


def _when(name: str, moment: datetime | None) -> dict[str, object]:
    return {name: moment} if moment is not None else {}


def build_started(history: History, request: Request, place: str) -> tuple[datetime | None, bool]:
    """Return when building began, and whether that is only claimed."""
    recorded = None
    if not history.first_seq:  # what was pruned could have shown an earlier beginning
        recorded = min((recorded_at(i, place) for i in history.kept if _shows_building(i)), default=None)
    stated = request.options.get(_STARTED)
    if stated is None:
        return recorded, False
    claimed = parse_time(str(stated), None, place)
    if recorded is not None and claimed > recorded + CLOCK_TOLERANCE:
        raise refusal(
            "PK733",
            "the trail shows building before the project file says that it began",
            place=place,
            expected=f"`{_STARTED}` at most {recorded:%Y-%m-%dT%H:%M:%SZ}",
            got=f"{claimed:%Y-%m-%dT%H:%M:%SZ}",
            help=f"remove the option `{_STARTED}`: the trail knows better",
        )
    return min(claimed, recorded or claimed), True


def _shows_building(item: Kept) -> bool:
    return item.record.type in BUILDS or (item.record.type == "verdict" and bool(item.record.members.get("evidence")))


def _absent(history: History, agreed: Agreement | None, some: bool, started: datetime | None) -> dict[str, str]:  # noqa: FBT001 - a fact
    absent = {
        "recorded_rate": "a trail cannot show calls that left no entry",
        "released_at": "the trail has no record of a release",
    }
    if agreed is None:
        why = "the agreements in the trail are on other definitions, or not by every party" if some else (
            "no agreement in the trail counts: `policykit agree` records one"
        )  # fmt: skip
        absent |= dict.fromkeys(_AGREED_FIELDS, why)
    elif not agreed.amends:
        absent["definition_amended_at"] = "the definition amends none"
    if history.first_seq:
        absent |= dict.fromkeys(("first_at", "decisions"), "the beginning of the trail was pruned")
    if started is None:
        pruned = "the beginning of the trail was pruned, so nothing shows when building began"
        absent[_STARTED] = pruned if history.first_seq else "nothing in the trail shows that building began"
    if history.witnesses is None:
        absent["witnesses"] = "the project file names no witnesses for its trail"
    return absent


def _notes(history: History, agreed: Agreement | None, place: str) -> Iterator[Diagnostic]:
    if agreed is not None and agreed.amends:
        yield note(
            "PK734",
            f"the definition amends one that was agreed at {agreed.since:%Y-%m-%dT%H:%M:%SZ}; "
            f"the amendment was agreed at {agreed.at:%Y-%m-%dT%H:%M:%SZ} by {', '.join(agreed.people)}",
            place=place,
            got=quoted(agreed.amends),
        )
    if history.steps_back:
        yield note(
            "PK735",
            f"the writer's clock was set back {len(history.steps_back)} times; "
            "no record counts as earlier than the one before it",
            place=f"{place}: record {history.steps_back[0]}",
        )


READER = Reader(
    "trail",
    "the project's audit trail",
    frozenset({"audit_trail"}),
    detect,
    read,
    options=frozenset({_STARTED}),
    gaps=frozenset({_STARTED}),
)
