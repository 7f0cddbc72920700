"""The rule of warnings in pyproject.toml: about our code they fail a test, about other people's code they are shown."""

import gc
import re
import types
import warnings
from pathlib import Path

import pytest

import policykit

ROOT = Path(__file__).parents[2]

NOTICES = [
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    UserWarning,
    RuntimeWarning,
    SyntaxWarning,
    ImportWarning,
]
OURS = [
    "policykit",
    "policykit.guard.adapters.litellm",
    "policykit_verify",
    "tests.unit.x",
    "benchmarks.x",
    "examples.demo",
]
THEIRS = ["litellm.router", "openai", "policykits", "policykit_contrib.x", "other.policykit", "contests.tests"]


def module(name: str, text: str) -> types.ModuleType:
    """Return a module that is made of a text and carries a name."""
    made = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec"), made.__dict__)
    return made


def warning_module(name: str) -> types.ModuleType:
    return module(name, "import warnings\ndef warn(kind, level=1):\n    warnings.warn('old', kind, stacklevel=level)\n")


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("name", OURS)
def test_a_module_of_ours_that_warns_fails(name, kind):
    with pytest.raises(kind, match="old"):
        warning_module(name).warn(kind)


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("name", THEIRS)
def test_a_module_of_others_that_warns_fails_nothing(name, kind):
    with warnings.catch_warnings(record=True) as seen:
        warning_module(name).warn(kind)
    assert [each.category for each in seen] == [kind]


@pytest.mark.parametrize("kind", NOTICES)
def test_what_others_say_about_our_code_fails(kind):
    library = warning_module("library")
    caller = module("policykit.caller", "def use(library, kind):\n    library.warn(kind, 2)\n")
    with pytest.raises(kind):
        caller.use(library, kind)


@pytest.mark.parametrize("place", ["policykit/engine/x.py", "standalone/x.py", "tests/unit/x.py", "examples/x.py"])
def test_what_the_compiler_says_about_our_files_fails(place):
    with pytest.raises(SyntaxError, match="perhaps you missed"):
        compile("x = [](1)", f"/somewhere/{place}", "exec")


@pytest.mark.parametrize("place", ["other/x.py", "policykits/x.py", ".venv/lib/site-packages/other/tests/x.py"])
def test_what_the_compiler_says_about_files_of_others_fails_nothing(place):
    with warnings.catch_warnings(record=True) as seen:
        compile("x = [](1)", f"/somewhere/{place}", "exec")
    assert [each.category for each in seen] == [SyntaxWarning]


def test_the_code_that_policies_become_is_ours():
    decide = policykit.load(ROOT / "examples" / "guard" / "small.policy", cache=False).decider("request")
    with pytest.raises(DeprecationWarning):
        exec("warn('old', KIND)", decide.__globals__ | {"warn": warnings.warn, "KIND": DeprecationWarning})
    with pytest.raises(SyntaxError, match="perhaps you missed"):
        compile("x = [](1)", decide.__code__.co_filename, "exec")


def test_policykit_issues_no_warnings_of_its_own():
    """What it has to say is a diagnostic. A warning's `stacklevel` could point past our code, at nobody's fault."""
    ours = [*(ROOT / "policykit").rglob("*.py"), *(ROOT / "standalone").rglob("*.py")]
    assert len(ours) > 500
    issues = re.compile(r"warnings\.(warn|warn_explicit)\b|from warnings import")
    assert [path.name for path in ours if issues.search(path.read_text("utf-8"))] == []


def test_what_a_library_says_about_another_fails_nothing():
    caller = module("another", "def use(library, kind):\n    library.warn(kind, 2)\n")
    with warnings.catch_warnings(record=True) as seen:
        caller.use(warning_module("library"), DeprecationWarning)
    assert len(seen) == 1


def test_a_test_that_uses_something_deprecated_fails():
    with pytest.raises(DeprecationWarning):
        warning_module("library").warn(DeprecationWarning, 2)


@pytest.mark.parametrize("kind", [ResourceWarning, BytesWarning, Warning, pytest.PytestUnraisableExceptionWarning])
def test_what_is_no_notice_about_a_module_fails_wherever_it_comes_from(kind):
    with pytest.raises(kind):
        warning_module("library").warn(kind)


def test_a_coroutine_that_nobody_awaits_is_an_error_wherever_it_is_dropped(pytester_run):
    drop = "async def work(): pass\n\ndef test_drop():\n    work()\n    import gc; gc.collect()\n"
    assert pytester_run(drop) == 1
    with pytest.raises(RuntimeWarning):
        module("asyncio.x", "import warnings\nwarnings.warn('coroutine `work` was never awaited', RuntimeWarning)")


def test_a_file_that_nobody_closed_is_an_error(pytester_run):
    assert pytester_run("def test_leak(tmp_path):\n    (tmp_path / 'f').open('w')\n    import gc; gc.collect()\n") == 1


@pytest.fixture
def pytester_run(tmp_path):
    """Run a file of tests under the project's own settings; return pytest's exit code."""
    import subprocess
    import sys

    def run(text: str) -> int:
        gc.collect()
        (tmp_path / "test_it.py").write_text(text)
        settings = ROOT / "pyproject.toml"
        command = [sys.executable, "-m", "pytest", "-q", "-c", str(settings), "--rootdir", str(tmp_path), "test_it.py"]
        return subprocess.run([*command, "-p", "no:cacheprovider"], cwd=tmp_path, capture_output=True).returncode

    return run
