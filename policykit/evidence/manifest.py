"""The evidence manifest: what a tool's own file does not say about itself. One for each file, beside it.

`results.json.manifest.json` is a JSON object, or the same object as the predicate of a signed in-toto statement in a
DSSE envelope. All members but `sha256` may be left out:

    {"sha256": "sha256:...", "path": "results.json", "media_type": "application/json",
     "tool": "promptfoo", "tool_version": "0.123.1", "reader": "promptfoo", "reader_version": "1",
     "subject": {"name": "invoice-triage", "version": "1.2.0", "git_commit": "...", "model": "gpt-5-mini-2026-08-07"},
     "produced_at": "2026-11-20T09:30:00Z", "collected_at": "...", "expires_at": "...",
     "cases": 812, "complete": true, "environment": "staging", "collector": "ci"}

The steps:

1. the digest must be that of the file;
2. what the file states and the manifest states must agree; a manifest never overrides a file;
3. a signature must be of a key that the project trusts, valid now and when the evidence was produced;
4. with a signature the evidence is `attested`; without one, a manifest that adds something makes it `claimed`, because
   the age or the subject is then the word of whoever wrote the manifest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from policykit.errors import EvidenceError, PolicykitError
from policykit.evidence.model import NO_SUBJECT, NO_TOOL, Completeness, Reading, Subject, Tool, Trust
from policykit.evidence.problems import error, refusal
from policykit.evidence.reader import Request
from policykit.evidence.safe_file import open_evidence, resolve
from policykit.evidence.times import parse_time
from policykit.evidence.tool_json import parse_json
from policykit.evidence.view import View
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted

PREDICATE_TYPE = "urn:policykit:evidence-manifest:v1"
SUFFIX = ".manifest.json"
_MAX_BYTES = 1024 * 1024
_MEMBERS = frozenset(
    [
        "sha256",
        "path",
        "media_type",
        "tool",
        "tool_version",
        "reader",
        "reader_version",
        "subject",
        "produced_at",
        "collected_at",
        "expires_at",
        "cases",
        "complete",
        "environment",
        "collector",
    ]
)
_SUBJECT = ("name", "version", "git_commit", "model")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is stated about one evidence file."""

    sha256: str
    tool: Tool = NO_TOOL
    subject: Subject = NO_SUBJECT
    produced_at: datetime | None = None
    collected_at: datetime | None = None
    expires_at: datetime | None = None
    cases: int | None = None
    complete: bool | None = None
    environment: str = ""
    signed_by: str = ""
    """The person whose key signed it; empty when nobody did."""


def apply_manifest(
    reading: Reading, path: str, sha256: str, request: Request, manifest: str | os.PathLike[str] | None
) -> Reading:
    """Return a reading with what the manifest adds; problems of the manifest become problems of the evidence.

    Args:
        reading: what the reader understood.
        path: the evidence file, as the user wrote it.
        sha256: the digest of its bytes.
        request: what was asked for.
        manifest: the manifest's path; None for the one beside the file, if there is one.
    """
    where = os.fspath(manifest) if manifest is not None else f"{path}{SUFFIX}"
    try:
        if manifest is None and not os.path.lexists(resolve(where, request.project_root)):
            return reading
        stated = read_manifest(where, request)
        return _applied(reading, stated, where, path, sha256)
    except EvidenceError as problem:
        return replace(reading, problems=(*reading.problems, *problem.diagnostics))


def read_manifest(path: str, request: Request) -> Manifest:
    """Return the manifest in a file, its signature verified if it has one.

    Raises:
        EvidenceError: it cannot be read, understood or trusted.
    """
    with open_evidence(path, request.project_root) as file:
        data = file.whole(_MAX_BYTES)
    value = parse_json(data, path)
    if isinstance(value, Mapping) and "payloadType" in value:
        return _signed(data, path, request)
    return _manifest(View(value, path), "")


def _signed(data: bytes, path: str, request: Request) -> Manifest:
    from policykit.encoding.dsse import parse_envelope

    try:
        envelope = parse_envelope(data)
    except PolicykitError as problem:
        raise refusal("PK550", "the manifest is not a signed envelope", place=path, got=str(problem)) from None
    statement, keys = request.key_ring.opened(envelope, path)
    if statement.predicate_type != PREDICATE_TYPE:
        raise refusal(
            "PK550", "the envelope holds no manifest", place=path, expected=quoted(PREDICATE_TYPE),
            got=quoted(statement.predicate_type),
        )  # fmt: skip
    # Bytes once more, because the strict reader of envelopes has binary floats where this one has decimals.
    predicate = View(parse_json(envelope.payload, path), path).object("predicate")
    found = _manifest(predicate, keys[0].person)
    if [subject.digest for subject in statement.subjects] != [found.sha256]:
        raise refusal("PK551", "the envelope and the manifest in it name different files", place=path)
    signed_at = found.collected_at or found.produced_at or request.now
    objections = [key.objection(signed_at, request.now, path) for key in keys]
    if None not in objections:
        raise EvidenceError([objection for objection in objections if objection is not None][:1])
    return found


