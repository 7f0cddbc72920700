"""From the path of a project file to a verdict: the only module of readiness that reads files on its own.

Example: `check_project("policykit.yaml", at=datetime.now(UTC)).result`
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from policykit.detect import catalogue
from policykit.encoding.digest import digest_of_bytes
from policykit.errors import EvidenceError, PolicyError, ProjectError
from policykit.evidence.key_ring import NO_KEYS, KeyRing, load_key_ring
from policykit.evidence.safe_file import open_evidence, resolve
from policykit.evidence.times import zone_named
from policykit.language.checked import CheckedPolicy
from policykit.language.load import load_file
from policykit.readiness.decide import Inputs, decide
from policykit.readiness.project import Project
from policykit.readiness.project_file import OpenedProject, find_project, open_project, project_of
from policykit.readiness.project_trail import gates_met, trail_of
from policykit.readiness.statements import read_statements
from policykit.readiness.supply import Progress, supplies_of
from policykit.readiness.verdict import Verdict
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.builtin import builtin

_MAX_KEY_RING_BYTES = 1024 * 1024


def load_project(path: str | os.PathLike[str]) -> tuple[CheckedPolicy, Project]:
    """Return the policy and the project that a project file, or its folder, stands for.

    Raises:
        ProjectError: the project file cannot be used.
        PolicyError: the policy cannot be used.
    """
    opened = open_project(find_project(Path(path)))
    policy = _policy(opened)
    return policy, project_of(opened, policy)


def _policy(opened: OpenedProject) -> CheckedPolicy:
    try:
        resolve(opened.form.policy, opened.path.parent)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None
    vocabulary = replace(builtin(), detectors=catalogue.NAMES)
    loaded = load_file(opened.policy_path, vocabulary)
    if loaded.policy is None:
        raise PolicyError(loaded.diagnostics)
    return loaded.policy


def load_keys(project: Project) -> tuple[KeyRing, str]:
    """Return the project's key ring and its digest; an empty one when it names none.

    Raises:
        ProjectError: the key ring cannot be used.
    """
    if not project.keys:
        return NO_KEYS, ""
    try:
        ring = load_key_ring(project.keys, project.root)
        with open_evidence(project.keys, project.root) as file:
            return ring, digest_of_bytes(file.whole(_MAX_KEY_RING_BYTES))
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def check_project(
    path: str | os.PathLike[str], *, at: datetime, gate: str | None = None, progress: Progress | None = None
) -> Verdict:
    """Return the verdict for a gate of a project.

    Args:
        path: the project file or its folder.
        at: the instant of the check, aware.
        gate: a gate of the policy; None for the last one.
        progress: told how far reading of large files has come.

    Raises:
        ProjectError: the project file, the key ring or the gate cannot be used.
        PolicyError: the policy cannot be used.
    """
    policy, project = load_project(path)
    return check_loaded(policy, project, at=at, gate=gate, progress=progress)


def check_loaded(
    policy: CheckedPolicy, project: Project, *, at: datetime, gate: str | None = None, progress: Progress | None = None
) -> Verdict:
    """Return the verdict for a gate of a project that `load_project` returned; as `check_project`."""
    if gate is not None and gate not in policy.gates:
        raise ProjectError([_unknown_gate(gate, policy)])
    ring, ring_digest = load_keys(project)
    trail = trail_of(project, policy)
    today = at.astimezone(zone_named(policy.timezone)).date()
    is_ahead = any(day > today for day in project.gates.values())
    return decide(
        Inputs(
            policy=policy,
            project=project,
            supplies=supplies_of(policy, project, at, ring, progress, trail=trail),
            statements=read_statements(project, policy, ring, at),
            at=at,
            key_ring=ring,
            key_ring_digest=ring_digest,
            # a day that has come needs nothing from the trail
            gates_met=gates_met(project, trail) if trail is not None and is_ahead else {},
        ),
        gate,
    )


def _unknown_gate(gate: str, policy: CheckedPolicy) -> Diagnostic:
    return Diagnostic(
        "PK607",
        f"the policy has no gate {quoted(gate)}",
        expected=", ".join(quoted(name) for name in policy.gates) or "no `--gate`: the policy declares none",
        help=did_you_mean(gate, policy.gates),
    )
