"""What is public: the faces, and every class that a user meets through them, read from the sources without importing.

A name is followed to the place where it is defined; an alias is followed to what it stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FACES = (
    "policykit",
    "policykit.detect",
    "policykit.encoding",
    "policykit.engine",
    "policykit.errors",
    "policykit.evidence",
    "policykit.guard",
    "policykit.guard.langchain",
    "policykit.language",
    "policykit.language.checked",
    "policykit.language.syntax",
    "policykit.pricing",
    "policykit.readiness",
    "policykit.replay",
    "policykit.source",
    "policykit.trail",
    "policykit.vocabulary",
)
"""Modules that users import from; docs/stability.md lists the same."""
LAZY = tuple(name for name in FACES if (ROOT / name.replace(".", "/")).is_dir() and name != "policykit.source")
"""Faces that import a name on its first use."""

INTERNAL = {
    "CoveringGuard.core": "the guard's parts, for its adapters",
    "BindingGuard.plan": "as `core`",
    "BindingGuard.refuse_async_fallbacks": "as `core`",
    "CoveringGuard.__init__": "guards are made by `Guard.load` and `Guard.of`",
    "BindingGuard.__init__": "as above",
    "Committing.__init__": "trails are opened by `Trail.open`",
    "Ticket.__init__": "tickets are given by `Trail.submit`",
    "Policy.__init__": "policies are made by `load` and `compile_policy`",
    "Decision.of": "decisions are made by a policy",
}
"""Members of public classes that are no more public than a name with an underscore. Each says so in its docstring."""


class Named(NamedTuple):
    """A definition of ours."""

    module: str
    name: str
    node: ast.stmt

    @property
    def key(self) -> tuple[str, str]:
        return self.module, self.name


class Mention(NamedTuple):
    """An annotation of a public member, and where it stands."""

    where: str
    module: str
    annotation: ast.expr


@cache
def file_of(module: str) -> Path | None:
    base = ROOT / module.replace(".", "/")
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.exists()), None)


@cache
def tree_of(module: str) -> ast.Module:
    path = file_of(module)
    assert path is not None, module
    return ast.parse(path.read_text("utf-8"))


@cache
def names_of(module: str) -> dict[str, ast.stmt | tuple[str, str]]:
    """Return what each name of a module is: a definition, or where it is imported from."""
    found: dict[str, ast.stmt | tuple[str, str]] = {}
    for node in _statements(tree_of(module).body):
        match node:
            case ast.ImportFrom(module=str() as source):
                found |= {alias.asname or alias.name: (source, alias.name) for alias in node.names}
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _statements([*node.body, *node.orelse])
        else:
            yield node


def resolved(module: str, dotted: str) -> Named | None:
    """Return the definition behind a name; None when it is not ours, or none of a module's top level."""
    first, *rest = dotted.split(".")
    found = names_of(module).get(first)
    if found is None or not isinstance(found, tuple):
        return None if found is None else Named(module, first, found)
    source, name = found
    if source.partition(".")[0] != "policykit":
        return None
    if file_of(f"{source}.{name}") and name not in names_of(source):
        return resolved(f"{source}.{name}", ".".join(rest)) if rest else None
    return resolved(source, ".".join([name, *rest]))


def offered(face: str) -> tuple[str, ...]:
    """Return the names that a face offers: of `__all__`, or its own public definitions where it has none."""
    for node in tree_of(face).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(ast.literal_eval(node.value))
    own = names_of(face).items()
    return tuple(name for name, what in own if not name.startswith("_") and not isinstance(what, tuple))


@cache
def public() -> dict[tuple[str, str], str]:
    """Return every definition that a face offers, and a face that does."""
    found = {}
    for face in FACES:
        for name in offered(face):
            definition = resolved(face, name)
            if definition is not None:
                found[definition.key] = face
    return found


def mentions(definition: Named) -> Iterator[Mention]:
    """Yield the annotations of what is public in a definition: parameters, results, members, also inherited ones."""
    module, name, node = definition
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (Mention(name, module, each) for each in _of_function(node))
        case ast.ClassDef():
            yield from _of_class(module, node)
        case ast.AnnAssign() if ast.unparse(node.annotation) != "TypeAlias":
            yield Mention(name, module, node.annotation)
        case ast.Assign(value=(ast.BinOp() | ast.Subscript()) as value):
            yield Mention(name, module, value)


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    yield from (each.annotation for each in parameters(node) if each.annotation is not None)
    if node.returns is not None:
        yield node.returns


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    every = node.args
    return [
        each
        for each in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg)
        if each is not None
    ]


def bases(module: str, node: ast.ClassDef) -> Iterator[Named]:
    """Yield the classes of ours that a class is made from."""
    for base in node.bases:
        found = resolved(module, ast.unparse(base.value if isinstance(base, ast.Subscript) else base))
        if found is not None and isinstance(found.node, ast.ClassDef):
            yield found


def methods(module: str, node: ast.ClassDef) -> Iterator[tuple[str, str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield module, name (`Class.method`) and node of each public method, inherited ones too."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{node.name}.{each.name}"
            is_open = not each.name.startswith("_") or each.name in {"__init__", "__call__", "__iter__"}
            if is_open and where not in INTERNAL:
                yield module, where, each
    for base in bases(module, node):
        assert isinstance(base.node, ast.ClassDef)
        yield from methods(base.module, base.node)


def _of_class(module: str, node: ast.ClassDef) -> Iterator[Mention]:
    for home, where, method in methods(module, node):
        yield from (Mention(where, home, each) for each in _of_function(method))
    for each in node.body:
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                yield Mention(f"{node.name}.{name}", module, each.annotation)
            case ast.FunctionDef(name="__init__"):
                yield from _set_by(module, node.name, each)
    for base in bases(module, node):
        assert isinstance(base.node, ast.ClassDef)
        yield from _of_class(base.module, base.node)


def _set_by(module: str, owner: str, constructor: ast.FunctionDef) -> Iterator[Mention]:
    """Yield the annotations of the public members that a constructor sets."""
    given = {each.arg: each.annotation for each in parameters(constructor)}
    for node in ast.walk(constructor):
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation):
                pass
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Name(id=parameter)):
                annotation = given.get(parameter)
            case _:
                continue
        if annotation is not None and not name.startswith("_") and f"{owner}.{name}" not in INTERNAL:
            yield Mention(f"{owner}.{name}", module, annotation)


def classes_in(mention: Mention, through: frozenset[tuple[str, str]] = frozenset()) -> Iterator[Named]:
    """Yield our classes that an annotation names; an alias names those that it stands for."""
    for name in _names(mention.annotation):
        found = resolved(mention.module, name)
        if found is None or found.key in through:  # an alias may stand for lists of itself
            continue
        if isinstance(found.node, ast.ClassDef) and not found.name.startswith("_"):
            yield found
        elif isinstance(found.node, ast.Assign | ast.AnnAssign | ast.ClassDef):
            for inner in mentions(found):
                yield from classes_in(inner, through | {found.key})


def _names(annotation: ast.expr) -> Iterator[str]:
    match annotation:
        case ast.Constant(value=str() as text):
            yield from _names(ast.parse(text, mode="eval").body)
        case ast.Name() | ast.Attribute():
            yield ast.unparse(annotation)
        case ast.Subscript(value=ast.Name(id="Literal" | "OneOf")):
            return
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            yield from _names(first)
        case _:
            for each in ast.iter_child_nodes(annotation):
                if isinstance(each, ast.expr):
                    yield from _names(each)
