"""A project with a trail, keys and people, made with the real commands."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from policykit.cli.main import application

HEAD = """language 1

policy claims-helper version "1.0.0"
  title    "Claims helper"
  timezone "Europe/Berlin"

party supplier "Acme AI GmbH"
party customer "Northwind Ltd"
role evaluation_lead, build_owner, run_owner, security of supplier
role business_owner of customer
gate launch "calls from all customers"
"""

PACK = HEAD + "\ninclude production-gap with min_cases = 800\n"
"""Too large to be met in a test; what is looked at is OWN-3."""

POLICY = (
    HEAD
    + """
evidence agreement : audit_trail "the trail in which the definition was agreed"

requirement OWN-3 "What ready means was agreed before the build"
  shown by agreement, attested
  owner    evaluation_lead
  before   launch
  check    agreement.definition_agreed_at < agreement.build_started_at
"""
)
"""The same requirement alone."""

PROJECT = """project: 1
policy: claims.policy
subject: {name: claims-helper, version: "1.0.0"}
keys: keys.yaml
trail: {folder: trail, key: trail.pem.vkey}
evidence:
  agreement: {files: trail/checkpoint}
"""

PEOPLE = {"Ada Lund": "evaluation_lead", "Cleo Marsh": "business_owner"}
TRAIL_LINE = "trail: {folder: trail, key: trail.pem.vkey}"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """The project's folder, and the commands run in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, **environment: str) -> Done:
        """Run a command of the whole application in this process."""
        with contextlib.chdir(self.root):
            result = CliRunner().invoke(
                application(),
                list(map(str, arguments)),
                env={**self.environment, **environment},
            )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: object, prefix: tuple[str, ...] = (), **how: object) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POLICYKIT")}
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "policykit", *map(str, arguments)], cwd=self.root, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment, **self.environment}, **how,
        )  # fmt: skip

    def agree(self, person: str = "Ada Lund", *more: object, role: str = "", **environment: str) -> Done:
        role = role or PEOPLE.get(person, "run_owner")
        return self.run("agree", "--person", person, "--role", role, "--key", key_file(person), *more, **environment)

    def agree_all(self, *more: object) -> str:
        """Have both parties agree; return the definition's digest."""
        for person in PEOPLE:
            done = self.agree(person, *more)
            assert done.code == 0, done.err
        return done.out.split()[0]

    def build(self) -> None:
        assert self.run("agree", "build-started", "--by", "Ben Ito").code == 0

    def clause(self, id_: str = "OWN-3", *more: object) -> dict[str, object]:
        """Return a clause of the verdict, which is not recorded."""
        done = self.run("check", "--no-record", "--format", "json", *more)
        assert done.code in {0, 1}, done.err
        return next(c for c in json.loads(done.out)["clauses"] if c["id"] == id_)

    def codes(self) -> set[str]:
        """Return the codes of the reasons why OWN-3 is not met."""
        return {reason["code"] for reason in self.clause()["reasons"]}

    def records(self, kind: str = "") -> list[dict[str, object]]:
        lines = (self.root / "trail" / "seg" / "000000.jsonl").read_text("utf-8").splitlines()
        return [record for line in lines if (record := json.loads(line))["type"] == kind or not kind]

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text("utf-8")
        assert old in text
        self.write(name, text.replace(old, new))


def key_file(person: str) -> str:
    return f"{person.split(maxsplit=1)[0].lower()}.pem"


def make(root: Path, *, policy: str = POLICY, origin: str = "example.com/claims") -> Place:
    """Return a project with a key for the trail and one for each person; nothing is agreed yet."""
    state = root.parent / f"{root.name}-state"
    environment = {"XDG_STATE_HOME": str(state), "COLUMNS": "160", "POLICYKIT_TRAIL_KEY": str(root / "trail.pem")}
    place = Place(root, environment)
    place.write("claims.policy", policy)
    place.write("policykit.yaml", PROJECT)
    assert place.run("keys", "generate", origin, "-o", "trail.pem").code == 0
    ring = "keys:\n"
    for person, role in PEOPLE.items():
        public = place.run(
            "keys", "generate", key_file(person).removesuffix(".pem"), "-o", key_file(person)
        ).out.strip()
        ring += f"  - {{key: {public}, person: {person}, roles: [{role}], valid_from: 2026-01-01T00:00:00Z}}\n"
    place.write("keys.yaml", ring)
    return place
