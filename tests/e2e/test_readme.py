"""What the README shows is what happens."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.detect.catalogue import NAMES
from policykit.language.load import load_text
from policykit.vocabulary.builtin import builtin
from tests.spec.blocks import blocks

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


@pytest.mark.parametrize("block", blocks(README, "policy"), ids=lambda b: f"line {b.line}")
def test_the_policies_check(block):
    loaded = load_text("README.md", block.text, replace(builtin(), detectors=NAMES))
    assert [d for d in loaded.diagnostics if d.is_error] == []


@pytest.mark.parametrize("block", blocks(README, "python"), ids=lambda b: f"line {b.line}")
def test_the_python_runs(block):
    done = subprocess.run([sys.executable, "-W", "error", "-c", block.text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_files_that_it_links_exist():
    import re

    for target in re.findall(r"\]\((?!http)([^)#]+)", README.read_text()):
        assert (ROOT / target).exists(), target


def test_the_commands_that_it_shows_exist():
    for command in ("decide", "init", "check", "trail"):
        done = subprocess.run([sys.executable, "-m", "policykit", command, "--help"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_make_is_the_front_door():
    makefile = (ROOT / "Makefile").read_text()
    assert "\ndemo:" in makefile
    assert "\ntest:" in makefile
