"""Reads the project file and holds it against the policy. Everything that is wrong is reported in one run.

The steps:

1. the bytes, through the safe reader (a regular file of bounded size, UTF-8, no misleading characters);
2. YAML, through the safe loader;
3. the form (`_project_form`);
4. every name that the policy must declare, the types of facts, the order of the gates' days.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from policykit.encoding.digest import digest_of_json
from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.model import Subject
from policykit.evidence.safe_yaml import YamlDocument, load_single_yaml
from policykit.language.checked import CheckedPolicy
from policykit.readiness._project_form import (
    BindingForm,
    FilesForm,
    ProjectForm,
    SubjectForm,
    TrailForm,
    parse_form,
    place_of,
)
from policykit.readiness.project import FILE_NAME, EvidenceBinding, Files, Project, TrailPlace
from policykit.source import Diagnostic, did_you_mean
from policykit.source.reading import read_bytes
from policykit.source.visible import quoted
from policykit.vocabulary.values import ValueProblem, coerce


@dataclass(frozen=True, slots=True)
class OpenedProject:
    """A project file of the right form, not yet held against its policy."""

    path: Path
    form: ProjectForm
    document: YamlDocument

    @property
    def policy_path(self) -> Path:
        """The policy's path."""
        return self.path.parent / self.form.policy


def find_project(start: Path) -> Path:
    """Return the path of the project file: `start` itself, or the one in the folder `start`.

    Raises:
        ProjectError: there is none.
    """
    path = start / FILE_NAME if start.is_dir() else start
    if not path.exists():
        raise ProjectError(
            [
                Diagnostic(
                    "PK600",
                    "there is no project file",
                    place=str(path),
                    help="`policykit init FOLDER` writes one; if there is one, name its folder: "
                    "`policykit check FOLDER`, or `--project FOLDER` where a command has that option",
                )
            ]
        )
    return path


def open_project(path: Path) -> OpenedProject:
    """Return the project file as a form.

    Raises:
        ProjectError: it cannot be read or understood; the diagnostics say everything that is wrong.
    """
    name = os.fspath(path)
    data = read_bytes(path)
    if isinstance(data, Diagnostic):
        raise ProjectError([data])
    try:
        document = load_single_yaml(data, name)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None
    form = parse_form(document)
    if not isinstance(form, ProjectForm):
        raise ProjectError(form)
    return OpenedProject(path, form, document)


def project_of(opened: OpenedProject, policy: CheckedPolicy) -> Project:
    """Return the project once it fits its policy.

    Raises:
        ProjectError: it names what the policy does not declare, or a fact or day that cannot be.
    """
    form = opened.form
    facts, problems = _facts(opened, policy)
    problems = [*_undeclared(opened, policy), *problems, *_gate_order(opened, policy)]
    if problems:
        raise ProjectError(problems)
    return Project(
        root=opened.path.parent,
        name=opened.path.name,
        policy=form.policy,
        subject=_subject(form.subject),
        digest=digest_of_json(_meaning(form.model_dump())),
        zone=form.zone,
        gates=MappingProxyType(dict(form.gates)),
        people=MappingProxyType(dict(form.people)),
        keys=form.keys,
        statements=form.statements,
        trail=_trail(form.trail),
        stops=form.stops,
        facts=MappingProxyType(facts),
        evidence=MappingProxyType({name: _binding(bound, form.zone) for name, bound in form.evidence.items()}),
    )


def _subject(form: SubjectForm) -> Subject:
    return Subject(form.name, form.version, form.git_commit, form.model)


def _trail(form: TrailForm | None) -> TrailPlace | None:
    return TrailPlace(form.folder, form.key, form.witnesses, form.head) if form is not None else None


def _binding(form: BindingForm, zone: str | None) -> EvidenceBinding:
    return EvidenceBinding(
        files=_files(form, None, zone),
        baseline=_files(form.baseline, form, zone) if form.baseline is not None else None,
        collected_by=form.collected_by,
        collected_at=form.collected_at,
        subject=_subject(form.subject),
    )


def _files(form: FilesForm, like: FilesForm | None, zone: str | None) -> Files:
    """Return files; a baseline is read as the run that it is compared with unless it says otherwise."""
    return Files(
        form.files,
        form.reader or (like.reader if like else None),
        form.zone or (like.zone if like else None) or zone,
        MappingProxyType(dict(form.options or (like.options if like else {}))),
    )


def _undeclared(opened: OpenedProject, policy: CheckedPolicy) -> Iterator[Diagnostic]:
    form = opened.form
    for member, words, used, known in (
        ("gates", "gate", form.gates, policy.gates),
        ("people", "role", form.people, policy.roles),
        ("facts", "fact", form.facts, policy.facts),
        ("evidence", "evidence", form.evidence, policy.evidence),
    ):
        yield from _unknown_names(opened, member, words, used, known)


def _unknown_names(
    opened: OpenedProject, member: str, words: str, used: Iterable[str], known: Mapping[str, object]
) -> Iterator[Diagnostic]:
    for name in used:
        if name not in known:
            yield place_of(
                opened.document,
                (member, name),
                "PK604",
                f"the policy declares no {words} {quoted(name)}",
                key=True,
                expected=", ".join(quoted(n) for n in list(known)[:12]) if member != "facts" else "",
                help=did_you_mean(name, known),
            )


def _facts(opened: OpenedProject, policy: CheckedPolicy) -> tuple[dict[str, Any], list[Diagnostic]]:
    found: dict[str, Any] = {}
    problems = []
    for name, raw in opened.form.facts.items():
        declared = policy.facts.get(name)
        if declared is None:
            continue
        try:
            found[name] = coerce(declared.type, raw)
        except ValueProblem as problem:
            problems.append(
                place_of(
                    opened.document,
                    ("facts", name),
                    "PK605",
                    f"the fact {quoted(name)} is not understood",
                    expected=problem.expected,
                    got=problem.got,
                )
            )
    return found, problems


def _gate_order(opened: OpenedProject, policy: CheckedPolicy) -> Iterator[Diagnostic]:
    days = [(gate, opened.form.gates[gate]) for gate in policy.gates if gate in opened.form.gates]
    for (earlier, first), (later, second) in pairwise(days):
        if second < first:
            yield place_of(
                opened.document,
                ("gates", later),
                "PK606",
                f"the gate {quoted(later)} comes before {quoted(earlier)}",
                expected=f"{first.isoformat()} or later",
                got=second.isoformat(),
                help="correct one of the two days, or let the policy declare the gates in the order of their days",
            )


def _meaning(value: object) -> object:
    """Return the form as JSON that is the same for every layout: exact numbers as text, moments in ISO 8601."""
    if isinstance(value, dict):
        return {str(name): _meaning(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_meaning(item) for item in value]
    if isinstance(value, bool | str) or value is None:
        return value
    return f"number {value}" if isinstance(value, int | Decimal) else str(value)
