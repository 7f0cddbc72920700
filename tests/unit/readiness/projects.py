"""Small projects on disk for the tests of readiness: a policy, a project file, evidence, keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from policykit.evidence.model import Subject
from policykit.readiness.attest import Signing, sign_gate
from policykit.readiness.check import check_project, load_project
from policykit.readiness.verdict import ClauseVerdict, Verdict
from policykit.trail.keys import SigningKey

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

HEAD = """language 1

policy claims-helper version "1.0.0"
  title    "Claims helper"
  timezone "Europe/Berlin"

party supplier "Acme AI GmbH"
party customer "Northwind Ltd"
role evaluation_lead, run_owner of supplier
role risk, business_owner of customer
gate pilot  "the first calls"
gate launch "calls from all customers"
fact system.reads_mail : yes or no "whether it reads mail"
evidence golden  : evaluation from supplier "the golden set"
evidence attacks : red_team   from supplier "the red-team run"

section evaluation "Evaluation"
  owner  evaluation_lead
  before launch
"""

CASES = """
requirement EVAL-1 "The golden set is large"
  shown by golden, no older than 30 days
  check    golden.cases >= 500
"""

PROJECT = """project: 1
policy: claims.policy
subject: {name: claims-helper, version: "1.0.0"}
"""

GOLDEN = """
evidence:
  golden: {files: golden.yaml, collected_by: Ada Lund}
"""


def values(*, produced_at: str = "2026-11-19T12:00:00Z", kind: str = "evaluation", **stated: object) -> str:
    """Return hand-written evidence."""
    lines = [f"evidence: {kind}", *([f"produced_at: {produced_at}"] if produced_at else []), "values:"]
    return "\n".join([*lines, *(f"  {name}: {value}" for name, value in stated.items())]) + "\n"


def write(root: Path, clauses: str = CASES, project: str = PROJECT + GOLDEN, **files: str) -> Path:
    """Write a project; files are named with `__` for `.`. The golden run has 512 cases unless it is given."""
    contents = {"golden__yaml": values(cases=512, accuracy="94%"), **files}
    (root / "claims.policy").write_text(HEAD + clauses, encoding="utf-8")
    (root / "policykit.yaml").write_text(project, encoding="utf-8")
    for name, text in contents.items():
        path = root / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def verdict(root: Path, at: datetime = AT, gate: str | None = None) -> Verdict:
    """Check the project."""
    return check_project(root, at=at, gate=gate)


def clause(root: Path, id_: str = "EVAL-1", at: datetime = AT) -> ClauseVerdict:
    """Return the verdict of one clause."""
    return next(c for c in verdict(root, at).clauses if c.id == id_)


def key_of(person: str) -> SigningKey:
    """Return a key that is the same in every run, for tests only."""
    return SigningKey.from_seed(person.replace(" ", "-"), person.encode().ljust(32, b".")[:32])


def ring(*people: tuple[str, str], valid_to: str = "") -> str:
    """Return a key ring of people and roles."""
    ends = f"    valid_to: {valid_to}\n" if valid_to else ""
    entries = [
        f"  - key: {key_of(person).verifier.to_text()}\n    person: {person}\n    roles: [{role}]\n"
        f"    valid_from: 2026-01-01T00:00:00Z\n{ends}"
        for person, role in people
    ]
    return "keys:\n" + "".join(entries)


def signed(
    root: Path, person: str, role: str, *, at: datetime = AT, about: Subject | None = None, **how: object
) -> Path:
    """Sign for the gate `launch` and return the statement's file."""
    from dataclasses import replace

    policy, project = load_project(root)
    project = replace(project, subject=about) if about is not None else project
    signing = Signing(person, role, key_of(person).dsse_signer(), at)
    envelope = sign_gate(policy, project, signing, gate=how.pop("gate", "launch"), **how)
    number = len([*(root / "statements").glob("*")]) if (root / "statements").exists() else 0
    path = root / "statements" / f"{number}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(envelope.to_json())
    return path


def promptfoo(
    *, cases: int = 512, passed: int = 490, at: str = "2026-11-19T12:00:00.000Z", run: str = "e", **more: object
) -> str:
    """Return what promptfoo writes, with so many cases; another run has other cases."""
    rows = [
        {
            "testIdx": i, "success": i < passed, "failureReason": 0 if i < passed else 1, "score": int(i < passed),
            "provider": {"id": "openai:gpt-5-mini-2026-08-07"}, "promptId": "p1", "vars": {"mail": f"letter {i} of {run}", "group": "ab"[i % 2]}, "response": {"output": f"reply {i}"},
            "gradingResult": {"pass": i < passed, "score": int(i < passed), "reason": "ok", "componentResults": [
                {"pass": i < passed, "score": int(i < passed), "assertion": {"type": "contains", "value": "reply"}}]},
            "latencyMs": 10, "cost": 0.1,
        }
        for i in range(cases)
    ]  # fmt: skip
    stats = {"successes": passed, "failures": cases - passed, "errors": 0}
    body = {"version": 3, "timestamp": at, "prompts": [], "results": rows, "stats": stats}
    metadata = {"promptfooVersion": more.pop("version", "0.123.1")}
    return json.dumps({"evalId": run, "results": body, "config": {}, "metadata": metadata, **more})
