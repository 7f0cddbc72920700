"""The wheel works where nothing else is: grammar and packs are found, the command runs."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "examples" / "invoice-triage" / "invoice-triage.policy"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """An empty environment with the wheel and what it asks for."""
    work = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(work)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = work.glob("*.whl")
    assert wheel.name.startswith("policykit_ai-")
    venv.create(work / "env", with_pip=True)
    python = work / "env" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)], check=True, cwd=work
    )
    return work / "env" / "bin"


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [installed / command[0], *command[1:]], capture_output=True, text=True, cwd=installed, env=environment
    )


def test_the_command_says_its_version(installed):
    done = run(installed, "policykit", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("policykit ")


def test_the_grammar_and_the_packs_are_found(installed):
    done = run(installed, "policykit", "lint", str(POLICY), "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    json.loads(done.stdout)


def test_the_packs_that_ship_are_found(installed, tmp_path):
    policy = tmp_path / "p.policy"
    policy.write_text(
        'language 1\npolicy p version "1"\nparty a "A"\n'
        "role evaluation_lead, build_owner, run_owner, business_owner, security of a\n"
        'gate launch "all calls"\ninclude production-gap with min_cases = 800\n'
    )
    done = run(installed, "policykit", "lock", str(policy))
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(installed, "policykit", "lint", str(policy))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_of_codes_are_found(installed):
    done = run(installed, "policykit", "explain", "PK020")
    assert done.returncode == 0
    assert "does not fit here" in done.stdout


def test_a_policy_decides(installed):
    calls = ROOT / "examples" / "invoice-triage" / "calls.jsonl"
    done = run(installed, "policykit", "decide", str(POLICY), str(calls))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MODEL-1" in done.stdout


def test_nothing_heavy_is_imported_with_the_package(installed):
    code = "import sys, policykit; print([m for m in ('lark','pydantic','yaml','structlog','cryptography','rich','typer','re2') if m in sys.modules])"
    done = run(installed, "python", "-c", code)
    assert done.stdout.strip() == "[]", done.stderr
