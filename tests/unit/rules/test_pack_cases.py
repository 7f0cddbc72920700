"""Every pack that ships brings cases: evidence that passes each of its clauses, and evidence that fails each.

The cases run through the real reader, checker and evaluator, as a project would that includes the pack and nothing else.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from policykit.readiness import attest
from policykit.readiness.attest import Signing
from policykit.readiness.check import check_project, load_project
from policykit.readiness.verdict import Verdict
from policykit.trail.format.keys import SigningKey

RULES = Path(__file__).parents[3] / "rules"
PACKS = sorted(path.parent.name for path in RULES.glob("*/*.policy"))
SIGNER = "Cleo Marsh"


class Base(NamedTuple):
    """What all cases of a pack begin with: evidence that passes."""

    pack: str
    at: datetime
    subject: dict[str, str]
    attested: list[str]
    evidence: dict[str, Any]


class Case(NamedTuple):
    """One set of evidence and the outcomes other than pass that it must have."""

    why: str
    base: Base
    evidence: Mapping[str, Any]
    attested: list[str]
    days_old: Mapping[str, int]
    outcome: Mapping[str, str]


def load_yaml(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), _TextLoader)


class _TextLoader(yaml.SafeLoader):
    """Reads `90%`, `499` and days as the texts that they are; only yes, no and null have another type."""


_TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":bool", ":null"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def base_of(pack: str) -> Base:
    found = load_yaml(RULES / pack / "cases" / "pass.yaml")
    return Base(
        pack, datetime.fromisoformat(found["at"]), found["subject"], found.get("attested", []), found["evidence"]
    )


def cases_of(pack: str) -> Iterator[Case]:
    base = base_of(pack)
    yield Case("everything is there", base, base.evidence, base.attested, {}, {})
    for path in sorted((RULES / pack / "cases").glob("*.yaml")):
        for found in load_yaml(path).get("cases", ()):
            unknown = found.keys() - {"why", "change", "without", "unsigned", "days_old", "outcome"}
            assert not unknown, f"{path.name}: {unknown}"
            yield Case(
                f"{path.stem}: {found['why']}",
                base,
                changed(base.evidence, found.get("change", {}), found.get("without")),
                [name for name in base.attested if name != found.get("unsigned")],
                {name: int(days) for name, days in found.get("days_old", {}).items()},
                found["outcome"],
            )


def changed(evidence: Mapping[str, Any], change: Mapping[str, Any], without: str | None) -> dict[str, Any]:
    """Return evidence with some values replaced; null takes a value away."""
    found = copy.deepcopy(dict(evidence))
    for name, parts in change.items():
        for part, values in parts.items():
            found[name][part].update(values)
            found[name][part] = {k: v for k, v in found[name][part].items() if v is not None}
    found.pop(without or "", None)
    return found


CASES = [case for pack in PACKS for case in cases_of(pack)]


def write_project(case: Case, folder: Path) -> Path:
    """Write a policy that includes the pack, the evidence, and a project file that binds it."""
    base = case.base
    bound = {name: {"files": f"{name}.yaml", "reader": "hand_written"} for name in case.evidence}
    project: dict[str, Any] = {"project": 1, "policy": "host.policy", "subject": base.subject, "keys": "keys.yaml"}
    (folder / "policykit.yaml").write_text(json.dumps(project | {"evidence": bound}), "utf-8")
    (folder / "host.policy").write_text(
        f'language 1\n\npolicy host version "1.0.0"\n  title    "Only the pack"\n  timezone "UTC"\n\ninclude {base.pack}\n',
        "utf-8",
    )
    key = SigningKey.generate("cleo")
    ring = {"key": key.verifier.to_text(), "person": SIGNER, "roles": [], "valid_from": "2026-01-01T00:00:00Z"}
    (folder / "keys.yaml").write_text(json.dumps({"keys": [ring]}), "utf-8")
    write_evidence(case, folder, key)
    return folder


def write_evidence(case: Case, folder: Path, key: SigningKey) -> None:
    policy, project = load_project(folder)
    for name, parts in case.evidence.items():
        produced = case.base.at - timedelta(days=case.days_old.get(name, 0))
        document = {"evidence": policy.evidence[name].kind.name, "produced_at": produced.isoformat(), **parts}
        (folder / f"{name}.yaml").write_text(json.dumps(document), "utf-8")
    for name in case.attested:
        if name in case.evidence:
            envelope = attest.manifest(f"{name}.yaml", project, Signing(SIGNER, "", key.dsse_signer(), case.base.at))
            (folder / f"{name}.yaml.manifest.json").write_bytes(envelope.to_json())


def check(case: Case, folder: Path) -> Verdict:
    return check_project(write_project(case, folder), at=case.base.at)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.base.pack}: {case.why}" for case in CASES])
def test_a_case_has_exactly_the_outcomes_that_it_states_and_each_says_why(case, tmp_path):
    verdict = check(case, tmp_path)
    prefix = f"{case.base.pack}/"
    found = {clause.id.removeprefix(prefix): clause.outcome.value for clause in verdict.clauses}
    assert {name: outcome for name, outcome in found.items() if outcome != "pass"} == dict(case.outcome)
    assert verdict.result == ("not met" if case.outcome else "met")
    unmet = [clause for clause in verdict.clauses if not clause.outcome.is_met]
    assert all(clause.reasons and all(reason.code and reason.message for reason in clause.reasons) for clause in unmet)
    assert {task.clause for task in verdict.to_do} == {clause.id for clause in unmet}


@pytest.mark.parametrize("pack", PACKS)
def test_every_clause_of_a_pack_can_pass_and_can_fail(pack, tmp_path):
    clauses = {clause.id.partition("/")[2] for clause in check(next(cases_of(pack)), tmp_path).clauses}
    failing = {name for case in cases_of(pack) for name, outcome in case.outcome.items() if outcome == "fail"}
    absent = {name for case in cases_of(pack) for name, outcome in case.outcome.items() if outcome == "not supplied"}
    assert clauses
    assert failing == clauses
    assert absent == clauses
