"""Writes the example's evidence again: each file by the tool that a project would use, run on the sample in `system/`.

    python regenerate.py tools      promptfoo, pytest and litellm; needs all three (below)
    python regenerate.py sign       new example keys, signed statements, manifests and sign-offs
    python regenerate.py all        both, and the day on which the demo is judged (`instant.txt`)

Needs, none of which policykit needs itself:

- promptfoo (`npm install promptfoo` in a folder of its own); name its program in the variable `PROMPTFOO`;
- litellm (`pip install litellm` in an environment of its own); name that environment's Python in `LITELLM_PYTHON`;
- pytest, in the environment that runs this script.

What people write down by hand (`evidence/*/*.yaml`) is not made here; `all` only writes today's date where a person
would look at the values once more. Private keys live in memory and are gone when the script ends, so `sign` makes new
ones each time. **They are example keys: whoever runs this script signs in everybody's name.** A changed clause needs
`sign` again, because what people signed for was another definition.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from policykit.encoding import Envelope, parse_envelope
from policykit.evidence import Subject
from policykit.readiness import Signing, human_statement, load_project, manifest, sign_gate
from policykit.trail import SigningKey

HERE = Path(__file__).parent
SYSTEM = HERE / "system"
READY, NOT_READY = HERE / "evidence" / "ready", HERE / "evidence" / "not-ready"
PILOT, PREVIOUS, CURRENT = "pilot", "previous", "current"
PROJECTS = {READY: HERE / "policykit.yaml", NOT_READY: HERE / "not-ready.yaml"}

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "Ada Lund": ("evaluation_lead",),
    "Ben Ito": ("run_owner",),
    "Carl Osei": ("build_owner",),
    "Dora Klein": ("business_owner",),
    "Cleo Marsh": ("risk",),
    "Emil Novak": ("security",),
    "Fay Brandt": ("compliance",),
}
"""Who has a key, and the roles in which the key may sign."""
KEYS_FROM, KEYS_TO = "2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z"
QUIET = {
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_DEBUG_LOG": "1",
    "PROMPTFOO_DISABLE_ERROR_LOG": "1",
    # The mail stands in the variables of each row already; without its copy the files are smaller.
    "PROMPTFOO_STRIP_PROMPT_TEXT": "1",
}


def main(arguments: list[str]) -> int:
    """Run the part that is asked for."""
    parts = {"tools": (tools,), "sign": (sign,), "all": (tools, restamp, sign)}
    if len(arguments) != 1 or arguments[0] not in parts:
        print(__doc__)
        return 2
    for part in parts[arguments[0]]:
        part()
    return 0


def tools() -> None:
    """Have the tools write what they write."""
    for folder, release in ((READY, CURRENT), (NOT_READY, PILOT)):
        _promptfoo("golden", release, folder / "golden.json")
        _promptfoo("attacks", release, folder / "attacks.json")
        _pytest(release, folder / "integration.xml")
        _litellm(release, folder)
    _promptfoo("golden", PREVIOUS, READY / "golden-2.2.0.json")


def _promptfoo(config: str, release: str, output: Path) -> None:
    program = os.environ.get("PROMPTFOO", "promptfoo")
    size = "small" if release == PILOT else "full"
    files = ("-c", f"promptfoo/{config}.yaml", "-o", os.path.relpath(output, SYSTEM))
    one_at_a_time = ("-j", "1")  # so that the latency is the assistant's own
    quietly = ("--no-cache", "--no-table", "--no-progress-bar", "--no-share", "--no-write")
    with tempfile.TemporaryDirectory() as scratch:
        _run(
            [program, "eval", *files, *one_at_a_time, *quietly],
            {**QUIET, "PROMPTFOO_CONFIG_DIR": scratch, "RELEASE": release, "CASES": size},
            expected=(0, 100),  # 100: a test failed, which is for the policy to judge
        )


def _pytest(release: str, output: Path) -> None:
    alone = ("-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:randomly")
    report = ("-o", "junit_family=xunit2", f"--junit-xml={os.path.relpath(output, SYSTEM)}")
    _run(
        [sys.executable, "-m", "pytest", "--quiet", *alone, *report, "tests"],
        {"RELEASE": release},
        expected=(0, 1),
    )


def _litellm(release: str, folder: Path) -> None:
    python = os.environ.get("LITELLM_PYTHON", sys.executable)
    _run([python, "spend.py", release, str(folder)], {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}, expected=(0,))


def _run(command: list[str], environment: Mapping[str, str], expected: tuple[int, ...]) -> None:
    shown = " ".join(f"{name}={value}" for name, value in environment.items() if name in ("RELEASE", "CASES"))
    print("$", shown, *command, flush=True)
    done = subprocess.run(command, cwd=SYSTEM, env={**os.environ, **environment}, check=False)
    if done.returncode not in expected:
        sys.exit(f"regenerate: exit code {done.returncode}, expected {expected}")


def restamp() -> None:
    """Write today's date into the hand-written files, and the instant at which the demo is judged: two days on.

    The pilot's rota stays three weeks old, the load test a quarter: that they are too old is what they show.
    """
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ages = {"rota.yaml": {NOT_READY: timedelta(days=21)}, "load.yaml": dict.fromkeys(PROJECTS, timedelta(days=110))}
    for folder in PROJECTS:
        for path in sorted(folder.glob("*.yaml")):
            day = now - ages.get(path.name, {}).get(folder, timedelta())
            text = re.sub(r"(?m)^produced_at: .*$", f"produced_at: {_text(day)}", path.read_text("utf-8"))
            path.write_text(text, "utf-8")
    for project in PROJECTS.values():
        text = re.sub(r"(?m)^    collected_at: .*$", f"    collected_at: {_text(now)}", project.read_text("utf-8"))
        project.write_text(text, "utf-8")
    (HERE / "instant.txt").write_text(f"{_text(now + timedelta(days=2))}\n", "utf-8")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def sign() -> None:
    """Make keys, and sign what people sign."""
    keys = {person: SigningKey.generate(person.lower().replace(" ", "-")) for person in PEOPLE}
    _write_ring(keys)
    now = _signing()
    _Desk(READY, keys, now).sign_ready()
    _Desk(NOT_READY, keys, now).sign_not_ready()


def _signing() -> datetime:
    """Return the instant of signing: now, or the day before the demo is judged where that has passed."""
    judged = datetime.fromisoformat((HERE / "instant.txt").read_text("utf-8").strip())
    now = datetime.now(UTC).replace(microsecond=0)
    return now if now < judged else judged - timedelta(days=1)


def _write_ring(keys: Mapping[str, SigningKey]) -> None:
    lines = ["# EXAMPLE KEYS. Anybody can make their like with regenerate.py; trust them nowhere else.", "keys:"]
    for person, key in keys.items():
        lines += [
            f"  - key: {key.verifier.to_text()}",
            f"    person: {person}",
            f"    roles: [{', '.join(PEOPLE[person])}]",
            f"    valid_from: {KEYS_FROM}",
            f"    valid_to: {KEYS_TO}",
        ]
    (HERE / "keys.yaml").write_text("\n".join(lines) + "\n", "utf-8")


class _Desk:
    """Where the people of one project sign. What `policykit attest` does, with keys that are never written down."""

    def __init__(self, folder: Path, keys: Mapping[str, SigningKey], now: datetime) -> None:
        self._folder, self._keys, self._now = folder, keys, now
        self._policy, self._project = load_project(PROJECTS[folder])

    def sign_ready(self) -> None:
        """Sign what is there when a system is ready."""
        before_the_build = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
        founding = replace(self._project, subject=Subject(self._project.subject.name))
        agreed = self._signing("Dora Klein", before_the_build)
        text = "this is what production-ready means"
        envelope = human_statement(self._policy, founding, agreed, text=text, decision="approve")
        self._write("agreed.json", envelope)
        self._state(
            "Fay Brandt", "privacy", "the assessment of 12 October finds no high risk", expires=date(2027, 10, 12)
        )
        self._state("Emil Novak", "review", "reviewed with the code of release 2.3.0; two findings, both mended")
        self._state("Dora Klein", "payer", "120,000 EUR a year from the budget of the claims department")
        self._attest("Emil Novak", "attacks.json")
        self._sign_off("canary", "Ben Ito", "Emil Novak", "Cleo Marsh")
        self._sign_off("launch", "Ben Ito", "Emil Novak", "Cleo Marsh", "Dora Klein")

    def sign_not_ready(self) -> None:
        """Sign what is there after a pilot: a review that says no, a statement that was changed afterwards, a no."""
        self._state("Emil Novak", "review", "the ledger's password stands in the code", decision="reject")
        self._state("Fay Brandt", "privacy", "not before the assessment is finished", decision="reject")
        self._change("privacy.json")
        self._attest("Emil Novak", "attacks.json")
        self._sign_off("launch", "Cleo Marsh", decision="reject")

    def _signing(self, person: str, at: datetime | None = None) -> Signing:
        return Signing(person, PEOPLE[person][0], self._keys[person].dsse_signer(), at or self._now)

    def _state(self, person: str, name: str, text: str, decision: str = "approve", expires: date | None = None) -> None:
        signing = self._signing(person)
        found = human_statement(self._policy, self._project, signing, text=text, decision=decision, expires=expires)
        self._write(f"{name}.json", found)

    def _attest(self, person: str, name: str) -> None:
        path = (self._folder / name).relative_to(HERE)
        self._write(f"{name}.manifest.json", manifest(path.as_posix(), self._project, self._signing(person)))

    def _sign_off(self, gate: str, *people: str, decision: str = "approve") -> None:
        for person in people:
            signing = self._signing(person)
            envelope = sign_gate(self._policy, self._project, signing, gate=gate, decision=decision)
            self._write(f"sign-offs/{gate}-{signing.role.replace('_', '-')}.json", envelope)

    def _change(self, name: str) -> None:
        """Turn a `reject` into an `approve` without the key, as somebody in a hurry might."""
        path = self._folder / name
        envelope = parse_envelope(path.read_bytes())
        payload = envelope.payload.replace(b'"reject"', b'"approve"')
        path.write_bytes(replace(envelope, payload=payload).to_json())

    def _write(self, name: str, envelope: Envelope) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(envelope.to_json())
        print("signed", path.relative_to(HERE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
