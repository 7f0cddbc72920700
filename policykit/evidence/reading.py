"""From a file to evidence: opens it, chooses a reader, and finishes what the reader understood.

`read_evidence` is total: whatever the bytes are, the result is `Evidence`, and what is wrong with it stands in its
`problems`. The steps:

1. open the file safely, choose the reader;
2. read;
3. look at the clock: nothing can have been produced after the check;
4. drop what the kind does not declare, and make every value canonical.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policykit.errors import EvidenceError
from policykit.evidence.model import Completeness, Evidence, Reading, Subject, Tool
from policykit.evidence.problems import doubt, error
from policykit.evidence.reader import Reader, Request, choose, require_options
from policykit.evidence.safe_file import Progress, open_evidence
from policykit.evidence.times import CLOCK_TOLERANCE, zone_named
from policykit.source import Diagnostic


def read_evidence(
    path: str | os.PathLike[str],
    *,
    kind: str,
    reader: str | None,
    zone: str | None,
    now: datetime,
    project_root: Path,
    options: Mapping[str, Any],
    progress: Progress | None = None,
) -> Evidence:
    """Return the evidence in one file.

    Args:
        path: relative to the project's folder.
        kind: the kind of evidence that the policy declares, such as `evaluation`.
        reader: the reader's name; None to detect it.
        zone: IANA name for times in the file that bring no offset; None when none is declared.
        now: the instant of the check, aware.
        project_root: the project's folder; nothing outside is read.
        options: the reader's own options.
        progress: told how many bytes of how many have been read.

    Raises:
        ValueError: `now` is naive, a mistake of the caller. Nothing is raised for what stands in the file.
    """
    if now.tzinfo is None:
        raise ValueError("`now` must be aware")
    name = os.fspath(path)
    request = Request(kind, now.astimezone(UTC), zone, project_root, options)
    try:
        if zone is not None:
            zone_named(zone, name)
        with open_evidence(path, project_root, progress) as file:
            chosen = choose(reader, kind, file.head, name)
            require_options(chosen, options, name)
            try:
                reading = chosen.read(file, request)
            except EvidenceError as problem:
                return _failed(kind, name, problem, chosen.name, file.digest())
            return _finished(reading, chosen, request, name, file.digest())
    except EvidenceError as problem:
        return _failed(kind, name, problem, reader or "", "")


def _failed(kind: str, path: str, problem: EvidenceError, reader: str, sha256: str) -> Evidence:
    problems = tuple(d for d in problem.diagnostics if isinstance(d, Diagnostic))
    return Evidence(kind, path, reader, sha256, problems=problems, files=((path, sha256),))


def _finished(reading: Reading, reader: Reader, request: Request, path: str, sha256: str) -> Evidence:
    problems = [*reading.problems, *_clock_problems(reading.produced_at, request.now, path)]
    if not reading.completeness.complete:
        problems.append(
            doubt(
                "PK531",
                f"the run is not complete: {reading.completeness.reason}",
                place=path,
                help="run all of it, and bind the whole result",
            )
        )
    fields = reading.summary.fields()
    return Evidence(
        request.kind,
        path,
        reader.name,
        sha256,
        fields=fields,
        elements=reading.summary.elements(),
        absent={name: why for name, why in reading.absent.items() if name not in fields},
        produced_at=reading.produced_at,
        expires_at=reading.expires_at,
        completeness=reading.completeness,
        subject=reading.subject,
        trust=reading.trust,
        tool=reading.tool,
        problems=tuple(problems),
        files=((path, sha256),),
        summary=reading.summary,
    )


def _clock_problems(produced_at: datetime | None, now: datetime, path: str) -> list[Diagnostic]:
    if produced_at is None or produced_at <= now + CLOCK_TOLERANCE:
        return []
    return [
        error(
            "PK518",
            "the evidence says that it was produced after this check",
            place=path,
            expected=f"at most {now:%Y-%m-%dT%H:%M:%SZ}",
            got=f"{produced_at:%Y-%m-%dT%H:%M:%SZ}",
            help="a clock or a declared time zone is wrong",
        )
    ]


def merge(parts: Sequence[Evidence]) -> Evidence:
    """Return several files of one kind as one evidence; the result does not depend on their order.

    It is as old as its oldest part, as trusted as its least trusted, and complete only if all parts are.

    Raises:
        ValueError: there is no part, or the parts are of different kinds: a mistake of the caller.
    """
    if not parts or len({part.kind for part in parts}) != 1:
        raise ValueError("merge needs evidence of one kind")
    ordered = sorted(parts, key=lambda part: (part.path, part.sha256))
    if len(ordered) == 1:
        return ordered[0]
    first = ordered[0]
    files = tuple(sorted(entry for part in ordered for entry in part.files))
    times = [part.produced_at for part in ordered]
    expiries = [part.expires_at for part in ordered if part.expires_at is not None]
    merged = Evidence(
        first.kind,
        ", ".join(part.path for part in ordered[:3]) + (f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""),
        "+".join(sorted({part.reader for part in ordered if part.reader})),
        _digest_of(files),
        absent={name: why for part in ordered for name, why in part.absent.items()},
        # One part without a time leaves the age of the whole unknown.
        produced_at=None if None in times else min(time for time in times if time is not None),
        expires_at=min(expiries, default=None),
        completeness=next(
            (p.completeness for p in ordered if not p.completeness.complete), Completeness(complete=True)
        ),
        subject=_common_subject(ordered),
        trust=min((part.trust for part in ordered), key=lambda trust: trust.rank),
        tool=_common_tool(ordered),
        problems=(*(problem for part in ordered for problem in part.problems), *_merge_problems(ordered)),
        files=files,
    )
    return _with_sum(merged, ordered)


def _with_sum(merged: Evidence, parts: Sequence[Evidence]) -> Evidence:
    total = parts[0].summary
    for part in parts[1:]:
        if total is None or part.summary is None:
            return merged  # a part could not be read: its problems say why, and there is no sum
        total = total.plus(part.summary)
    if total is None:
        return merged
    return replace(merged, summary=total, fields=total.fields(), elements=total.elements())


def _merge_problems(parts: Sequence[Evidence]) -> list[Diagnostic]:
    found = []
    for part in parts[1:]:
        if different := parts[0].subject.differences(part.subject):
            found.append(
                error(
                    "PK544",
                    f"the files are about different subjects: {', '.join(different)}",
                    place=part.path,
                    expected=str(getattr(parts[0].subject, different[0])),
                    got=str(getattr(part.subject, different[0])),
                    help="bind each subject to evidence of its own",
                )
            )
    digests = [digest for part in parts for _, digest in part.files if digest]
    if len(set(digests)) != len(digests):
        found.append(
            doubt(
                "PK545", "the same file counts twice", place=parts[0].path, help="remove the copy, or narrow the glob"
            )
        )
    return found


def _common_subject(parts: Sequence[Evidence]) -> Subject:
    """Return what every part states alike."""
    subjects = [part.subject for part in parts]
    common = {
        name: getattr(subjects[0], name)
        for name in ("name", "version", "git_commit", "model")
        if len({getattr(subject, name) for subject in subjects}) == 1
    }
    return Subject(**common)


def _common_tool(parts: Sequence[Evidence]) -> Tool:
    tools = {part.tool for part in parts}
    names = {tool.name for tool in tools}
    if len(tools) == 1:
        return tools.pop()
    return Tool(names.pop() if len(names) == 1 else "", "")


def _digest_of(files: Sequence[tuple[str, str]]) -> str:
    listing = "".join(sorted(f"{digest}\n" for _, digest in files))
    return f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"
