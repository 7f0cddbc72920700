"""The trail that the project file names: its key, witnesses and kept head, and opening it to write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import EvidenceError, KeyMaterialError, ProjectError, TrailError
from policykit.evidence.project_trail import Definition, ProjectTrail, history_of
from policykit.evidence.safe_file import open_evidence, resolve
from policykit.language.checked import CheckedPolicy
from policykit.readiness.project import Project, TrailPlace
from policykit.source import Diagnostic
from policykit.source.visible import quoted

if TYPE_CHECKING:
    from policykit.trail.append import Trail
    from policykit.trail.keys import SigningKey, VerifierKey
    from policykit.trail.witness.policy import WitnessPolicy

_MAX_KEY_BYTES = 16_384
_MAX_BYTES = 1024 * 1024
_KEY = "`trail.key` is what `policykit keys generate` printed, or the name of its file FILE.vkey"
_WITNESSES = "`trail.witnesses` names a file with lines such as `witness w1 VKEY` and `quorum w1`"


def trail_of(project: Project, policy: CheckedPolicy) -> ProjectTrail | None:
    """Return the project's trail with what an agreement on the policy must be about; None when it names none.

    Raises:
        ProjectError: its key, witness policy or head cannot be used, or it lies outside of the project.
    """
    place = project.trail
    if place is None:
        return None
    try:
        folder_of(project, place)
        return ProjectTrail(
            place.folder,
            _key(place, project),
            definition_of(project, policy),
            _witnesses(place.witnesses, project) if place.witnesses else None,
            _file(place.head, project, _MAX_BYTES) if place.head else None,
            (
                *(("--witness-policy", place.witnesses) if place.witnesses else ()),
                *(("--head", place.head) if place.head else ()),
            ),
        )
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def gates_met(project: Project, trail: ProjectTrail) -> Mapping[str, date]:
    """Return, for each gate that a recorded verdict says was met, the earliest day that such a record states for it.

    A record without a day states the day that was judged. A trail that is not valid cannot excuse anybody: every gate
    then counts as met long ago.
    """
    try:
        folder = Path(resolve(trail.folder, project.root))
        if not (folder / "seg").exists():
            return {}
        name = f"{trail.folder}/checkpoint"
        records = [item.record.members for item in history_of(trail, project.root, name).kept]
    except EvidenceError:
        return dict.fromkeys(project.gates, date.min)
    found: dict[str, date] = {}
    for members in records:
        if members.get("verdict") == "met" and members.get("gate"):
            gate, day = str(members["gate"]), str(members.get("gate_day") or members.get("at") or date.min)
            found[gate] = min(found.get(gate, date.max), date.fromisoformat(day[:10]))
    return found


def definition_of(project: Project, policy: CheckedPolicy) -> Definition:
    """Return what an agreement on the policy must be about, and who must sign it."""
    parties: dict[str, set[str]] = {}
    for role in policy.roles.values():
        if role.party:  # a role that only a pack brings is nobody's
            parties.setdefault(role.party, set()).add(role.name)
    by_party = {party: frozenset(roles) for party, roles in parties.items()}
    return Definition(policy.name, policy.digest, project.subject.name, by_party)


def folder_of(project: Project, place: TrailPlace) -> Path:
    """Return the trail's folder.

    Raises:
        EvidenceError: it lies outside of the project.
    """
    return Path(resolve(place.folder, project.root))


def _key(place: TrailPlace, project: Project) -> VerifierKey:
    from policykit.trail.keys import SignatureType, parse_verifier_key

    text = place.key
    if text.count("+") < 2:
        text = _file(text, project, _MAX_KEY_BYTES).split(b"\n", 1)[0].decode("utf-8", "replace")
    try:
        key = parse_verifier_key(text.strip())
    except KeyMaterialError as problem:
        raise ProjectError([_unusable(problem, project, _KEY)]) from None
    if key.type is not SignatureType.ED25519:
        what = "this key signs as a witness, not for a trail"
        raise ProjectError([_problem(what, project, _KEY, "an Ed25519 trail key")])
    return key


def _witnesses(path: str, project: Project) -> WitnessPolicy:
    from policykit.trail.witness.policy import parse_witness_policy

    data = _file(path, project, _MAX_BYTES)
    try:
        return parse_witness_policy(data, path)
    except (TrailError, KeyMaterialError) as problem:
        raise ProjectError([_unusable(problem, project, _WITNESSES)]) from None


def _file(path: str, project: Project, limit: int) -> bytes:
    with open_evidence(path, project.root) as file:
        return file.whole(limit)


def _unusable(problem: TrailError | KeyMaterialError, project: Project, advice: str) -> Diagnostic:
    cause = next(iter(problem.diagnostics), None)
    if cause is None:
        return _problem(str(problem), project, advice)
    return _problem(f"{cause.message}", project, advice, cause.expected, cause.got)


def _problem(message: str, project: Project, advice: str, expected: str = "", got: str = "") -> Diagnostic:
    return Diagnostic(
        "PK651",
        f"the trail of the project cannot be used: {message}",
        place=project.name,
        expected=expected,
        got=got,
        help=advice,
    )


def require_own_key(key: SigningKey, trail: ProjectTrail, source: str) -> None:
    """Refuse a private key that is not the one whose public half the project file names.

    Raises:
        ProjectError: it is another one.
    """
    if key.verifier == trail.key:
        return
    raise ProjectError(
        [
            Diagnostic(
                "PK661",
                "this key does not sign for the project's trail",
                place=source,
                expected=quoted(trail.key.to_text()),
                got=quoted(key.verifier.to_text()),
                help="give the trail's private key, or correct `trail.key` in the project file",
            )
        ]
    )


def open_trail(project: Project, key: SigningKey, *, begin: bool = False) -> Trail:
    """Return the project's trail, open for writing; the caller closes it.

    Args:
        project: names it.
        key: its private key.
        begin: whether to begin it where there is none; otherwise a trail that is missing is an error, because a
            check must not quietly begin a new one in the place of one that was removed.

    Raises:
        ProjectError: there is none, or it lies outside of the project.
        TrailError: it is damaged, was rolled back, or cannot be written.
    """
    from policykit.trail.append import Trail
    from policykit.trail.layout import TrailPaths
    from policykit.trail.options import SyncMode, TrailOptions

    assert project.trail is not None
    try:
        folder = folder_of(project, project.trail)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None
    if not begin and not TrailPaths(folder).segment_numbers():
        raise ProjectError(
            [
                Diagnostic(
                    "PK662",
                    "there is no trail yet",
                    place=project.trail.folder,
                    help="`policykit agree` begins it; if there was one, restore it",
                )
            ]
        )
    return Trail.open(folder, signer=key.note_signer(), options=TrailOptions(sync=SyncMode.ALWAYS))
