"""The helps of the whole code base, as the source states them, and how a test names the one that it follows.

A test that follows a help calls `told` with the file and the form of the help: it fails unless the help that was really
given has this form. `tests/unit/source/test_helps_are_followed.py` compares the forms that tests name with the forms
that the source states.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import policykit

PACKAGE = Path(policykit.__file__).parent
TESTS = Path(__file__).parent
_NAMES = {"help", "help_", "help_line", "help_text", "hint", "advice", "without"}
_OPTIONS = {"Option", "Argument", "Typer", "add_argument"}
_MEANT = {"did_you_mean": "did you mean `{}`?"}
_FORMATTING = {"quoted", "shown", "join", "display_path"}
"""Functions that helps call and that return no helps."""
_DEEPEST = 6


def told(help_: str, form: str) -> tuple[str, ...]:
    """Return what stands at each `{}` of a help.

    Args:
        help_: the help of a diagnostic, as it was given.
        form: the file and the form of the help as the source states it: `guard/loading.py: give {}`.
    """
    _, _, expected = form.partition(": ")
    found = re.fullmatch("(.*?)".join(map(re.escape, expected.split("{}"))), help_, re.DOTALL)
    assert found is not None, f"expected {expected!r}, got {help_!r}"
    return found.groups()


@dataclass(frozen=True)
class Room:
    """One module, with what its names stand for."""

    file: str
    tree: ast.Module
    takers: dict[str, int]
    """Functions and classes that take a help as a positional argument, and at which place."""
    elsewhere: set[str] = field(default_factory=set)
    """Functions of other modules that were met while helps were read."""

    def forms(self) -> Iterator[str]:
        """Yield the form of every help that the module states."""
        for scope in ast.walk(self.tree):
            if isinstance(scope, ast.Call):
                for value in self._helps_of(scope):
                    yield from self._forms(value)

    def returned(self, name: str) -> Iterator[str]:
        """Yield the form of every help that a function of the module returns."""
        for made in self._returned(name):
            yield from self._forms(made)

    def _forms(self, value: ast.expr) -> Iterator[str]:
        yield from (f"{self.file}: {form}" for form in self._texts(value, _DEEPEST) if re.search("[a-z]{2}", form))

    def _helps_of(self, call: ast.Call) -> Iterator[ast.expr]:
        name = _called(call)
        if name in _OPTIONS:
            return
        yield from (each.value for each in call.keywords if each.arg in _NAMES)
        place = self.takers.get(name)
        if place is not None and place < len(call.args):
            yield call.args[place]

    def _texts(self, value: ast.expr, depth: int) -> Iterator[str]:
        if depth == 0:
            return
        match value:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Constant():
                return
            case ast.JoinedStr(values=parts):
                yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            case ast.IfExp(body=one, orelse=other):
                yield from self._texts(one, depth)
                yield from self._texts(other, depth)
            case ast.BoolOp(values=each):
                for one in each:
                    yield from self._texts(one, depth)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                for begin in list(self._texts(left, depth)) or ["{}"]:
                    for end in list(self._texts(right, depth)) or ["{}"]:
                        yield begin + end
            case ast.Call() if _called(value) in _MEANT:
                yield _MEANT[_called(value)]
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=arguments):
                yield from self._texts(table, depth)
                for one in arguments[1:]:
                    yield from self._texts(one, depth)
            case ast.Call():
                made_here = list(self._returned(_called(value)))
                for made in made_here:
                    yield from self._texts(made, depth - 1)
                if not made_here:
                    self.elsewhere.add(_called(value))
            case ast.Subscript(value=table):
                yield from self._texts(table, depth)
            case ast.Dict(values=each):
                for one in each:
                    yield from self._texts(one, depth)
            case ast.Tuple(elts=each):
                for one in each:
                    yield from self._texts(one, depth)
            case ast.Name(id=name):
                for given in self._given(name):
                    yield from self._texts(given, depth - 1)

    def _given(self, name: str) -> Iterator[ast.expr]:
        """Yield what a name is set to anywhere in the module."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                    yield value
                case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                    yield value
                case ast.NamedExpr(target=ast.Name(id=found), value=value) if found == name:
                    yield value
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    yield from (v for n, v in zip(names, values, strict=False) if getattr(n, "id", "") == name)
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Call() as call):
                    places = [at for at, n in enumerate(names) if getattr(n, "id", "") == name]
                    for made in self._returned(_called(call)) if places else ():
                        if isinstance(made, ast.Tuple):
                            yield made.elts[places[0]]
                case ast.For() | ast.comprehension():
                    yield from self._looped(node, name)

    def _looped(self, loop: ast.For | ast.comprehension, name: str) -> Iterator[ast.expr]:
        """Yield what a name stands for while a loop goes over a table of the module."""
        names = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        places = [at for at, n in enumerate(names) if getattr(n, "id", "") == name]
        tables = self._given(loop.iter.id) if places and isinstance(loop.iter, ast.Name) else ()
        for table in tables:
            rows = table.elts if isinstance(table, ast.Tuple | ast.List) else []
            yield from (row.elts[places[0]] for row in rows if isinstance(row, ast.Tuple))

    def _returned(self, name: str) -> Iterator[ast.expr]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                yield from (n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", None) or getattr(call.func, "id", "")


def _takers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg != "self"]
        elif isinstance(node, ast.ClassDef):
            names = [n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
        else:
            continue
        yield from ((node.name, at) for at, name in enumerate(names) if name in _NAMES)


def stated() -> set[str]:
    """Return the forms of all helps of the package, each with its file."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    takers: dict[Path, dict[str, int]] = {path: dict(_takers(tree)) for path, tree in trees.items()}
    shared = {name: at for each in takers.values() for name, at in each.items() if not name.startswith("_")}
    rooms = [Room(path.relative_to(PACKAGE).as_posix(), tree, shared | takers[path]) for path, tree in trees.items()]
    forms = {form for room in rooms for form in room.forms()}
    elsewhere = {name for room in rooms for name in room.elsewhere if name not in _FORMATTING}
    return forms | {form for room in rooms for name in sorted(elsewhere) for form in room.returned(name)}


def named() -> set[str]:
    """Return the forms that tests name, where they import `told`."""
    found: set[str] = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"import .*\btold\b", text):
            nodes = ast.walk(ast.parse(text))
            found |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in found if re.match(r"[a-z_/0-9]+\.py: ", text)}
