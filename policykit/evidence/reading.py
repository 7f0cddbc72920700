"""From a file to evidence: opens it, chooses a reader, and finishes what the reader understood.

`read_evidence` is total: whatever the bytes are, the result is `Evidence`, and what is wrong with it stands in its
`problems`. The steps:

1. open the file safely, choose the reader;
2. read;
3. take what only the evidence manifest beside the file states, and verify its signature;
4. look at the clock: nothing can have been produced after the check;
5. drop what the kind does not declare, and make every value canonical.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policykit.errors import EvidenceError
from policykit.evidence.canonical import canonical_elements, canonical_fields
from policykit.evidence.key_ring import NO_KEYS, KeyRing
from policykit.evidence.manifest import apply_manifest
from policykit.evidence.model import Evidence, Reading
from policykit.evidence.options import under_options
from policykit.evidence.problems import doubt, error, refusal
from policykit.evidence.project_trail import ProjectTrail
from policykit.evidence.reader import NO_TERMS, SURE, PolicyTerms, Reader, Request, choose, require_options
from policykit.evidence.safe_file import EvidenceFile, Progress, open_evidence
from policykit.evidence.times import CLOCK_TOLERANCE, zone_named
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.fields import EvidenceKind
from policykit.vocabulary.types import Value


def read_evidence(  # noqa: PLR0913 - all by name; each is a decision of the project file
    path: str | os.PathLike[str],
    *,
    kind: str,
    reader: str | None,
    zone: str | None,
    now: datetime,
    project_root: str | os.PathLike[str],
    options: Mapping[str, Any],
    manifest: str | os.PathLike[str] | None = None,
    key_ring: KeyRing = NO_KEYS,
    kinds: Mapping[str, EvidenceKind] | None = None,
    progress: Progress | None = None,
    trail: ProjectTrail | None = None,
    terms: PolicyTerms = NO_TERMS,
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
        manifest: the evidence manifest; None to look for one beside the file (`FILE.manifest.json`).
        key_ring: the keys that the project trusts for statements and manifests.
        kinds: the kinds that the policy's vocabulary has; None for the built-in ones.
        progress: told how many bytes of how many have been read.
        trail: the trail that the project file names.
        terms: what the policy permits; nothing unless it is said.

    Raises:
        ValueError: `now` is naive, a mistake of the caller. Nothing is raised for what stands in the file.
    """
    if now.tzinfo is None:
        raise ValueError("`now` must be aware")
    name, root = os.fspath(path), Path(project_root)
    try:
        declared = _declared(kind, kinds, name)
        request = Request(kind, now.astimezone(UTC), zone, root, options, key_ring, declared, trail, terms)
        if zone is not None:
            zone_named(zone, name)
        with open_evidence(path, root, progress) as file:
            chosen = choose(reader, kind, file.head, name)
            require_options(chosen, options, name)
            is_told = reader is not None and chosen.detect(file.head, name) < SURE
            return _read(file, chosen, request, manifest, is_told=is_told)
    except EvidenceError as problem:
        return _failed(kind, name, problem, reader or "", "")


def _declared(kind: str, kinds: Mapping[str, EvidenceKind] | None, name: str) -> EvidenceKind:
    if kinds is None:
        from policykit.vocabulary.evidence import kinds as builtin_kinds

        kinds = builtin_kinds()
    if kind not in kinds:
        raise refusal(
            "PK520", f"there is no kind of evidence {quoted(kind)}", place=name, help=did_you_mean(kind, kinds)
        )
    return kinds[kind]


def _read(
    file: EvidenceFile, reader: Reader, request: Request, manifest: str | os.PathLike[str] | None, *, is_told: bool
) -> Evidence:
    """Return what a reader makes of a file; `is_told` when only the project file says that it is the right one."""
    try:
        reading = reader.read(file, request)
    except EvidenceError as problem:
        return _failed(request.kind, file.name, problem, reader.name, file.digest())
    sha256 = file.digest()
    reading = apply_manifest(reading, file.name, sha256, request, manifest)
    reading, claims = under_options(reading, reader, request, file.name)
    told = (("reader", reader.name),) if is_told else ()
    return replace(_finished(reading, reader, request, file.name, sha256), claims=tuple(sorted((*claims, *told))))


def _failed(kind: str, path: str, problem: EvidenceError, reader: str, sha256: str) -> Evidence:
    return Evidence(kind, path, reader, sha256, problems=problem.diagnostics, files=((path, sha256),))


def _finished(reading: Reading, reader: Reader, request: Request, path: str, sha256: str) -> Evidence:
    declared = request.declared
    assert declared is not None
    facts, wrong_facts = canonical_fields({**run_facts(reading), **reading.facts}, declared.fields, path)
    fields, wrong_fields = canonical_fields(reading.summary.fields(), declared.fields, path)
    elements, wrong_elements = canonical_elements(reading.summary.elements(), declared, path)
    fields = {**facts, **fields}
    return Evidence(
        request.kind,
        path,
        reader.name,
        sha256,
        fields=fields,
        elements=elements,
        absent={name: why for name, why in reading.absent.items() if name not in fields},
        produced_at=reading.produced_at,
        expires_at=reading.expires_at,
        completeness=reading.completeness,
        subject=reading.subject,
        trust=reading.trust,
        tool=reading.tool,
        problems=(
            *reading.problems,
            *_clock_problems(reading, request.now, path),
            *_completeness_problems(reading, path),
            *wrong_facts,
            *wrong_fields,
            *wrong_elements,
        ),
        files=tuple(sorted({(path, sha256), *reading.lists})),
        summary=reading.summary,
        facts=facts,
        declared=declared,
        runs=reading.runs,
        results=reading.results,
    )


def run_facts(reading: Reading) -> dict[str, Value]:
    """Return the fields that every kind has for the run that wrote it."""
    found: dict[str, Value] = {
        "tool": reading.tool.name,
        "tool_version": reading.tool.version,
        "git_commit": reading.subject.git_commit,
        "model": reading.subject.model,
    }
    complete = reading.completeness.complete
    stated: dict[str, Value] = {} if complete is None else {"complete": complete}
    return {**stated, **{name: value for name, value in found.items() if value}}


def _clock_problems(reading: Reading, now: datetime, path: str) -> list[Diagnostic]:
    produced_at = reading.produced_at
    if produced_at is not None and produced_at > now + CLOCK_TOLERANCE:
        return [
            error(
                "PK518",
                "the evidence says that it was produced after this check",
                place=path,
                expected=f"at most {now:%Y-%m-%dT%H:%M:%SZ}",
                got=f"{produced_at:%Y-%m-%dT%H:%M:%SZ}",
                help="correct the clock of the machine that wrote it, or `zone` of this evidence in the project file",
            )
        ]
    if reading.expires_at is not None and reading.expires_at <= now:
        return [
            doubt(
                "PK564",
                "the evidence has expired",
                place=path,
                expected=f"evidence that counts beyond {now:%Y-%m-%dT%H:%M:%SZ}",
                got=f"{reading.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                help="have it made again",
            )
        ]
    return []


def _completeness_problems(reading: Reading, path: str) -> list[Diagnostic]:
    if reading.completeness.complete is not False:
        return []
    return [
        doubt(
            "PK531",
            f"the run is not complete: {reading.completeness.reason}",
            place=path,
            help=reading.completeness.help,
        )
    ]
