"""What the project supplies for each evidence of a policy: the evidence, or the reason why there is none.

Nothing here depends on a clause: ages, trust and conditions are looked at clause by clause (`usable`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from policykit.errors import EvidenceError
from policykit.evidence.globs import expand, is_glob
from policykit.evidence.key_ring import NO_KEYS, KeyRing
from policykit.evidence.merging import merge
from policykit.evidence.model import Evidence, Subject, Trust
from policykit.evidence.problems import error
from policykit.evidence.project_trail import ProjectTrail, newest_heads
from policykit.evidence.reader import PolicyTerms, Request
from policykit.evidence.reading import read_evidence
from policykit.evidence.times import CLOCK_TOLERANCE, DeclaredZone
from policykit.language.checked import CheckedPolicy
from policykit.readiness.comparable import comparison_refusal
from policykit.readiness.manifests import manifest_files, manifest_signers
from policykit.readiness.project import EvidenceBinding, Files, Project
from policykit.readiness.verdict import Reason
from policykit.readiness.wording import instant_text, reason_of
from policykit.source import Severity
from policykit.source.visible import quoted
from policykit.vocabulary.fields import EvidenceKind

_SHORTEST_COMMIT = 7
_SIGNED_KINDS = frozenset({"statement", "sign_off"})
_NOT_THERE = frozenset({"PK500", "PK504"})
"""Codes that say that there is no file: nothing was supplied, which is no error."""

Progress = Callable[[str, int, int], None]
"""Told the file, bytes read and bytes in all."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One evidence of the policy, as the project supplies it."""

    name: str
    evidence: Evidence | None = None
    absence: Reason | None = None
    """Why there is no evidence that counts. With evidence beside it: evidence that does not count."""
    baseline: Evidence | None = None
    baseline_refusal: Reason | None = None
    """Why the baseline cannot be compared with."""
    collected_by: str = ""
    signed_by: tuple[str, ...] = ()
    """People who signed the evidence, sorted."""
    manifests: tuple[tuple[str, str], ...] = ()
    """Path and digest of each manifest beside a file, sorted."""
    subject_claimed: bool = False
    """The files do not say which system they are about."""
    is_dated: bool = False
    """Nothing but the project file says when the evidence was produced."""


def supplies_of(  # noqa: PLR0913 - each is a part of a check
    policy: CheckedPolicy,
    project: Project,
    now: datetime,
    ring: KeyRing = NO_KEYS,
    progress: Progress | None = None,
    *,
    trail: ProjectTrail | None = None,
) -> Mapping[str, Supply]:
    """Return what is supplied for every evidence that the policy declares.

    Args:
        policy: the policy.
        project: the project that was held against it.
        now: the instant of the check, aware.
        ring: the keys that count for signed evidence.
        progress: told how far reading of large files has come.
        trail: the project's audit trail, for evidence of the kind `audit_trail`.
    """
    found = {}
    for name, declared in policy.evidence.items():
        bound = project.evidence.get(name)
        terms = PolicyTerms(name, declared.permits, project.subject, policy.timezone)
        source = _Source(declared.kind, terms, project, now, ring, progress, trail)
        found[name] = _unbound(name, project) if bound is None else _supply(name, bound, source)
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """Reads the files of one evidence."""

    kind: EvidenceKind
    terms: PolicyTerms
    project: Project
    now: datetime
    ring: KeyRing
    progress: Progress | None
    trail: ProjectTrail | None

    def read(self, files: Files) -> Evidence:
        """Return what the files say together; a pattern that matches nothing is evidence with that problem."""
        parts: dict[str, Evidence] = {}
        for pattern in files.patterns:
            try:
                paths = expand(pattern, self.project.root) if is_glob(pattern) else (pattern,)
            except EvidenceError as problem:
                parts[pattern] = self._nothing(pattern, problem)
                continue
            parts.update({path: self._one(path, files) for path in paths if path not in parts})
        return merge([parts[path] for path in sorted(parts)])

    def _nothing(self, pattern: str, problem: EvidenceError) -> Evidence:
        return Evidence(self.kind.name, pattern, problems=problem.diagnostics, files=((pattern, ""),))

    def _one(self, path: str, files: Files) -> Evidence:
        signed = self.kind.name in _SIGNED_KINDS
        return read_evidence(
            newest_heads(self.trail, path, self.project.root),
            kind=self.kind.name,
            reader=files.reader,
            zone=_zone(files.zone, self.terms.timezone if signed else None),
            now=self.now,
            project_root=self.project.root,
            options=files.options,
            key_ring=self.ring,
            kinds={self.kind.name: self.kind},
            progress=partial(self.progress, path) if self.progress is not None else None,
            trail=self.trail,
            terms=self.terms,
        )

    def signers(self, evidence: Evidence) -> tuple[str, ...]:
        """Return the people who signed the evidence itself or its manifests, sorted."""
        named = [evidence.fields.get("person"), *(s.get("person") for s in evidence.elements.get("signature", ()))]
        request = Request(self.kind.name, self.now, None, self.project.root, key_ring=self.ring)
        return tuple(sorted({str(name) for name in named if name} | set(manifest_signers(evidence, request))))


