"""Laws of the Python that we show: it imports from faces only, and type checkers find nothing in it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.faces import FACES, ROOT, offered
from tests.page_scripts import EXAMPLES, PAGES, scripts
from tests.spec.blocks import blocks

CODES = sorted((ROOT / "policykit" / "source" / "pages").glob("*.md"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
DOTTED = re.compile(r"\bpolicykit(?:\.[A-Za-z_]\w*)+")
OTHERS = re.compile(r"policykit\.(?:detectors|yaml|lark|lock)\b")
"""What begins like a module and is none: an entry point group, names of files."""


def imports_of(text: str) -> list[tuple[str, str]]:
    """Return each module of ours that a program imports from, with the name; the module alone has no name."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.module, alias.name) for alias in node.names]
    return [(module, name) for module, name in found if module.partition(".")[0] == "policykit"]


def beside_faces(text: str) -> list[str]:
    """Return what a program imports that no face offers."""
    return [
        f"{module} {name}".rstrip()
        for module, name in imports_of(text)
        if not (module in FACES and (not name or f"{module}.{name}" in FACES or name in offered(module)))
    ]


@pytest.mark.parametrize("page", [*PAGES, *CODES], ids=lambda page: page.stem)
def test_the_pages_import_from_faces(page):
    for block in blocks(page, "python"):
        try:
            found = beside_faces(block.text)
        except SyntaxError:  # what is wrong in a page of a code may be its syntax
            assert page in CODES
            continue
        assert found == [], f"{page.name}:{block.line}"


@pytest.mark.parametrize("path", [*EXAMPLES, *BENCHMARKS], ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_and_benchmarks_import_from_faces(path):
    assert beside_faces(path.read_text("utf-8")) == []


def test_an_import_beside_the_faces_is_seen():
    text = "import policykit\nfrom policykit.guard import Guard, Core\nfrom policykit.engine.load import load\n"
    assert beside_faces(text) == ["policykit.guard Core", "policykit.engine.load load"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_prose_of_the_pages_names_faces(page):
    """`policykit.guard.Guard` can be imported as it is written."""
    shown = re.sub(r"<!--.*?-->", "", page.read_text("utf-8"), flags=re.DOTALL)
    for dotted in DOTTED.findall(OTHERS.sub("", shown)):
        module, _, name = dotted.rpartition(".")
        assert dotted in FACES or (module in FACES and name in offered(module)), f"{page.name}: {dotted}"


# --- type checkers ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A folder with a program for each page."""
    folder = tmp_path_factory.mktemp("pages")
    for script in scripts():
        (folder / f"{script.name}.py").write_text(script.text, "utf-8")
    assert len(list(folder.iterdir())) >= 8
    return folder


EXAMPLE_PATHS = (ROOT / "examples" / "service", ROOT / "examples" / "invoice-triage" / "system")
"""Folders whose programs import each other."""


def mypy(*paths: Path) -> str:
    """Return what mypy says, strict as pyproject.toml has it; `make check` has filled its cache."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *map(str, paths)]
    environment = {"MYPYPATH": ":".join(map(str, EXAMPLE_PATHS)), "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def pyright(project: Path, *paths: Path, strict: bool) -> list[str]:
    """Return what pyright finds in some programs."""
    config = {
        "include": [str(path) for path in paths],
        "typeCheckingMode": "strict" if strict else "standard",
        "pythonVersion": "3.11",
        "extraPaths": [str(ROOT), *map(str, EXAMPLE_PATHS)],
    }
    (project / "pyrightconfig.json").write_text(json.dumps(config))
    program = Path(sys.executable).with_name("pyright")
    command = [str(program), "-p", str(project), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, env={"HOME": str(project), "PATH": ""})
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return [
        f"{Path(each['file']).name}:{each['range']['start']['line'] + 1}: {each['message']}"
        for each in json.loads(done.stdout)["generalDiagnostics"]
        if each["severity"] in {"error", "warning"}
    ]


def test_mypy_finds_nothing_in_what_we_show(programs):
    assert mypy(*sorted(programs.glob("*.py")), *EXAMPLES) == ""


def test_pyright_finds_nothing_in_the_pages(programs):
    assert pyright(programs, programs, strict=True) == []


def test_pyright_finds_nothing_in_the_examples(tmp_path):
    assert pyright(tmp_path, ROOT / "examples", strict=False) == []


def test_both_see_what_users_get_wrong(tmp_path):
    program = tmp_path / "wrong.py"
    wrong = (
        'policykit.laod("x.policy")',
        'policykit.load("x.policy").decide({}, phase="requst")',
        'Guard.load("x.policy", approver={})',
        'Guard.load("x.policy").check({}, phase="requst")',
        'Guard.load("x.policy").wrap(3, tool={})',
        'Guard.load("x.policy").wrap("text") + 1',
        'GuardOptions(unread=["filez"])',
    )
    program.write_text("import policykit\nfrom policykit.guard import Guard, GuardOptions\n" + "\n".join(wrong) + "\n")
    lines = {str(number) for number in range(3, 3 + len(wrong))}
    assert set(re.findall(r"wrong\.py:(\d+): error", mypy(program))) == lines
    found = {each.split(":")[1] for each in pyright(tmp_path, program, strict=False)}
    assert found == lines
