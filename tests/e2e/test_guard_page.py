"""The Python of `docs/guard.md` runs, from top to bottom, against local servers that speak the providers' formats."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spec.blocks import blocks
from tests.unit.guard.provider_server import chunks, completion, message, serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guard.md"
SECRET = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def test_the_page_runs_from_top_to_bottom(tmp_path):
    for name, policy in zip(("desk", "shop"), blocks(PAGE, "policy"), strict=True):
        (tmp_path / f"{name}.policy").write_text(policy.text, "utf-8")
    script = "\n".join(block.text for block in blocks(PAGE, "python"))
    (tmp_path / "page.py").write_text(script, "utf-8")
    stream = chunks(f"take {SECRET[:12]}", f"{SECRET[12:]} and go")
    with serving(completion(), stream) as first, serving(message()) as second:
        done = subprocess.run(
            [sys.executable, "-W", "error", "page.py"],
            cwd=tmp_path,
            env={
                **os.environ,
                "OPENAI_BASE_URL": first.url,
                "OPENAI_API_KEY": "none",
                "ANTHROPIC_BASE_URL": second.url,
                "ANTHROPIC_API_KEY": "none",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert "4111" not in str([first.requests, second.requests])


@pytest.mark.parametrize("policy", blocks(PAGE, "policy"), ids=lambda block: f"line {block.line}")
def test_its_policies_have_no_findings(policy, tmp_path):
    path = tmp_path / "page.policy"
    path.write_text(policy.text, "utf-8")
    for command in ("lint",):
        done = subprocess.run([sys.executable, "-m", "policykit", command, str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_the_files_that_it_links_exist():
    import re

    for target in re.findall(r"\]\((?!http|#)([^)#]+)", PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target


def test_the_sections_that_it_links_exist():
    import re

    text = PAGE.read_text()
    titles = {
        re.sub(r"[^a-z0-9 -]", "", line.partition(" ")[2].lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith(("## ", "### "))
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= titles
