"""What the project supplies for each evidence of a policy: the evidence, or the reason why there is none.

Nothing here depends on a clause: ages, trust and conditions are looked at clause by clause (`usable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from policykit.errors import EvidenceError
from policykit.evidence.globs import expand, is_glob
from policykit.evidence.model import Evidence, Subject, Trust
from policykit.evidence.problems import error, quoted
from policykit.evidence.reading import merge, read_evidence
from policykit.evidence.times import CLOCK_TOLERANCE
from policykit.language.checked import CheckedPolicy
from policykit.readiness.comparable import comparison_refusal
from policykit.readiness.project import Binding, Files, Project
from policykit.readiness.verdict import Reason
from policykit.readiness.wording import instant_text, reason_of
from policykit.source import Diagnostic, Severity

_SHORTEST_COMMIT = 7
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
    subject_claimed: bool = False
    """The files do not say which system they are about."""


def supplies_of(
    policy: CheckedPolicy, project: Project, now: datetime, progress: Progress | None = None
) -> Mapping[str, Supply]:
    """Return what is supplied for every evidence that the policy declares.

    Args:
        policy: the policy.
        project: the project that was held against it.
        now: the instant of the check, aware.
        progress: told how far reading of large files has come.
    """
    found = {}
    for name, declared in policy.evidence.items():
        bound = project.evidence.get(name)
        read = partial(_read, kind=declared.kind.name, project=project, now=now, progress=progress)
        found[name] = _unbound(name, project) if bound is None else _supply(name, bound, project, read, now)
    return found


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


def _supply(
    name: str, bound: Binding, project: Project, read: Callable[[Files], Evidence], now: datetime
) -> Supply:
    evidence = _dated(_about(read(bound.files), bound, project), bound, now)
    claimed = evidence.subject == Subject()
    missing = _missing(evidence)
    if missing is not None:
        return Supply(name, absence=missing, collected_by=bound.collected_by)
    absence = _other_binding(evidence, bound) or _other_subject(evidence, bound, project)
    baseline = read(bound.baseline) if bound.baseline is not None else None
    refusal = comparison_refusal(evidence, baseline) if baseline is not None else None
    if baseline is not None:
        evidence = _with_baseline(evidence, baseline if refusal is None else None)
    return Supply(name, evidence, absence, baseline, refusal, bound.collected_by, claimed)


def _read(files: Files, *, kind: str, project: Project, now: datetime, progress: Progress | None) -> Evidence:
    """Return what the files say together; a pattern that matches nothing is evidence with that problem."""
    parts: dict[str, Evidence] = {}
    for pattern in files.patterns:
        try:
            paths = expand(pattern, project.root) if is_glob(pattern) else (pattern,)
        except EvidenceError as problem:
            problems = tuple(d for d in problem.diagnostics if isinstance(d, Diagnostic))
            parts[pattern] = Evidence(kind, pattern, problems=problems, files=((pattern, ""),))
            continue
        for path in paths:
            if path not in parts:
                parts[path] = read_evidence(
                    path,
                    kind=kind,
                    reader=files.reader,
                    zone=files.zone,
                    now=now,
                    project_root=project.root,
                    options=files.options,
                    progress=partial(progress, path) if progress is not None else None,
                )
    return merge([parts[path] for path in sorted(parts)])


def _missing(evidence: Evidence) -> Reason | None:
    """Return why there is no evidence at all, None when there is some or when it could not be understood."""
    errors = [problem for problem in evidence.problems if problem.severity is Severity.ERROR]
    if errors and all(problem.code in _NOT_THERE for problem in errors):
        return reason_of(errors[0])
    return None


def _about(evidence: Evidence, bound: Binding, project: Project) -> Evidence:
    """Return the evidence with a commit that is only written shorter or longer written as the project does."""
    ours, theirs = project.subject.git_commit or bound.subject.git_commit, evidence.subject.git_commit
    short, long = sorted((ours, theirs), key=len)
    if len(short) >= _SHORTEST_COMMIT and long.startswith(short):
        return replace(evidence, subject=replace(evidence.subject, git_commit=ours))
    return evidence


def _other_subject(evidence: Evidence, bound: Binding, project: Project) -> Reason | None:
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


def _other_binding(evidence: Evidence, bound: Binding) -> Reason | None:
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


def _dated(evidence: Evidence, bound: Binding, now: datetime) -> Evidence:
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


def files_of(evidence: Evidence | None) -> Iterator[tuple[str, str]]:
    """Yield path and digest of every file that went into an evidence."""
    if evidence is not None:
        yield from sorted(evidence.files)
