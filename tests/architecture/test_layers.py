"""The house keeps its shape: imports go downwards only, no cycles, files and functions stay readable."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "policykit"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "_data" not in p.parts)

LAYERS = (
    {"errors", "_version"},
    {"_resources"},
    {"source"},
    {"_lazy"},
    {"encoding"},
    {"vocabulary"},
    {"language"},
    {"detect", "trail", "pricing"},
    {"engine", "analysis", "evidence"},
    {"guard", "readiness", "replay", "sow", "lint"},
    {"cli"},
)
"""From the bottom up. A part may import what lies below it, and its own; never its neighbours, never what lies above."""

ALLOWED_NEIGHBOURS = {("evidence", "engine"): "readers hand their values to the engine's evaluator"}
"""Edges within one layer, each with its reason."""

ONLY_TYPES = {
    ("errors", "engine"): "the decision that a violation carries",
    ("errors", "source"): "the diagnostics that errors carry",
}
"""Edges upwards that are there for type checkers alone, below `if TYPE_CHECKING`, each with its reason."""

ONLY_IN = {
    "lark": ("language",),
    "cryptography": ("trail/keys.py", "encoding/dsse.py", "trail/timestamp/token.py"),
    "rfc3161_client": ("trail/timestamp/token.py",),
    "structlog": ("guard", "cli"),
    "rich": ("cli", "source/render"),
    "typer": ("cli",),
}
"""Libraries that stay in one room."""

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def layer_of(part: str) -> int:
    return next(i for i, layer in enumerate(LAYERS) if part in layer)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    relative = path.relative_to(ROOT).with_suffix("")
    return ".".join(relative.parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether at import time (not inside a function)."""
    tree = ast.parse(path.read_text())
    inside = {
        id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        yield from ((name, id(node) not in inside) for name in names)


def only_for_types(path: Path) -> set[str]:
    """Return what a file of `ONLY_TYPES` imports for type checkers alone."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for each in node.body:
                if isinstance(each, ast.ImportFrom) and each.module:
                    found |= {each.module, *(f"{each.module}.{alias.name}" for alias in each.names)}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_downwards_only(path):
    here = part_of(path)
    if here in {"__init__", "__main__"}:
        return
    types = only_for_types(path)
    for name, _ in imports_of(path):
        parts = name.split(".")
        if parts[0] != "policykit" or len(parts) < 2 or parts[1] in {here, "__version__"}:
            continue
        there = parts[1]
        below = layer_of(there) < layer_of(here)
        is_type = (here, there) in ONLY_TYPES and name in types
        assert below or is_type or (here, there) in ALLOWED_NEIGHBOURS, f"{here} must not import {name}"


def test_no_import_cycles():
    modules = {module_of(p): p for p in FILES}
    graph = {
        name: {i for i, at_import in imports_of(path) if at_import and i in modules and i != name}
        - (only_for_types(path) if part_of(path) in {here for here, _ in ONLY_TYPES} else set())
        for name, path in modules.items()
    }
    done: set[str] = set()
    trail: list[str] = []

    def visit(name: str) -> None:
        assert name not in trail, "cycle: " + " -> ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        trail.append(name)
        for other in sorted(graph[name]):
            if not other.startswith(name + ".") and not name.startswith(other + "."):
                visit(other)
        trail.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize(("library", "rooms"), ONLY_IN.items())
def test_each_library_stays_in_its_room(library, rooms):
    for path in FILES:
        where = path.relative_to(PACKAGE).as_posix()
        if any(name.split(".")[0] == library for name, _ in imports_of(path)):
            assert where.startswith(rooms), f"{where} must not import {library}"


def test_the_verifier_never_imports_the_appender():
    verify = PACKAGE / "trail" / "verify.py"
    if verify.exists():
        assert not [name for name, _ in imports_of(verify) if "append" in name]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path):
    text = path.read_text()
    lines = text.count("\n")
    limit = 800 if path.name in {"syntax.py", "checked.py"} else MAX_FILE_LINES  # the two trees are lists of nodes
    assert lines <= limit, f"{lines} lines: split it before you go on"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"