def _unbound(name: str, project: Project) -> Supply:
    return Supply(
        name,
        absence=Reason(
            code="PK620",
            message=f"nothing is bound to {quoted(name)}",
            place=project.name,
            help=f"name its file under `evidence:` as `{name}:`",
        ),
    )


def _supply(name: str, bound: EvidenceBinding, source: _Source) -> Supply:
    project = source.project
    read = source.read(bound.files)
    evidence = _dated(_about(read, bound, project), bound, source.now)
    missing = _missing(evidence)
    if missing is not None:
        return Supply(name, absence=missing, collected_by=bound.collected_by)
    baseline = source.read(bound.baseline) if bound.baseline is not None else None
    refusal = comparison_refusal(evidence, baseline) if baseline is not None else None
    return Supply(
        name,
        evidence if baseline is None else _with_baseline(evidence, baseline if refusal is None else None),
        absence=_other_binding(evidence, bound) or _other_subject(evidence, bound, project),
        baseline=baseline,
        baseline_refusal=refusal,
        collected_by=bound.collected_by,
        signed_by=source.signers(evidence) if evidence.trust is Trust.ATTESTED else (),
        subject_claimed=evidence.subject == Subject(),
        is_dated=read.produced_at is None and evidence.produced_at is not None,
        manifests=manifest_files(evidence, project.root),
    )


def _zone(stated: str | None, fallback: str | None) -> str | None:
    """Return the zone for times without an offset; one that the project file states is its claim."""
    return DeclaredZone(stated) if stated is not None else fallback


def _missing(evidence: Evidence) -> Reason | None:
    """Return why there is no evidence at all, None when there is some or when it could not be understood."""
    errors = [problem for problem in evidence.problems if problem.severity is Severity.ERROR]
    if errors and all(problem.code in _NOT_THERE for problem in errors):
        return reason_of(errors[0])
    return None


def _about(evidence: Evidence, bound: EvidenceBinding, project: Project) -> Evidence:
    """Return the evidence with a commit that is only written shorter or longer written as the project does."""
    ours, theirs = project.subject.git_commit or bound.subject.git_commit, evidence.subject.git_commit
    short, long = sorted((ours, theirs), key=len)
    if len(short) >= _SHORTEST_COMMIT and long.startswith(short):
        return replace(evidence, subject=replace(evidence.subject, git_commit=ours))
    return evidence


def _other_subject(evidence: Evidence, bound: EvidenceBinding, project: Project) -> Reason | None:
    about = evidence.subject.filled_from(bound.subject)
    for name in about.differences(project.subject):
        return Reason(
            code="PK621",
            message=f"the evidence is about another system: its {name.replace('_', ' ')} differs",
            place=evidence.path,
            expected=quoted(getattr(project.subject, name)),
            got=quoted(getattr(about, name)),
            help="run the tool against the system that is judged, or correct `subject` in the project file",
        )
    return None


def _other_binding(evidence: Evidence, bound: EvidenceBinding) -> Reason | None:
    for name in evidence.subject.differences(bound.subject):
        return Reason(
            code="PK621",
            message=f"the file says another {name.replace('_', ' ')} than the project file says of it",
            place=evidence.path,
            expected=quoted(getattr(bound.subject, name)),
            got=quoted(getattr(evidence.subject, name)),
            help="correct `subject` of this evidence in the project file",
        )
    return None


def _dated(evidence: Evidence, bound: EvidenceBinding, now: datetime) -> Evidence:
    """Return the evidence with the time that a person states, if its files state none; it is then only claimed."""
    if evidence.produced_at is not None or bound.collected_at is None:
        return evidence
    dated = replace(evidence, produced_at=bound.collected_at, trust=Trust.CLAIMED)
    if bound.collected_at <= now + CLOCK_TOLERANCE:
        return dated
    late = error(
        "PK628",
        "`collected_at` lies after this check",
        place=evidence.path,
        expected=f"at most {instant_text(now)}",
        got=instant_text(bound.collected_at),
    )
    return replace(dated, problems=(*evidence.problems, late))


BASELINE = "baseline_"
"""Fields of this prefix come from the baseline."""


def _with_baseline(evidence: Evidence, baseline: Evidence | None) -> Evidence:
    """Return the evidence with the fields of the baseline under their prefix, without any when it was refused.

    A file's own `baseline_...` fields never stand in for a baseline that the project binds.
    """
    own = {name: value for name, value in evidence.fields.items() if not name.startswith(BASELINE)}
    fields = baseline.fields if baseline is not None else {}
    theirs = {f"{BASELINE}{name}": value for name, value in fields.items() if not name.startswith(BASELINE)}
    return replace(evidence, fields={**own, **theirs})
