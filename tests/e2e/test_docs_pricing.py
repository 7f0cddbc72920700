"""The page `docs/pricing.md` is true: its commands are run, and the example says what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from policykit.encoding.digest import digest_of_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pricing.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "guard"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    start = ["-c", "from policykit.cli.main import main; main()"] if program == "policykit" else []
    assert program in {"policykit", "python"}
    done = subprocess.run([sys.executable, *start, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def test_the_commands_of_the_page_do_what_it_says(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "guard")
    said = [run(command, tmp_path) for block in blocks("sh") for command in block.splitlines()]
    assert len(said) == 4
    digest = digest_of_file(EXAMPLE / "prices.json")
    assert said[1] == "2 of 2 models have a price\n"
    assert said[2] == f"{digest}\n"
    assert [said[3]] == blocks("output")
    assert digest in PAGE


def test_the_rule_of_the_page_is_the_examples():
    (rule,) = blocks("text")
    assert rule in (EXAMPLE / "budget.policy").read_text("utf-8")


def test_a_changed_price_makes_the_example_refuse_to_start(tmp_path):
    folder = shutil.copytree(EXAMPLE, tmp_path / "guard")
    prices = folder / "prices.json"
    prices.write_text(prices.read_text("utf-8").replace("4e-06", "4e-07"), "utf-8")
    done = subprocess.run([sys.executable, "budget.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "PK366" in done.stderr
