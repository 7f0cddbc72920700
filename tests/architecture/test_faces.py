"""Laws of the faces: what users import is typed, listed, and complete. See docs/adr/0037 and docs/stability.md."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import pkgutil
import re
import subprocess
import sys
from typing import get_args

import pytest

import policykit
from policykit.errors import PolicykitError
from policykit.vocabulary import Phase, PhaseName
from tests.architecture.faces import (
    FACES,
    INTERNAL,
    LAZY,
    ROOT,
    Named,
    classes_in,
    file_of,
    mentions,
    methods,
    offered,
    parameters,
    public,
    resolved,
    tree_of,
)


def branches(face: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of a lazy face with their modules: as type checkers read it, and as Python does."""
    branch = next(node for node in tree_of(face).body if isinstance(node, ast.If))
    assert ast.unparse(branch.test) == "TYPE_CHECKING"
    typed = {alias.name: node.module for node in branch.body for alias in node.names if alias.asname is None}
    (made,) = branch.orelse
    table = ast.literal_eval(made.value.args[1])
    return typed, {name: module for module, names in table.items() for name in names.split()}


@pytest.mark.parametrize("face", LAZY)
def test_a_face_says_the_same_to_type_checkers_and_to_python(face):
    typed, table = branches(face)
    assert typed == table
    assert set(offered(face)) - {"__version__"} == set(table)


@pytest.mark.parametrize("face", LAZY)
def test_a_face_lists_its_names_and_hands_them_out(face):
    module = importlib.import_module(face)
    _, table = branches(face)
    assert [name for name in dir(module) if not name.startswith("__")] == sorted(table)
    for name, home in table.items():
        assert getattr(module, name) is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize("face", [face for face in FACES if file_of(face).name == "__init__.py"])
def test_no_name_of_a_face_is_that_of_a_module_in_it(face):
    """Importing the module would put it in the place of the name."""
    modules = {each.name for each in pkgutil.iter_modules([str(file_of(face).parent)])}
    assert modules.isdisjoint(offered(face))


def test_every_room_but_the_command_line_has_a_face():
    rooms = {each.name for each in pkgutil.iter_modules(policykit.__path__) if each.ispkg}
    assert {f"policykit.{room}" for room in rooms - {"cli"}} <= set(FACES)


@pytest.mark.parametrize(
    ("face", "wrong", "said"),
    [
        ("policykit", "laod", "`policykit` has no `laod`: did you mean `load`?"),
        ("policykit.guard", "gaurd", "`policykit.guard` has no `gaurd`: did you mean `Guard`?"),
        ("policykit.trail", "TrailOption", "`policykit.trail` has no `TrailOption`: did you mean `TrailOptions`?"),
        ("policykit.replay", "xyz", "`policykit.replay` has no `xyz`"),
    ],
)
def test_a_misspelt_name_is_told_the_near_one(face, wrong, said):
    with pytest.raises(AttributeError) as caught:
        getattr(importlib.import_module(face), wrong)
    assert str(caught.value) == said
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(copy.copy(caught.value)) == said
    assert not hasattr(importlib.import_module(face), wrong)


def test_importing_the_package_imports_nothing_else():
    """A fresh process: what it has more than a bare one is ours, and small."""
    script = "import sys; bare = set(sys.modules); import policykit; print(*sorted(set(sys.modules) - bare))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout.split() == ["__future__", "policykit", "policykit._lazy", "policykit._version"]


# --- completeness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("face", FACES)
def test_what_users_meet_through_a_face_is_in_a_face(face):
    """Each class of ours that a public function takes or returns, or that a public class has as a member."""
    hidden = {
        f"{found.module}.{found.name}: {mention.where} names it"
        for name in offered(face)
        if (definition := resolved(face, name)) is not None
        for mention in mentions(definition)
        for found in classes_in(mention)
        if found.key not in public()
    }
    assert sorted(hidden) == []


def test_a_class_that_no_face_offers_is_seen():
    source = "from policykit.guard.core import Core\ndef made(core: 'Core | None') -> list[Core]: ...\n"
    node = ast.parse(source).body[1]
    found = [
        each.key
        for mention in mentions(Named("policykit.guard.plan", "made", node))
        for each in classes_in(mention._replace(module="policykit.guard.plan"))
    ]
    assert found == [("policykit.guard.core", "Core")] * 2
    assert found[0] not in public()


