"""The page `docs/trail.md` is true: its project is written, and its commands are run in order."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.trail_project import POLICY, PROJECT, make

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "trail.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_commands_of_the_page_do_what_it_says(tmp_path):
    place = make(tmp_path / "claims")
    shutil.copy(ROOT / "standalone" / "policykit_verify.py", place.root)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 13
    for command in commands:
        program, *arguments = shlex.split(command)
        if program == "policykit":
            done = place.run(*arguments, POLICYKIT_TRAIL_KEY="")
            code, said = done.code, done.out + done.err
        else:
            path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
            ran = subprocess.run(
                ["sh", "-c", command], cwd=place.root, capture_output=True, text=True, check=False, env={"PATH": path}
            )
            code, said = ran.returncode, ran.stdout + ran.stderr
        assert code == 0, f"{command}\n{said}"
    assert [record["type"] for record in place.records()] == [
        "genesis", "definition_agreed", "definition_agreed", "build_started", "verdict", "key_rotation",
    ]  # fmt: skip
    assert place.records("verdict")[0]["verdict"] == "met"


def test_the_project_and_the_requirement_of_the_page_are_those_that_are_run():
    (project,) = blocks("yaml")
    assert project.removeprefix("# policykit.yaml\n") == PROJECT
    (requirement,) = blocks("text")
    assert requirement in POLICY