def _manifest(view: View, signed_by: str) -> Manifest:
    if not isinstance(view.value, Mapping):
        raise view.unexpected("an object")
    for name in view.value:
        if name not in _MEMBERS:
            raise refusal(
                "PK550", f"a manifest has no {quoted(name)}", place=view.place, help=did_you_mean(name, _MEMBERS)
            )
    subject = view.object_or_empty("subject")
    return Manifest(
        view.text("sha256"),
        Tool(view.text_or_empty("tool"), view.text_or_empty("tool_version")),
        Subject(**{name: subject.text_or_empty(name) for name in _SUBJECT}),
        _time(view, "produced_at"),
        _time(view, "collected_at"),
        _time(view, "expires_at"),
        view.count("cases") if view.has("cases") else None,
        view.flag("complete") if view.has("complete") else None,
        view.text_or_empty("environment"),
        signed_by,
    )


def _time(view: View, name: str) -> datetime | None:
    return parse_time(view.text(name), None, view.at(name).place) if view.has(name) else None


def _applied(reading: Reading, stated: Manifest, where: str, path: str, sha256: str) -> Reading:
    if stated.sha256 != sha256:
        raise refusal(
            "PK551",
            "the manifest is of another file, or the file was changed since",
            place=where,
            expected=sha256,
            got=quoted(stated.sha256),
            help=f"write the manifest of `{path}` again",
        )
    problems = list(_contradictions(reading, stated, where))
    added = _adds(reading, stated)
    trust = Trust.ATTESTED if stated.signed_by else Trust.CLAIMED if added else reading.trust
    facts: dict[str, Any] = dict(reading.facts)
    if stated.environment:
        facts.setdefault("environment", stated.environment)
    completeness = reading.completeness
    if stated.complete is not None and completeness.complete is not False:
        known = completeness.complete is True and stated.complete
        completeness = completeness if known else Completeness(stated.complete, "the manifest says so")
    expiries = [moment for moment in (reading.expires_at, stated.expires_at) if moment is not None]
    return replace(
        reading,
        subject=reading.subject.filled_from(stated.subject),
        tool=Tool(reading.tool.name or stated.tool.name, reading.tool.version or stated.tool.version),
        produced_at=reading.produced_at or stated.produced_at,
        expires_at=min(expiries, default=None),
        completeness=completeness,
        facts=facts,
        trust=Trust.ATTESTED if reading.trust is Trust.ATTESTED else trust,
        problems=(*reading.problems, *problems),
    )


def _adds(reading: Reading, stated: Manifest) -> bool:
    """Return whether the manifest states anything that the file does not."""
    filled = reading.subject.filled_from(stated.subject) != reading.subject
    return (
        filled
        or (reading.produced_at is None and stated.produced_at is not None)
        or (not reading.tool.version and bool(stated.tool.version))
        or bool(stated.environment)
    )


_AGAIN = "a manifest adds to a file and never corrects it: write the manifest again"


def _contradictions(reading: Reading, stated: Manifest, where: str) -> list[Diagnostic]:
    """Return what the file and the manifest state differently."""
    pairs: list[tuple[str, object, object]] = [
        (name, getattr(reading.subject, name), getattr(stated.subject, name)) for name in _SUBJECT
    ]
    pairs.append(("tool_version", reading.tool.version, stated.tool.version))
    cases = reading.summary.fields().get("cases")
    pairs.append(("cases", "" if cases is None else cases, "" if stated.cases is None else stated.cases))
    found = [
        error(
            "PK552",
            f"the manifest contradicts the file: `{name}`",
            place=where,
            expected=quoted(in_file),
            got=quoted(in_manifest),
            help=_AGAIN,
        )
        for name, in_file, in_manifest in pairs
        if in_file != "" and in_manifest not in ("", in_file)
    ]
    if (
        reading.produced_at
        and stated.produced_at
        and abs(reading.produced_at - stated.produced_at) > timedelta(hours=1)
    ):
        found.append(
            error(
                "PK552",
                "the manifest contradicts the file: `produced_at`",
                place=where,
                expected=f"{reading.produced_at:%Y-%m-%dT%H:%M:%SZ}",
                got=f"{stated.produced_at:%Y-%m-%dT%H:%M:%SZ}",
                help=_AGAIN,
            )
        )
    return found
