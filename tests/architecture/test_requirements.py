"""Every environment is locked: what pyproject.toml and requirements/*.in ask for is pinned, with hashes, and no index is named."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted(FOLDER.rglob("*.txt"))
SOURCES = sorted(path for path in FOLDER.rglob("*.in") if path.name != "lock.in")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: Path) -> list[str]:
    """Return the requirements of a lock file, each with its hashes on one line."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text("utf-8"), flags=re.MULTILINE)
    return text.replace("\\\n", " ").splitlines()


def pins(lock: Path) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash")[0].strip())
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def asked_for(source: Path) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in source.read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def missing(wanted: list[Requirement], lock: Path) -> list[str]:
    """Return the requirements that no pin of a lock satisfies."""
    locked = pins(lock)
    return [
        str(each)
        for each in wanted
        if not any(
            each.specifier.contains(next(iter(pin.specifier)).version)
            for pin in locked.get(canonicalize_name(each.name), [])
        )
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_entry_of_a_lock_is_one_exact_version_with_hashes(lock):
    assert entries(lock)
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash")[0].strip())
        assert [each.operator for each in requirement.specifier] == ["=="], entry
        assert HASH.search(entry), entry
        assert requirement.url is None


@pytest.mark.parametrize("path", LOCKS + SOURCES, ids=lambda path: path.name)
def test_no_index_is_named(path):
    text = path.read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_the_project_is_locked_as_it_stands():
    base = [Requirement(each) for each in PROJECT["dependencies"]]
    extra = [Requirement(each) for each in PROJECT["optional-dependencies"]["dev"]]
    assert missing(base, FOLDER / "base.txt") == []
    assert missing(base + extra, FOLDER / "dev.txt") == []
    assert missing(base, FOLDER / "litellm.txt") == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_a_list_of_requirements_is_locked_as_it_stands(source):
    assert missing(asked_for(source), source.with_suffix(".txt")) == []


def test_a_requirement_that_no_pin_satisfies_is_seen():
    assert missing([Requirement("lark>=1000"), Requirement("no-such-thing")], FOLDER / "base.txt") == [
        "lark>=1000",
        "no-such-thing",
    ]


@pytest.mark.parametrize("name", ["base", "dev", "litellm"])
def test_what_is_installed_together_agrees(name):
    build = pins(FOLDER / "build.txt")
    other = pins(FOLDER / f"{name}.txt")
    assert {n: [str(p) for p in build[n]] for n in build.keys() & other.keys()} == {
        n: [str(p) for p in other[n]] for n in build.keys() & other.keys()
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_for_every_python_that_is_supported(lock):
    versions = [Version(each.rsplit("::")[-1]) for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
    names = {name for name, found in pins(lock).items() if any(pin.marker is None for pin in found)}
    assert len(versions) == 3
    for name, found in pins(lock).items():
        for version in versions:
            environment = {"python_version": str(version), "python_full_version": f"{version}.0"}
            chosen = [pin for pin in found if pin.marker is None or pin.marker.evaluate(environment)]
            assert len(chosen) == 1 or (not chosen and name not in names), (name, version)


def commands(*arguments: str) -> list[str]:
    """Return what make would run."""
    ours = {
        name: value for name, value in os.environ.items() if "MAKE" not in name and name not in {"MFLAGS", "NEWEST"}
    }
    done = subprocess.run(
        ["make", "-n", "-B", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, env=ours
    )
    return done.stdout.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("target", ["demo", "budget", "check", "test", "test-litellm", "bench"])
def test_make_installs_from_locks_and_then_the_package_without_its_requirements(target):
    installs = [line for line in commands(target) if "-m pip" in line]
    for line in installs:
        own = "--no-deps --no-build-isolation --editable ." in line
        assert own != ("--require-hashes --only-binary :all:" in line), line
    assert any("--require-hashes" in line for line in installs)


def test_make_test_runs_the_cheap_parts_first_and_says_that_it_is_everything():
    lines = commands("test")
    parts = [
        "everything, same as CI",
        "/ruff check",
        "/mypy",
        ".venv-litellm/bin/python -m pytest",
        ".venv/bin/python -m pytest -n",
    ]
    places = [next(n for n, line in enumerate(lines) if part in line) for part in parts]
    assert places == sorted(places)
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == "make test"


def test_the_newest_versions_are_tested_in_environments_of_their_own():
    lines = commands("test-latest")
    assert not [line for line in lines if "--require-hashes" in line or " .venv/" in line]
    assert [line for line in lines if ".venv-latest/bin/python -m pytest -n" in line]


def test_what_the_tests_read_is_in_the_source_distribution():
    """A packager runs the tests from there, without the repository."""
    written = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["sdist"]
    there = {each.removeprefix("/") for each in written["include"]} | {"pyproject.toml"}
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))]
    read = {name for text in texts for name in re.findall(r'(?:ROOT|parents\[\d\])\)? / f?"([^"/]+)', text)}
    assert {"docs", "Makefile", ".ci"} <= read
    assert {name for name in read if (ROOT / name).exists()} <= there
