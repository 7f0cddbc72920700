"""The wheel works where nothing else is: grammar and packs are found, the command runs."""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
WRITE_A_TRAIL = """
from pathlib import Path
from policykit.trail import entries
from policykit.trail.write.append import Trail
from policykit.trail.format.keys import load_signing_key
from policykit.trail.write.options import TrailOptions

key = load_signing_key(Path("key.pem"), "desk.example")
with Trail.open(Path("trail"), signer=key.note_signer(), options=TrailOptions(state_directory=Path("state"))) as trail:
    for number in range(3):
        trail.append(entries.approval(decision_id=f"d-{number}", clause="R-1", approver="Ada", granted=True, reason="fine"))
"""
POLICY = ROOT / "examples" / "invoice-triage" / "invoice-triage.policy"


LOCK = ROOT / "requirements" / "base.txt"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """An empty environment with what the lock file says, and the wheel."""
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
    pip = [work / "env" / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCK)]
    subprocess.run([*pip, "install", *locked], check=True, cwd=work)
    subprocess.run([*pip, "install", "--no-deps", str(wheel)], check=True, cwd=work)
    return work / "env" / "bin"


def run(installed: Path, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [installed / command[0], *command[1:]], capture_output=True, text=True, cwd=cwd or installed, env=environment
    )


def test_the_lock_has_everything_that_the_wheel_asks_for_and_nothing_else_is_there(installed):
    done = run(installed, "python", "-m", "pip", "check")
    assert done.returncode == 0, done.stdout
    listed = run(installed, "python", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
    found = {canonicalize_name(each["name"]) for each in json.loads(listed.stdout)}
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE)}
    assert found - {"pip", "setuptools", "policykit-ai"} <= locked


def test_the_package_is_the_installed_one(installed):
    done = run(installed, "python", "-c", "import policykit; print(policykit.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(installed.parent), done.stderr


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


def test_a_new_project_is_written_and_checked(installed, tmp_path):
    assert run(installed, "policykit", "init", "desk", cwd=tmp_path).returncode == 0
    done = run(installed, "policykit", "check", cwd=tmp_path / "desk")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not met" in done.stdout.lower()


def test_a_clause_is_explained(installed):
    done = run(installed, "policykit", "explain", "MODEL-1", str(POLICY))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gpt-5-mini" in done.stdout


def test_a_trail_is_written_and_verified_and_a_changed_one_is_not(installed, tmp_path):
    assert (
        run(installed, "policykit", "keys", "generate", "desk.example", "-o", "key.pem", cwd=tmp_path).returncode == 0
    )
    done = run(installed, "python", "-c", WRITE_A_TRAIL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    verify = ["policykit", "trail", "verify", "trail", "--vkey", "key.pem.vkey"]
    done = run(installed, *verify, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (segment,) = (tmp_path / "trail" / "seg").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"Ada", b"Eve"))
    assert run(installed, *verify, cwd=tmp_path).returncode == 1


def test_nothing_heavy_is_imported_with_the_package(installed):
    code = "import sys, policykit; print([m for m in ('lark','pydantic','yaml','structlog','cryptography','rich','typer','re2') if m in sys.modules])"
    done = run(installed, "python", "-c", code)
    assert done.stdout.strip() == "[]", done.stderr
