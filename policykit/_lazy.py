"""Faces: the public names of a room, each imported on first use. Every `__init__.py` that offers names is made here.

    __all__ = ["Guard", "Mode"]

    if TYPE_CHECKING:
        from policykit.guard.guard import Guard
        from policykit.guard.options import Mode
    else:
        __getattr__, __dir__ = face(__name__, {"policykit.guard.guard": "Guard", "policykit.guard.options": "Mode"})

Type checkers read the first branch, Python the second; tests/architecture/test_faces.py holds them to say the same. See
docs/adr/0037.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` would take longer than all the rest of `import policykit`
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class UnknownNameError(AttributeError):
    """A room has no such name. `from room import module` asks for one in vain, so the text is written when it is read.

    Its arguments are the room, the name, and the names that there are.
    """

    def __str__(self) -> str:
        room, name, names = self.args
        from policykit.source.suggest import did_you_mean

        hint = did_you_mean(name, names)
        return f"`{room}` has no `{name}`{': ' if hint else ''}{hint}"


def face(room: str, modules: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a room.

    Args:
        room: the package that offers the names.
        modules: the names that come from each module, with spaces between them.
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in homes:
            raise UnknownNameError(room, name, tuple(homes))
        from importlib import import_module

        found = getattr(import_module(homes[name]), name)
        setattr(sys.modules[room], name, found)
        return found

    def names() -> list[str]:
        return sorted({*homes, *(name for name in vars(sys.modules[room]) if name.startswith("__"))})

    return get, names
