"""What a guard does not import: in a process of its own, from the cache, up to its first decision."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.guard_call import policy_text

NEVER = (
    "lark",
    "pydantic",
    "yaml",
    "structlog",
    "rich",
    "typer",
    "cryptography",
    "policykit.cli",
    "policykit.evidence",
    "policykit.language",
    "policykit.readiness",
)
"""Modules that stay away, with all below them, while a guard is made from the cache and allows a call."""
LATER = (
    *("datetime", "decimal", "fractions", "pathlib", "pickle", "re2", "secrets", "sqlite3", "urllib", "zoneinfo"),
    *("policykit.detect", "policykit.source", "policykit.trail.entries", "policykit.vocabulary.types"),
    *("policykit.engine.scope", "policykit.guard.windows", "policykit.guard.stores.protocol"),
)
"""Modules that are imported once they are needed: by a decision, a trail, a window, a problem."""
SCRIPT = """
import json, sys
from policykit.guard import Guard

guard = Guard.load(sys.argv[1], context_facts=["call.team"])

@guard.call({"call.text": "prompt", "call.model": "model"})
def answer(prompt, model):
    return "It comes on Monday."

ready = list(sys.modules)
with guard.context(team="team-3"):
    answer("When does it come?", "gpt-5-mini")
print(json.dumps([ready, list(sys.modules)]))
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The modules of a process when its guard is ready, and after one call."""
    folder = tmp_path_factory.mktemp("guard")
    path = folder / "speed.policy"
    path.write_text(policy_text(), encoding="utf-8")
    environment = {"POLICYKIT_CACHE_DIR": str(folder / "cache"), "XDG_CONFIG_HOME": str(folder / "config")}
    root = Path(__file__).parents[2]
    for _ in range(2):  # the first run reads the file and fills the cache
        done = subprocess.run(
            [sys.executable, "-S", "-c", SCRIPT, str(path)],
            env={"PYTHONPATH": ":".join([str(root), *sys.path]), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
    return [set(found) for found in json.loads(done.stdout)]


def below(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return sorted(module for module in modules for name in names if module == name or module.startswith(f"{name}."))


def test_a_guard_from_the_cache_is_ready_without_parser_models_and_libraries(imported):
    ready, _ = imported
    assert "policykit.guard.guard" in ready
    assert below(ready, NEVER) == []
    assert below(ready, LATER) == []


def test_an_allowed_call_needs_none_of_them_either(imported):
    _, called = imported
    assert "policykit.detect.scan" in called
    assert below(called, NEVER) == []
