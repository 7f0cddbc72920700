"""The page `docs/replay.md` is true: its files are written, its code and its commands are run in order."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "replay.md").read_text("utf-8")
EXITS = [1, 1, 1, 1, 0]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def place(tmp_path):
    (old,) = blocks("policy")
    new = old.replace("1.0.0", "1.1.0").replace('["gpt-5-mini"]', '["gpt-5-mini", "claude-haiku-5"]')
    (tmp_path / "old.policy").write_text(old)
    (tmp_path / "new.policy").write_text(new.replace("500 EUR", "300 EUR"))
    (tmp_path / "calls.jsonl").write_text(blocks("json")[0])
    return tmp_path


def run(place, *arguments):
    environment = {**os.environ, "XDG_CACHE_HOME": str(place / "cache"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def test_the_code_and_the_commands_of_the_page_do_what_it_says(place):
    guarded, in_code = blocks("python")
    made = run(place, "-c", guarded)
    assert made.returncode == 0, made.stderr
    said = []
    for command, code in zip("".join(blocks("sh")).splitlines(), EXITS, strict=True):
        program, *arguments = shlex.split(command)
        assert program == "policykit"
        done = run(place, "-m", "policykit", *arguments)
        assert (done.returncode, done.stderr) == (code, ""), command
        said.append(done.stdout)
    (shown,) = blocks("text")
    assert re.sub(r"sha256:[0-9a-f]{12}", "sha256:############", said[0]) == shown
    assert "verified with the key of example.com/claims" in said[2]
    report = json.loads(said[3])
    assert report["conclusion"] == "changed"
    described = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert set(report) == set(re.findall(r"`(\w+)`", "".join(described)))
    answered = run(place, "-c", in_code)
    assert (answered.returncode, answered.stdout) == (0, "changed 1 0 ['REFUND-1']\n"), answered.stderr
