"""Within a room, folders point down as rooms do; imports inside of functions count, and no circle is left anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.architecture.test_layers import ALLOWED_NEIGHBOURS, FILES, LAYERS, PACKAGE, module_of, part_of

ROOMS: Mapping[str, tuple[str, ...]] = {
    "trail": (
        "problems",
        "storage",
        "format vault",
        "entries timestamp query",
        "write export",
        "witness",
        "verify",
    ),
    "guard": (
        "options problems cost observer settings stores text",
        "windows setup flow observers",
        "state",
        "recording",
        "core",
        "effects",
        "call covering_guard loading",
        "wrap",
        "binding_guard",
        "adapters",
        "guard langchain",
    ),
    "guard/adapters": ("shared", "openai anthropic langchain mcp", "litellm"),
    "language": (
        "syntax checked dates regex",
        "walk relations digest lock parse",
        "packs format",
        "check",
        "load english",
    ),
    "language/check": (
        "wording consequences habits",
        "report",
        "header tables",
        "scope",
        "numbers",
        "literals",
        "amounts",
        "logic parts",
        "slips words",
        "clauses",
        "unit",
    ),
    "cli": (
        (
            "console format meant policy_models replay_text signing statuses summaries undecided usage vocabulary_text "
            "why check_stops"
        ),
        "output verdict_text",
        "exit policy_files reporting",
        "people",
        "trails",
        "commands",
        "main",
    ),
}
"""The parts of each room that has folders, from the bottom up. A part imports what lies below it, and itself."""

MAX_FILES = 20
"""Of a folder that has no folders; more want an order."""
SCANNED = frozenset({
    "detect/pii", "detect/secret", "detect/injection", "evidence/readers", "vocabulary/evidence", "cli/commands", "guard/effects",
})  # fmt: skip
"""Folders in which each file is one of a kind, found by its place."""


def imported(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of ours that a file imports, inside of functions too, but not for type checkers alone."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in node.body
        for inner in ast.walk(each)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in modules:
                    yield inner
                elif node.module in modules:
                    yield node.module


MODULES = {module_of(path): path for path in FILES}
GRAPH = {name: sorted({each for each in imported(path, MODULES) if each != name}) for name, path in MODULES.items()}


def part_in(room: str, module: str) -> str | None:
    """Return the part of a room in which a module lies, None where it lies elsewhere or is the room's face."""
    prefix = f"policykit.{room.replace('/', '.')}."
    return module.removeprefix(prefix).partition(".")[0] if module.startswith(prefix) else None


@pytest.mark.parametrize("room", ROOMS)
def test_the_parts_of_a_room_point_down(room):
    level = {part: height for height, parts in enumerate(ROOMS[room]) for part in parts.split()}
    wrong = [
        f"{here} -> {there}"
        for here, others in GRAPH.items()
        for there in others
        if (a := part_in(room, here)) is not None and (b := part_in(room, there)) is not None and a != b
        if level[b] >= level[a]
    ]
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_part_of_a_room_has_its_place_and_no_place_is_stale(room):
    parts = {part for name in MODULES if (part := part_in(room, name)) is not None}
    assert parts == {part for level in ROOMS[room] for part in level.split()}


def test_the_layers_name_only_rooms_that_there_are_and_every_door_is_used():
    rooms = {part_of(path) for path in FILES} - {"__init__", "__main__"}
    assert {room for layer in LAYERS for room in layer} == rooms
    for here, there in ALLOWED_NEIGHBOURS:
        assert any(
            part_of(MODULES[name]) == here and part_of(MODULES[other]) == there
            for name, others in GRAPH.items()
            for other in others
        ), f"nothing in {here} imports {there}"


def circles() -> list[list[str]]:
    """Return all groups of modules that import each other. Source: R. Tarjan, 1972, strongly connected components."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in GRAPH[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found.append(group)

    for name in GRAPH:
        if name not in index:
            visit(name)
    return [sorted(group) for group in found if len(group) > 1]


def test_no_circle_is_left_hidden_ones_included():
    assert circles() == []


def test_who_verifies_never_imports_who_writes():
    reached, waiting = set(), [name for name in MODULES if name.startswith("policykit.trail.verify")]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += GRAPH[name]
    assert not [name for name in reached if name.startswith("policykit.trail.write")]


def test_no_folder_is_a_heap():
    folders = {path.parent for path in FILES}
    for folder in sorted(folders):
        where = folder.relative_to(PACKAGE).as_posix()
        files = list(folder.glob("*.py"))
        assert where in SCANNED or len(files) <= MAX_FILES + 1 or any(other.parent == folder for other in folders), (
            where
        )
