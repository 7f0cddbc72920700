"""What records call the functions of a guard."""

from __future__ import annotations

import functools
from typing import Any


class FunctionNames:
    """Gives each function its qualified name, and its module before that where another module has the name too."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}
        """Qualified names, and the module that had each first."""

    def title(self, function: Any) -> str:
        """Return how records call a function."""
        while isinstance(function, functools.partial):
            function = function.func
        if not isinstance(getattr(function, "__qualname__", None), str):
            function = type(function)  # an object that can be called
        name: str = function.__qualname__
        name = name.replace("<locals>.", "").replace("<lambda>", "lambda")
        module = str(getattr(function, "__module__", ""))
        return name if module == self._modules.setdefault(name, module) else f"{module}.{name}"