def test_every_error_is_in_a_face():
    for module in pkgutil.walk_packages(policykit.__path__, "policykit."):
        if ".readers." not in module.name and "langchain" not in module.name and "__main__" not in module.name:
            importlib.import_module(module.name)

    def below(kind: type) -> set[type]:
        return {kind, *(each for child in kind.__subclasses__() for each in below(child))}

    ours = {each for each in below(PolicykitError) if each.__module__.startswith("policykit.")}
    hidden = {f"{each.__module__}.{each.__name__}" for each in ours if not each.__name__.startswith("_")}
    assert hidden - {".".join(key) for key in public()} == set()
    of_errors = {each.__name__ for each in ours if each.__module__ == "policykit.errors" and each.__name__[0] != "_"}
    assert of_errors <= set(policykit.__all__)


@pytest.mark.parametrize("member", INTERNAL)
def test_a_member_that_is_internal_exists(member):
    owner, _, name = member.partition(".")
    homes = [module for module, what in public() if what == owner]
    kinds = [getattr(importlib.import_module(module), owner) for module in homes]
    if not kinds:  # a base of a public class
        kinds = [each for each in policykit.Guard.__mro__ + policykit.Trail.__mro__ if each.__name__ == owner]
    assert kinds, member
    assert name == "core" or hasattr(kinds[0], name)


# --- paths, phases, pages ---------------------------------------------------------------------------------------------

GIVEN_BY_US = {"LocalDisk"}
"""Classes whose methods we call, with paths of ours."""


def path_parameters() -> list[tuple[str, str]]:
    """Return each parameter of a public function that is a path, and each such option, with its annotation."""
    found = set()
    for module, name in public():
        definition = resolved(module, name)
        assert definition is not None
        node = definition.node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions = [(name, node)]
        elif isinstance(node, ast.ClassDef) and name not in GIVEN_BY_US:
            functions = [(where, each) for _, where, each in methods(module, node)]
        else:
            continue
        for where, function in functions:
            every = [each for each in parameters(function) if each.annotation is not None]
            found |= {(f"{where}({each.arg})", ast.unparse(each.annotation)) for each in every}
        if name.endswith("Options"):
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
            found |= {(f"{name}.{ast.unparse(each.target)}", ast.unparse(each.annotation)) for each in fields}
    return sorted((where, text) for where, text in found if "Path" in text or where.endswith("(path)"))


def test_every_path_may_be_a_text_or_a_path():
    every = path_parameters()
    assert len(every) > 15
    assert [where for where, text in every if "str | os.PathLike[str]" not in text] == []


def test_a_phase_is_written_as_one_of_the_phases():
    assert set(get_args(get_args(PhaseName)[1])) == {phase.value for phase in Phase}
    wrong = [
        f"{where}({each.arg})"
        for module, name in public()
        if isinstance(node := resolved(module, name).node, ast.FunctionDef | ast.ClassDef)
        for where, function in (
            [(name, node)] if isinstance(node, ast.FunctionDef) else [each[1:] for each in methods(module, node)]
        )
        for each in parameters(function)
        if each.arg == "phase" and "PhaseName" not in ast.unparse(each.annotation) and name != "PolicyViolation"
    ]
    assert wrong == []


def test_the_page_lists_the_faces():
    page = (ROOT / "docs" / "stability.md").read_text("utf-8")
    table = page.partition("| import from |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(policykit[\w.]*)` \|", table, re.MULTILINE) == list(FACES)
    named = re.search(r"^\| `policykit` \| (.*) \|$", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", named[1])) == {
        name for name in policykit.__all__ if not name.endswith(("Error", "Violation", "__"))
    }


def test_internal_members_say_so():
    for cls, member in (("BindingGuard", "plan"), ("BindingGuard", "refuse_async_fallbacks")):
        kind = next(each for each in policykit.Guard.__mro__ if each.__name__ == cls)
        assert getattr(kind, member).__doc__.startswith("For adapters")
