"""Laws of the faces: what users import is typed, listed, and complete. See docs/adr/0037 and docs/stability.md."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import pkgutil
import subprocess
import sys

import pytest

import policykit
from policykit.errors import PolicykitError
from tests.architecture.faces import (
    FACES,
    INTERNAL,
    LAZY,
    ROOT,
    Named,
    classes_in,
    file_of,
    mentions,
    offered,
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
